"""What one step of the engine means for our rows: tasks open and close, clocks are booked, timers are armed."""

from __future__ import annotations

from app import outbox
from app.cases import lanes, second_persons
from app.cases.clocks import armed_timers, booking
from app.cases.commands import actions, closing
from app.cases.models import Task
from app.cases.transition import Transition
from app.database import unit_of_work
from app.engine.run import Changes, OpenTask, Run


def settle(step: Transition, run: Run, changes: Changes) -> None:
    """Write tasks, clocks, timers, facts, position and messages; the rows follow with the flush of the step."""
    case = step.case
    step.facts, step.forgotten = run.facts, changes.forgotten
    for kind, element in changes.passed:
        booking.book(step, kind, element)
    _close(step, changes)
    _open(step, changes)
    armed_timers.arm(step, changes.armed, changes.disarmed)
    _offer(step, changes)
    if changes.completed:
        _end(step, changes)
    case.facts, case.state = dict(run.facts), None if changes.completed else run.save()
    closing.settle_due(step)
    outbox.put_all(step.session, step.messages, step.now)


def _close(step: Transition, changes: Changes) -> None:
    gone = {one.id for one in changes.closed}
    for task in [t for t in step.tasks if t.engine_id in gone]:
        closing.close_task(step, task, "cancelled", None)
        step.record("task.cancelled", task=task.id, key=task.key)
        booking.book(step, "cancelled", task.key)


def _open(step: Transition, changes: Changes) -> None:
    for one in changes.opened:
        task = _new_task(step, one)
        booking.govern(step, task)
        step.tasks.append(task)
        whose = {"department": lanes.code_of(step, task.department_id), "role": task.role}
        step.record("task.opened", key=task.key, lane=task.lane, due_on=booking.due_day(task), **whose)
        if task.department_id is not None:
            actions.tell(step, task.department_id, task.role, "task_opened", one.id, key=task.key)
        form = step.plan.tasks.get(one.element, ("", None))[1]
        second_persons.tell_if_alone(step, task, form, changes.passed)


def _new_task(step: Transition, one: OpenTask) -> Task:
    lane = one.lane or "bureau"
    holder = lanes.resolve(step, one.process, lane)
    form = step.plan.tasks[one.element][1] if one.element in step.plan.tasks else None
    return unit_of_work.added(
        step.session,
        Task,
        case=step.case,
        jurisdiction=step.case.jurisdiction,
        process=one.process,
        key=one.element,
        engine_id=one.id,
        origin="diagram",
        lane=lane,
        department_id=holder.department_id,
        role=second_persons.role_of(step, form, holder),
        status="open",
        actions=list(one.actions),
        opened_at=step.now,
    )


def _offer(step: Transition, changes: Changes) -> None:
    """The actions on open tasks change with every step; keep them where pages and lists can read them."""
    offered = {one.id: list(one.actions) for one in changes.open}
    for task in step.tasks:
        if task.engine_id in offered and task.actions != offered[task.engine_id]:
            task.actions = offered[task.engine_id]


def _end(step: Transition, changes: Changes) -> None:
    case = step.case
    case.status, case.outcome, case.closed_at = "closed", changes.outcome, step.now
    booking.end(step)
    step.record("case.closed", outcome=changes.outcome)
