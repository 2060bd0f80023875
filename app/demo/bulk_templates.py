"""The cases that can be copied: those of the stories, as rows, with how far back in time a copy may lie."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.models import Case, ClockEntry, Deadline, Incident, Party, Task, Timer
from app.catalogue.models import Grant, ResourceVersion, ResponsibilityEdition
from app.database.transactions import Base
from app.deadlines.calendar import Calendar
from app.demo.stories import read_stories
from app.floor import clock
from app.history import HistoryEvent
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import RuleBook, rulebook
from app.outbox import Letter, OutboxMessage

Row = dict[str, Any]
Model = type[Base]

COPIED: tuple[Model, ...] = (
    Case, Party, Deadline, ClockEntry, Task, Timer, Letter, Grant, OutboxMessage, HistoryEvent,
)  # fmt: skip
"""What makes a case, in an order in which it can be inserted."""
LEFT_OUT: tuple[Model, ...] = (Incident, ResourceVersion, ResponsibilityEdition)
"""What points to a case and is not copied: a copy has no faults, and an update made twice makes no second version and
no second edition of the responsibility list, whose numbers and seals are the jurisdiction's, not the case's."""
MOMENT = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d.*)?")
"""A day or a moment inside of JSON."""
FARTHEST, FARTHEST_OPEN = 480, 20
"""Working days by which a copy may lie before its original."""


@dataclass(frozen=True)
class Original:
    """A case that was played, as rows, and by how many working days a copy may lie before it."""

    rows: Mapping[Model, Sequence[Row]]
    calendar: Calendar
    rules: RuleBook
    backs: Sequence[int]

    @property
    def case(self) -> Row:
        return self.rows[Case][0]

    @property
    def is_open(self) -> bool:
        return bool(self.case["status"] == "open")

    @cached_property
    def names(self) -> frozenset[str]:
        """The numbers and engine ids of this case, wherever they stand in its rows."""
        numbered = (row["number"] for model in (Case, Letter, Grant) for row in self.rows[model])
        known = (row["engine_id"] for model in (Task, Timer) for row in self.rows[model])
        return frozenset(name for name in (*numbered, *known) if name is not None)

    @cached_property
    def moving(self) -> Mapping[Model, Sequence[Sequence[str]]]:
        """The columns of each row that say something else in a copy. The others, most of them, are shared."""
        return {
            model: [[name for name, value in row.items() if self._moves(value)] for row in rows]
            for model, rows in self.rows.items()
        }

    def _moves(self, value: Any) -> bool:
        if isinstance(value, str):
            return value in self.names or MOMENT.fullmatch(value) is not None
        if isinstance(value, dict):
            return any(map(self._moves, value.values()))
        if isinstance(value, list):
            return any(map(self._moves, value))
        return isinstance(value, date)


class Shift:
    """Puts days and moments back by working days, the time of day stays. A moment at midnight ends the day before."""

    def __init__(self, calendar: Calendar, back: int):
        self._calendar, self._back = calendar, back
        self._moments: dict[datetime, datetime] = {}

    def day(self, on: date) -> date:
        return self._calendar.add(on, -self._back) if self._back else on

    def moment(self, at: datetime) -> datetime:
        if at not in self._moments:
            local, day = at.astimezone(clock.OFFICE), day_of(at)
            shifted = datetime.combine(self.day(day) + (local.date() - day), local.time(), clock.OFFICE)
            self._moments[at] = shifted.astimezone(UTC)
        return self._moments[at]


def day_of(at: datetime) -> date:
    """The day to which a moment belongs: midnight ends the day before."""
    local = at.astimezone(clock.OFFICE)
    return local.date() - timedelta(days=local.time() == time())


def read_originals(session: Session, now: datetime) -> list[Original]:
    """All cases of the stories that may be copied; not those that somebody has worked on on a day off, because their
    moments cannot be moved by working days."""
    keys = {story.key for story in read_stories() if story.copied}
    query = select(Case.__table__).where(Case.idempotency_key.contains(":demo:")).order_by(Case.id)
    cases = [dict(row) for row in session.execute(query).mappings()]
    told = [case for case in cases if case["idempotency_key"].partition(":demo:")[2] in keys]
    found = (_original(session, case, now) for case in told)
    return [original for original in found if original.backs and _on_working_days(original)]


def _original(session: Session, case: Row, now: datetime) -> Original:
    calendar, rules = calendar_for(session, case["jurisdiction"]), rulebook(session, case["jurisdiction"])
    rows: dict[Model, Sequence[Row]] = {Case: [case]}
    for model in COPIED[1:]:
        rows[model] = _rows(session, model, rows)
    days = (range(1, FARTHEST + 1)) if case["status"] != "open" else [0, *_quiet_days(rows, calendar, now)]
    opened_on = clock.office_date(case["opened_at"])
    backs = [back for back in days if rules.opens_cases(calendar.add(opened_on, -back)) is None]
    return Original(rows, calendar, rules, backs)


def _rows(session: Session, model: Model, known: Mapping[Model, Sequence[Row]]) -> list[Row]:
    table, case = model.__table__, known[Case][0]
    if "case_id" in table.c:
        condition = table.c.case_id == case["id"]
    elif model is HistoryEvent:
        condition = table.c.stream == Case(id=case["id"], number=case["number"]).stream
    else:
        condition = table.c.deadline_id.in_([row["id"] for row in known[Deadline]])
    query = select(table).where(condition).order_by(*table.primary_key)
    return [dict(row) for row in session.execute(query).mappings()]


def _quiet_days(rows: Mapping[Model, Sequence[Row]], calendar: Calendar, now: datetime) -> Iterator[int]:
    """By how much an open case can be put back without anything that it waits for coming to lie in the past."""
    armed = [row["due_at"] for row in rows[Timer] if row["state"] == "armed"]
    waited_for = [at for at in (*armed, *(row["watch_at"] for row in rows[Deadline])) if at is not None]
    for back in range(1, FARTHEST_OPEN + 1):
        shift = Shift(calendar, back)
        if any(shift.moment(at) <= now for at in waited_for):
            return
        yield back


def _on_working_days(original: Original) -> bool:
    moments = {row["at"] for row in original.rows[HistoryEvent]}
    return all(original.calendar.is_working(day_of(at)) for at in moments)
