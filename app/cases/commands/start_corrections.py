"""The start of a clock set right: by a bureau that is no party, with a reason. What would remove a breach, and a start
later than the history can have it, is only proposed; another person of the bureau confirms or rejects it. Nobody
confirms their own.

A proposal is lines of the case's history and nothing else: it cannot be changed, and who made it cannot be doubted.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import Actor
from app.cases import policy
from app.cases.clocks import booking, journal_rows
from app.cases.commands import closing
from app.cases.commands.clock_commands import locked, said
from app.cases.models import Case, Deadline
from app.cases.transition import OPEN_CLOCK, Transition
from app.deadlines.calendar import asked_in
from app.floor import clock
from app.floor.errors import Conflict, Forbidden, Invalid
from app.floor.messages import say
from app.history import HistoryEvent

PROPOSED, CONFIRMED, REJECTED = (f"clock.correction_{what}" for what in ("proposed", "confirmed", "rejected"))

BEGINS = ("start", "pend", "restart")
"""The entries of a journal with which its clock begins to count."""


@dataclass(frozen=True)
class Proposal:
    """A correction that waits for a second person."""

    started_on: date
    reason: str
    by: str
    at: datetime


def waiting(session: Session, case: Case, deadline_id: int) -> Proposal | None:
    """The correction of this clock that waits for a second person, if one does."""
    about = select(HistoryEvent).where(
        HistoryEvent.stream == case.stream, HistoryEvent.kind.in_((PROPOSED, CONFIRMED, REJECTED))
    )
    told = session.scalars(about.order_by(HistoryEvent.seq.desc()))
    last = next((one for one in told if one.detail["deadline"] == deadline_id), None)
    if last is None or last.kind != PROPOSED:
        return None
    return Proposal(date.fromisoformat(last.detail["started_on"]), last.detail["reason"], last.actor, last.at)


def offered(step: Transition, deadline: Deadline) -> tuple[str, ...]:
    """What the step's actor may do to the start of this clock now. Nothing is locked: for pages."""
    owes = deadline.owed_by_id == step.actor.department_id
    if owes or deadline.kind == "ordered" or deadline.state not in OPEN_CLOCK:
        return ()
    if not policy.may_judge(step.actor, step.case):
        return ()
    proposal = waiting(step.session, step.case, deadline.id)
    if proposal is None:
        return ("correct",)
    return () if proposal.by == step.actor.username else ("confirm", "reject")


def correct(
    session: Session, actor: Actor, deadline_id: int, started_on: date, reason: str, *, foretell: bool = False
) -> tuple[Deadline, Proposal | None]:
    """Set right the day on which a clock began, or propose it; the same of a second person confirms a proposal.
    `foretell`: as if confirmed, for a transaction that is taken back; with the proposal that it would be."""
    step, deadline = _judged(session, actor, deadline_id)
    why = said(reason) or ""
    if started_on > clock.today():
        raise Invalid({"started_on": [say("A clock cannot have begun in the future.")]})
    proposal = waiting(session, step.case, deadline_id)
    if proposal is not None and not foretell:
        if proposal.started_on != started_on or proposal.by == actor.username:
            raise _waits()
        return _confirmed(step, deadline, proposal), None
    if not (begins_too_late(deadline, started_on) or removes_breach(step, deadline, started_on)):
        return _apply(step, deadline, started_on, why), None
    proposed = Proposal(started_on, why, actor.username, step.now)
    if foretell:
        return _apply(step, deadline, started_on, why), proposed
    step.record(PROPOSED, deadline=deadline.id, rule=deadline.rule, started_on=started_on.isoformat(), reason=why)
    return deadline, proposed


def confirm(session: Session, actor: Actor, deadline_id: int) -> Deadline:
    """Raises Conflict where nothing waits, Forbidden for who proposed it."""
    step, deadline = _judged(session, actor, deadline_id)
    return _confirmed(step, deadline, _waiting(step, deadline))


def reject(session: Session, actor: Actor, deadline_id: int, reason: str) -> Deadline:
    """The proposal falls; the clock stays as it is. Raises as `confirm` does."""
    step, deadline = _judged(session, actor, deadline_id)
    _waiting(step, deadline)
    step.record(REJECTED, deadline=deadline.id, rule=deadline.rule, reason=said(reason))
    return deadline


def _judged(session: Session, actor: Actor, deadline_id: int) -> tuple[Transition, Deadline]:
    step, deadline = locked(session, actor, deadline_id)
    policy.require_impartial(actor, step.case)
    if deadline.kind == "ordered":
        raise Conflict(booking.ONLY_A_NEW_ORDER, "clock-ordered")
    if deadline.owed_by_id == actor.department_id:
        raise Forbidden(say("The bureau owes this clock itself; its superior authority would have to set it right."))
    if deadline.state not in OPEN_CLOCK:
        raise Conflict(say("Only a clock that is still open can be corrected."), "clock-not-running")
    return step, deadline


def _waiting(step: Transition, deadline: Deadline) -> Proposal:
    proposal = waiting(step.session, step.case, deadline.id)
    if proposal is None:
        raise Conflict(say("No correction of this clock waits for a second person."), "no-correction")
    if proposal.by == step.actor.username:
        raise Forbidden(say("Another person than who proposed the correction decides on it."))
    return proposal


def _confirmed(step: Transition, deadline: Deadline, proposal: Proposal) -> Deadline:
    step.record(CONFIRMED, deadline=deadline.id, rule=deadline.rule, started_on=proposal.started_on.isoformat())
    return _apply(step, deadline, proposal.started_on, proposal.reason)


def _apply(step: Transition, deadline: Deadline, started_on: date, reason: str) -> Deadline:
    with asked_in("started_on"):
        booking.correct(step, deadline, started_on, reason)
    closing.settle_due(step)
    return deadline


def removes_breach(step: Transition, deadline: Deadline, started_on: date) -> bool:
    """Whether the clock is past due now, and would not be from that day on. One that pends is judged as if it were
    owed already: else its breach could be removed before anybody owes it."""
    if not journal_rows.standing_if_owed(step, deadline).late:
        return False
    with asked_in("started_on"):
        return not journal_rows.standing_if_owed(step, deadline, started_on).late


def begins_too_late(deadline: Deadline, started_on: date) -> bool:
    """Whether that day lies behind the one on which the start was recorded. What sets a clock going has happened by
    the time it is written down: a later start is no entry set right, but an extension, again and again."""
    told = [entry for entry in deadline.entries if entry.kind in BEGINS]
    return bool(told) and started_on > max(told[-1].on, clock.office_date(told[-1].at))


def _waits() -> Conflict:
    return Conflict(
        say("A correction of this clock waits for a second person; it is confirmed or rejected first."),
        "correction-waits",
    )
