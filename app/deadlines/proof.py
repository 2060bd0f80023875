"""The proof of a due date, row by row: which day was counted as which, which was skipped and for what holiday, what
stood still. The numbers run up to the term; a clerk can follow them with a finger on a wall calendar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.deadlines.calendar import Calendar, Certainty, Day, Kind
from app.deadlines.journal import Standing, end_of_months, pauses_taken_out
from app.floor.clock import office_date
from app.floor.messages import Text

What = Literal["start", "counted", "skipped", "paused", "due"]

_ONE = timedelta(days=1)
_START = Text("起算日，当日不计", "day of the event, not counted")
_ORDER = Text("责令", "ordered")
_PAUSED = Text("暂停，不计", "paused, not counted")
_KINDS: dict[Kind, Text] = {
    "workday": Text("工作日", "working day"),
    "weekend": Text("周末", "weekend"),
    "holiday": Text("放假", "holiday"),
    "makeup": Text("调休上班", "make-up working day"),
    "local_closure": Text("地方停办日", "local closure"),
    "local_working": Text("地方上班日", "local working day"),
    "estimate": Text("放假（推定）", "holiday (estimated)"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One calendar day of the proof. `number` is its place in the count; the due day has one too, unless it only closes
    a term (zero days, months, a pause that began on the last day). `reason` is why the day is what it is."""

    on: date
    what: What
    number: int | None
    kind: Kind
    name: Text
    reason: Text
    notice: str | None
    certainty: Certainty


def prove(standing: Standing, calendar: Calendar) -> tuple[Row, ...]:
    """The start, then each day up to the due day (backwards for a count backwards). Of a term in months only its end is
    shown day by day. A paused clock is followed to the day of `as_of`."""
    if standing.started_on is None:
        return ()
    seen = standing.term.calendar(calendar)
    if standing.orders:
        return tuple(_order_rows(standing, standing.started_on, seen))
    later = _day_rows if standing.term.months is None else _month_rows
    return (_start_row(standing, standing.started_on, seen), *later(standing, standing.started_on, seen))


def _start_row(standing: Standing, on: date, calendar: Calendar) -> Row:
    if on == standing.due_on:
        return _row(calendar, on, "due", None, None)
    if standing.term.days == 0 and not standing.extended_by and not calendar.is_working(on):
        return _row(calendar, on, "skipped", None, None)
    return _row(calendar, on, "start", None, _START)


def _order_rows(standing: Standing, started_on: date, calendar: Calendar) -> Iterator[Row]:
    """Nothing is counted: the day of the order, and the day that it names."""
    if started_on != standing.due_on:
        yield _row(calendar, started_on, "start", None, _ORDER)
    if standing.due_on is not None:
        yield _row(calendar, standing.due_on, "due", None, None)


def _day_rows(standing: Standing, started_on: date, calendar: Calendar) -> Iterator[Row]:
    total = abs((standing.term.days or 0) + standing.extended_by)
    stretches = pauses_taken_out(standing)
    last = standing.due_on or min(max(office_date(standing.as_of), started_on), calendar.last)
    number = 0
    for on in _days_after(started_on, last):
        forward = last > started_on
        paused = forward and any(after < on and (until is None or on <= until) for after, until in stretches)
        working = calendar.is_working(on)
        counts = working and not paused and number < total
        number += counts
        what: What = "counted" if counts else "paused" if working else "skipped"
        what = "due" if on == standing.due_on else what
        yield _row(calendar, on, what, number if counts else None, _PAUSED if what == "paused" else None)


def _month_rows(standing: Standing, started_on: date, calendar: Calendar) -> Iterator[Row]:
    end = end_of_months(started_on, standing.term.months or 0, pauses_taken_out(standing))
    if end is None or standing.due_on is None:
        return
    closing = calendar.next_working(end)
    number = 0
    for on in _days_after(end - _ONE, standing.due_on):
        counts = on > closing and calendar.is_working(on)
        number += counts
        what: What = "due" if on == standing.due_on else "counted" if calendar.is_working(on) else "skipped"
        yield _row(calendar, on, what, number if counts else None, None)


def _days_after(start: date, last: date) -> Iterator[date]:
    step = _ONE if last > start else -_ONE
    while start != last:
        start += step
        yield start


def _row(calendar: Calendar, on: date, what: What, number: int | None, why: Text | None) -> Row:
    day = calendar.day(on)
    name = day.name or _KINDS[day.kind]
    return Row(on, what, number, day.kind, name, why or reason(day), day.notice, calendar.certainty(on))


def reason(day: Day) -> Text:
    """Why a day is on or off: the name of the holiday, and the number of the notice where it is known."""
    name = day.name or _KINDS[day.kind]
    if day.kind == "local_closure" and day.working:
        name = Text(f"{name.zh}，规定时限照常计算", f"{name.en}, periods set by law run on")
    return Text(f"{name.zh}（{day.notice}）", f"{name.en} ({day.notice})") if day.notice else name
