"""Tells those whom a clock concerns that it is due soon, or overdue: whoever owes it, their head, and the bureau.

A line in the history is the proof. Nobody hears the same twice, and nothing is said that is not true in that moment.
"""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases import lanes
from app.cases.clocks import alerts, booking
from app.cases.commands import actions, closing
from app.cases.models import Deadline, Task
from app.cases.policy import EVERYBODY, SECOND_PERSON
from app.cases.transition import Transition
from app.history import HistoryEvent

Reader = tuple[int, str]
LAPSED = "clock.extension_lapsed"
"""The link that tells which step is no longer asked, because its clock is past due."""


def tell_of_clock(step: Transition, deadline: Deadline) -> bool:
    """What this clock has to say now; returns whether anything was said. The next moment is aimed in any case."""
    deadline.watch_at, deadline.watch_attempts = None, 0
    if deadline.state != "running" or deadline.due_on is None:
        return False
    over = alerts.overdue_at(deadline)
    if step.now < over:
        deadline.watch_at = over
    overdue = step.now >= over
    told_for = deadline.overdue_for if overdue else deadline.reminded_for
    if told_for == deadline.due_on or not (overdue or _is_time(step, deadline)):
        return False
    _tell(step, deadline, deadline.due_on, overdue)
    if overdue:
        deadline.overdue_for = deadline.due_on
        _lapse_extension(step, deadline)
    else:
        deadline.reminded_for = deadline.due_on
    return True


def _is_time(step: Transition, deadline: Deadline) -> bool:
    """Not overdue yet, but within the rule's lead."""
    return alerts.remind_at(deadline, step.calendar, step.rules.conventions) <= step.now


def _tell(step: Transition, deadline: Deadline, due_on: date, overdue: bool) -> None:
    kind, on = "overdue" if overdue else "reminder", _step_under(step, deadline)
    for department_id, role in sorted(_readers(step, deadline, overdue)):
        about = f"{deadline.rule}:{department_id}:{role}"
        actions.tell(step, department_id, role, kind, about, on=on, rule=deadline.rule, due_on=due_on.isoformat())
    step.record(f"notice.{kind}", on=on, rule=deadline.rule, due_on=due_on.isoformat())


def _lapse_extension(step: Transition, deadline: Deadline) -> None:
    """An extension that was asked for and not consented to within the period is void: the head is no longer asked for
    a consent that nobody could take. The drawing goes on without it, as it would with the step still open."""
    declared = step.plan.rules[deadline.rule].extended_by if deadline.rule in step.plan.rules else None
    if declared is None or not step.facts.get(declared["message"]):
        return
    asked = [task for task in step.tasks if _is_consent(task, deadline)]
    for task in asked:
        closing.close_task(step, task, "cancelled", None)
        step.record("task.cancelled", task=task.id, key=task.key)
        booking.book(step, "cancelled", task.key)
        step.record(LAPSED, rule=deadline.rule, task=task.id)
    if asked:
        closing.settle_due(step)


def has_lapsed(session: Session, task: Task) -> bool:
    """Whether the step was closed because the day had passed until which it could consent."""
    links = select(HistoryEvent.detail).where(HistoryEvent.stream == task.case.stream, HistoryEvent.kind == LAPSED)
    return any(detail.get("task") == task.id for detail in session.scalars(links))


def _is_consent(task: Task, deadline: Deadline) -> bool:
    """A step of the head of the department that owes the clock, and not under that clock itself."""
    of_the_head = task.role == "head" and task.department_id == deadline.owed_by_id
    return of_the_head and task.deadline_id != deadline.id


def _tasks_under(step: Transition, deadline: Deadline) -> list[Task]:
    """The open steps under this clock, also those that show what the law has set before a target of their own. A step
    of what a procedure has called is under the clock only where whoever owes it has the step."""
    return [
        task
        for task in step.tasks
        if task.deadline_id == deadline.id
        or (deadline.rule in step.plan.rules_of(task.key) and alerts.bears(step, deadline.rule, task))
    ]


def _step_under(step: Transition, deadline: Deadline) -> str | None:
    """The open step under this clock, for the reader's orientation; none while the case waits for somebody else."""
    return next((task.key for task in _tasks_under(step, deadline)), None)


def _readers(step: Transition, deadline: Deadline, overdue: bool) -> set[Reader]:
    """Who holds a step under the clock, and whose duty it is; else who held the last step. A head reads what its clerks
    are told."""
    under = _tasks_under(step, deadline)
    owing = {(task.department_id, EVERYBODY if task.role == SECOND_PERSON else task.role) for task in under}
    if not any(department == deadline.owed_by_id for department, _ in owing):
        owing.add((deadline.owed_by_id, deadline.owed_role))
    readers = {(department, role) for department, role in owing if department is not None}
    if overdue:
        readers |= {(department, "head") for department, _ in readers}
        bureau = lanes.resolve(step, step.plan.process, "bureau").department_id
        readers |= {(bureau, "clerk")} if bureau is not None else set()
    read = {one for one in readers if one[1] != "head" or (one[0], "clerk") not in readers}
    return {one for one in read if one[1] == EVERYBODY or (one[0], EVERYBODY) not in read}
