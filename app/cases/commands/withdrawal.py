"""A case that is taken back: by its applicant while nothing is decided; where it is a duty, opened by mistake, by the
bureau alone. What was missed stays so."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.accounts import Actor
from app.cases import policy
from app.cases.clocks import booking
from app.cases.commands import actions, closing, flow
from app.cases.commands.clock_commands import said
from app.cases.definition_cache import definition_of
from app.cases.models import Case, Task
from app.cases.transition import Transition
from app.database import unit_of_work
from app.floor.errors import Conflict
from app.floor.messages import say

ANNULLED = "annulled"


def withdraw(session: Session, actor: Actor, case_id: int, reason: str) -> Case:
    """The applicant takes the case back while nothing is decided. Raises NotFound, Forbidden, Conflict, Invalid."""
    case = flow.locked_case(session, case_id, actor)
    seat = case.lanes.get("applicant")
    policy.require_no_duty(actor, case, flow.duty_of(session, case, definition_of(session, case)))
    if seat is None or seat["id"] != actor.department_id:
        raise Conflict(say("Only the applicant may withdraw the case."), "not-applicant")
    for task in session.scalars(select(Task).where(Task.case_id == case.id, Task.status == "open").order_by(Task.id)):
        if flow.WITHDRAW in task.actions:
            flow.act(session, actor, task, flow.WITHDRAW, {"reason": reason})
            return case
    told = say("The case cannot be withdrawn: it is closed, decided, or of a procedure without withdrawal.")
    raise Conflict(told, "action-not-offered")


def may_annul(session: Session, step: Transition) -> bool:
    """Whether the step's actor may annul the case now."""
    open_duty = step.case.status == "open" and flow.duty_of(session, step.case, step.plan) is not None
    return open_duty and policy.may_judge(step.actor, step.case)


def annul(session: Session, actor: Actor, case_id: int, reason: str) -> Case:
    """Close a duty case as annulled: its tasks fall, its clocks end. Raises NotFound; Forbidden where the bureau is a
    party; Conflict where the case is closed, or no duty; Invalid."""
    case = flow.locked_case(session, case_id, actor)
    policy.require_impartial(actor, case)
    step = flow.step_for(session, case, actor)
    if flow.duty_of(session, case, step.plan) is None:
        raise Conflict(say("Only a duty is annulled; this case can be withdrawn or decided."), "no-duty")
    if case.status != "open":
        raise Conflict(say("This case is closed."), "case-closed")
    with session.no_autoflush:
        _close(step, said(reason) or "")
        unit_of_work.write(session)
    return case


def _close(step: Transition, reason: str) -> None:
    case = step.case
    step.read_open()
    step.record("case.annulled", reason=reason)
    for task in list(step.tasks):
        closing.close_task(step, task, "cancelled", None)
        step.record("task.cancelled", task=task.id, key=task.key)
    for timer in step.timers:
        if timer.state == "armed":
            timer.state, timer.due_at = "fired", None
    case.status, case.outcome, case.closed_at, case.state = "closed", ANNULLED, step.now, None
    booking.end(step)
    step.record("case.closed", outcome=ANNULLED)
    closing.settle_due(step)
    for department_id in sorted({side["id"] for side in policy.sides(case)}):
        actions.tell(step, department_id, "clerk", "case_annulled", f"annulled:{department_id}")
    outbox.put_all(step.session, step.messages, step.now)
