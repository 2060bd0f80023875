"""When somebody must hear of a clock: before it is due, and once it is overdue. The moment stands in the clock's own
row (counting rule 11): a clock is watched wherever its case lies. To whom it is told, and what: `reminding`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, and_, or_

from app.cases import audit, policy
from app.cases.models import Deadline, Task
from app.cases.transition import OPEN_CLOCK, Transition
from app.deadlines.calendar import Calendar
from app.deadlines.counting import Conventions, reminder_on
from app.deadlines.journal import Kind, Term, is_past
from app.floor import clock

AMBER_DAYS = 2
"""The lamp is amber from this many working days before the due date (a setting of ours, not of a regulation)."""
SPEAKING = ("running", "paused")
Clock = TypeVar("Clock", bound=Any)


def find(step: Transition, key: str) -> Deadline | None:
    """The latest clock of this rule in the case."""
    return next((d for d in reversed(step.deadlines) if d.rule == key), None)


def rank_of_kind(kind: str) -> int:
    """What the law sets comes before what a body has ordered, both before any target of our own."""
    return {"statutory": 0, "ordered": 1}.get(kind, 2)


def first_of(clocks: Iterable[Clock]) -> Clock | None:
    """The clock that speaks for a case: by its kind; of the same kind the one that is due first, and one that stands
    still last."""
    running = [one for one in clocks if one.state in SPEAKING]
    return min(
        running, key=lambda one: (rank_of_kind(one.kind), one.due_at is None, one.due_at or one.id), default=None
    )


def by_the_day(clocks: Iterable[Clock]) -> bool:
    """Whether the clock that speaks for a case is one that the law or a body has set."""
    first = first_of(clocks)
    return first is not None and first.kind != "internal"


def term_of(deadline: Deadline) -> Term:
    if deadline.kind == "ordered":
        return Term(days=0, kind="ordered")
    return _term(deadline.unit, deadline.length, deadline.kind)


@lru_cache(256)
def _term(unit: str, length: int, kind: Kind) -> Term:
    return Term(**{unit: length}, kind=kind)


def owe(step: Transition, deadline: Deadline, task: Task) -> None:
    """Whoever gets a step under an open clock owes it from now on, also when the case goes on to somebody else."""
    holder = (task.department_id, "clerk" if task.role == policy.SECOND_PERSON else task.role)
    if deadline.state in OPEN_CLOCK and (deadline.owed_by_id, deadline.owed_role) != holder:
        deadline.owed_by_id, deadline.owed_role = holder
        audit.seal_clock(step.session, step.case, deadline)


def bears(step: Transition, rule: str, task: Task) -> bool:
    """Whether that clock is shown by this task: a caller's clock governs a step of what it has called only where
    whoever owes it has the step."""
    declared = step.plan.rules[rule]
    seat = step.case.lanes.get(declared.owed_by or "") if task.key in declared.governs else None
    return seat is None or seat["id"] == task.department_id


def watch(step: Transition, deadline: Deadline, before: date | None) -> None:
    """Aim the next telling of a clock that was folded anew; `before` is the due date that it had."""
    at = _next(step, deadline, before)
    if deadline.watch_at != at:
        deadline.watch_at = at
    if deadline.watch_attempts:
        deadline.watch_attempts = 0


def _next(step: Transition, deadline: Deadline, before: date | None) -> datetime | None:
    if deadline.state != "running" or deadline.due_on is None:
        return None
    over = overdue_at(deadline)
    if before is not None and deadline.overdue_for == before and over <= step.now:
        deadline.overdue_for = deadline.due_on  # it was overdue and is: nobody needs to hear it again
        return None
    if deadline.reminded_for == deadline.due_on:
        return None if deadline.overdue_for == deadline.due_on else over
    if before == deadline.due_on and deadline.watch_at is not None:
        return deadline.watch_at
    return _reminder(step, deadline, over) or over


def _reminder(step: Transition, deadline: Deadline, over: datetime) -> datetime | None:
    """The moment of the reminder; where that has passed already, the next opening of the office before the clock is
    due. Never in the moment in which the clock begins or is moved."""
    seen = term_of(deadline).calendar(step.calendar)
    at = remind_at(deadline, step.calendar, step.rules.conventions)
    if at <= step.now:
        tomorrow = clock.office_date(step.now) + timedelta(days=1)
        at = _opening(seen.next_working(tomorrow), step.rules.conventions)
    return at if deadline.due_at is not None and at < min(deadline.due_at, over) else None


def remind_at(deadline: Deadline, calendar: Calendar, conventions: Conventions) -> datetime:
    """The opening of the office on the day of the reminder: the rule's lead, or the regulation's general one."""
    assert deadline.due_on is not None
    return _opening(reminder_on(term_of(deadline).calendar(calendar), deadline.due_on, deadline.remind), conventions)


def _opening(on: date, conventions: Conventions) -> datetime:
    opens: time = conventions.office_hours[0]
    return datetime.combine(on, opens, clock.OFFICE)


def overdue_at(deadline: Deadline) -> datetime:
    """From when on the clock is past due: the next day, or for targets of our own the close of business."""
    assert deadline.due_on is not None
    assert deadline.due_at is not None
    if term_of(deadline).by_the_day:
        return datetime.combine(deadline.due_on + timedelta(days=1), time(), clock.OFFICE)
    return deadline.due_at


def is_past_due(deadline: Deadline, now: datetime) -> bool:
    """Whether an open clock is past due."""
    if deadline.state != "running" or deadline.due_on is None or deadline.due_at is None:
        return False
    return is_past(term_of(deadline), deadline.due_on, deadline.due_at, now)


def is_over(due_at: datetime, kind: str, now: datetime) -> bool:
    """Whether a running clock in a list is past due: by the day, or for a target of our own by the hour."""
    return due_at < now if kind == "internal" else clock.office_date(due_at) < clock.office_date(now)


def over(due_at: Any, by_the_hour: ColumnElement[bool], now: datetime) -> ColumnElement[bool]:
    """The condition on rows whose clock is past due; its first half keeps to the index."""
    today = datetime.combine(clock.office_date(now), time(), clock.OFFICE)
    return and_(due_at < now, or_(due_at < today, by_the_hour))


def late_task(now: datetime) -> ColumnElement[bool]:
    return over(Task.due_at, Task.due_kind == "internal", now)


def lamp(due_at: datetime | None, due_kind: str, now: datetime, calendar: Calendar) -> str:
    """green, amber (two working days or fewer are left), red (from the close of business of its last day: counting rule
    3, whatever is judged by the day), none (no clock, or it is paused)."""
    if due_kind == "none" or due_at is None:
        return "none"
    if due_at < now:
        return "red"
    left = calendar.between(clock.office_date(now), clock.office_date(due_at))
    return "amber" if left <= AMBER_DAYS else "green"
