"""From an event and a number to a due date. The counting rules follow the Civil Code's articles on periods (201–203):
none of the regulations says more than "working days" and "from the day of".
"""

from __future__ import annotations

import calendar as months_of_year
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal

from app.deadlines.calendar import Calendar, Certainty
from app.floor.clock import OFFICE

PauseBounds = Literal["(from, to]", "[from, to]", "[from, to)"]


@dataclass(frozen=True, slots=True)
class Conventions:
    """What no regulation says and the product must decide; each jurisdiction may decide otherwise."""

    received_on_day_off: Literal["natural", "next_working_day"] = "natural"
    received_after_hours: Literal["same_day", "next_working_day"] = "same_day"
    office_hours: tuple[time, time] = (time(8, 30), time(17, 30))
    due_at: Literal["close_of_business", "midnight"] = "close_of_business"
    reminder_lead: int = 2
    """Working days before the due date."""
    pause_bounds: PauseBounds = "(from, to]"
    """Which of its end days a pause takes out. By default the day it begins still counts and the day it ends does not,
    as the day of an event never counts."""


@dataclass(frozen=True, slots=True)
class Due:
    due_on: date
    due_at: datetime
    """The end of the last day, in UTC. At `midnight` that is 00:00 of the day after: print `due_on`."""
    certainty: Certainty


def first_day_zero(event_at: datetime | date, conventions: Conventions, calendar: Calendar) -> date:
    """The day of the event, which itself is not counted (Civil Code 201). A jurisdiction may treat what arrives on a
    day off, or after hours on a working day, as received on the next working day: that one is then day zero."""
    local = event_at.astimezone(OFFICE) if isinstance(event_at, datetime) else datetime.combine(event_at, time())
    on = local.date()
    if not calendar.is_working(on):
        return calendar.next_working(on) if conventions.received_on_day_off == "next_working_day" else on
    late = local.time() > conventions.office_hours[1]
    return calendar.add(on, 1) if late and conventions.received_after_hours == "next_working_day" else on


def due(calendar: Calendar, start_on: date, days: int, conventions: Conventions) -> Due:
    """`days` working days after day zero; negative: before it; 0: that day if it is a working day, else the next."""
    return due_end(calendar, calendar.add(start_on, days), conventions, start_on)


def add_months(on: date, months: int) -> date:
    year, month = divmod(on.year * 12 + on.month - 1 + months, 12)
    return date(year, month + 1, min(on.day, months_of_year.monthrange(year, month + 1)[1]))


def due_end(calendar: Calendar, due_on: date, conventions: Conventions, *counted_from: date) -> Due:
    """The moment at which that day ends (Civil Code 203: 24:00, or the close of business where there are hours)."""
    return Due(due_on, end_of(due_on, conventions), calendar.certainty(due_on, *counted_from))


def end_of(on: date, conventions: Conventions) -> datetime:
    if conventions.due_at == "midnight":
        end = datetime.combine(on + timedelta(days=1), time(), OFFICE)
    else:
        end = datetime.combine(on, conventions.office_hours[1], OFFICE)
    return end.astimezone(UTC)


def reminder_on(calendar: Calendar, due_on: date, lead: int) -> date:
    """The working day on which to remind: `lead` working days before the due date."""
    return calendar.add(due_on, -lead) if lead else due_on
