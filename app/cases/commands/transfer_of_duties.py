"""Duties move from one department to another: what is open about their entries goes with them.

A clock belongs to its case, so it runs on unbroken; what was issued and answered before stays as it was. Each case that
moves is locked, tells it in its history, and its departments are told.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload, undefer

from app import history, outbox
from app.accounts import Actor, DepartmentRef
from app.cases import audit, lanes
from app.cases.definition import Definition
from app.cases.definition_cache import current_plan, plan_for
from app.cases.models import Case, Deadline, Party, Task
from app.cases.transition import OPEN_CLOCK, Transition
from app.catalogue.models import Grant, Resource
from app.engine.vocabulary import PREPARES
from app.floor import clock
from app.floor.errors import Conflict
from app.floor.messages import say

MOVED, STOPPED, WITHDRAWN_ENTRY, RETYPED = "case.moved", "case.stopped", "entry.withdrawn", "entry.retyped"
"""The links of a case that tell of a transfer, of its end by one, that its entry has left the catalogue, and that it is
shared otherwise."""
JUDGES = ("bureau", "ladder")
"""Lanes of those who settle; a department does not lose such a seat because its entries move."""
TRANSFERS = "transfer.prepare"
SIDES = ("claimant", "respondent")
FACING = (
    ("applicant", "provider"), ("applicant", "holder"), ("applicant", "respondent"), SIDES, ("applicant", "receiver"),
)  # fmt: skip
"""Lanes that face each other: a case in which both are one department has become moot."""
WITHDRAWN, MOOT = "withdrawn", "moot"
"""How a case ends whose two sides have become one: what was asked for is withdrawn; what was in dispute is moot."""
NAMED = re.compile(r"\b([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)\b")
"""A field of a fact, in the expression of a lane."""
AT_ONCE = 500
"""So many codes are asked about in one statement: a file may move a whole catalogue."""


@dataclass
class DutyTransfer:
    """From whom to whom, by whom and why. `told` is filled with the messages for the outbox."""

    session: Session
    actor: Actor
    now: datetime
    giver: DepartmentRef
    receiver: DepartmentRef
    why: Mapping[str, Any]
    """What every link says of the reason: the case or the closing that has caused the move."""
    told: list[dict[str, Any]] = field(default_factory=list)

    def record(self, case: Case, kind: str, **detail: Any) -> None:
        history.append(self.session, case, kind, self.actor.username, {**detail, **self.why}, self.now)

    def tell(self, case: Case, department_id: int | None, kind: str, **detail: Any) -> None:
        if department_id is not None:
            self.told.append(notice(case, department_id, kind, **detail))


def notice(case: Case, department_id: int, kind: str, **detail: Any) -> dict[str, Any]:
    return {
        "key": f"case:{case.id}:{case.history_seq}:{kind}:{department_id}",
        "channel": "notice",
        "kind": kind,
        "case_id": case.id,
        "recipient_department_id": department_id,
        "role": "clerk",
        "payload": {"number": case.number, "subject": case.subject, **detail},
    }


def move_cases(move: DutyTransfer, codes: Collection[str], but: int | None = None) -> list[Case]:
    """The open cases about these entries follow their new provider, except the case `but`. Returns those that moved."""
    moved = []
    for case in open_about(move.session, move.giver.jurisdiction, codes):
        seat = case.lanes.get("provider")
        if case.id == but or seat is None or seat["id"] != move.giver.id:
            continue
        if becomes_one(move, case) and not owed_by_holder(move, case):
            stop(move, case)
        else:
            reseat(move, case)
        moved.append(case)
    return moved


def becomes_one(move: DutyTransfer, case: Case) -> bool:
    """Whether giver and receiver face each other in the case: by their seats, or as the two sides of its dispute."""
    both = {move.giver.id, move.receiver.id}
    seats = {name: (seat or {}).get("id") for name, seat in case.lanes.items()}
    if any({seats.get(one), seats.get(other)} == both for one, other in FACING):
        return True
    bundle, facts = plan_for(move.session, case.bundle).bundle, case.facts or {}
    own = [one for one in bundle.elements_with(PREPARES) if bundle.process_of(one) == bundle.process_id]
    terms = [facts[one] for one in own if one in facts]  # of a case that calls for a dispute it is a step on the way
    return bool(terms) and {terms[-1].get(side) for side in SIDES} == {move.giver.code, move.receiver.code}


def owed_by_holder(move: DutyTransfer, case: Case) -> bool:
    """Whether the case, or the step at which it stands, is owed by whoever holds the entry, whoever has asked for it:
    a doubt is answered, and what is wrong is corrected, whatever becomes of who contested it. A running case keeps its
    forms, but not what they did not say yet."""
    today = current_plan(move.session, case.procedure, case.jurisdiction)
    if (plan_for(move.session, case.bundle).top.duty or today.top.duty) == "provider":
        return True
    open_ = select(Task.key).where(Task.case_id == case.id, Task.status == "open", Task.department_id == move.giver.id)
    return any(key in today.tasks and today.task(key).owed_by_holder for key in move.session.scalars(open_))


def open_about(session: Session, jurisdiction: str, codes: Collection[str]) -> Iterator[Case]:
    """The open cases about these entries, locked in one order."""
    query = select(Case).where(
        Case.jurisdiction == jurisdiction, Case.status == "open", Case.resource.in_(sorted(codes))
    )
    whole = query.options(undefer(Case.facts)).order_by(Case.id).with_for_update(of=Case)
    yield from session.scalars(whole.execution_options(populate_existing=True)).all()


def in_use(session: Session, codes: Collection[str]) -> dict[str, list[str]]:
    """Of these entries those about which a case is open, each with the numbers of the cases."""
    found: dict[str, list[str]] = {}
    about, wanted = select(Case.resource, Case.number).where(Case.status == "open"), sorted(codes)
    for start in range(0, len(wanted), AT_ONCE):
        some = about.where(Case.resource.in_(wanted[start : start + AT_ONCE]))
        for code, number in session.execute(some.order_by(Case.id)):
            found.setdefault(str(code), []).append(number)
    return found


@dataclass(frozen=True)
class Weight:
    """How much hangs on entries: what goes with them when they are transferred."""

    grants: int
    cases: int
    clocks: int


def weigh(session: Session, jurisdiction: str, codes: Collection[str], giver_id: int, but: int) -> Weight:
    """Counted, not locked: what a transfer would take along now, but the case `but`."""
    about = Case.status == "open", Case.jurisdiction == jurisdiction, Case.resource.in_(sorted(codes)), Case.id != but
    owed = select(func.count()).select_from(Deadline).join(Case, Deadline.case_id == Case.id)
    owed = owed.where(*about, Deadline.state.in_(OPEN_CLOCK), Deadline.owed_by_id == giver_id)
    held = select(func.count()).select_from(Grant).join(Resource, Grant.resource_id == Resource.id)
    held = held.where(Resource.code.in_(sorted(codes)), Grant.state.in_(("active", "suspended")))
    cases = session.scalar(select(func.count()).select_from(Case).where(*about))
    return Weight(session.scalar(held) or 0, cases or 0, session.scalar(owed) or 0)


def reseat(move: DutyTransfer, case: Case) -> None:
    """Put the receiver where the giver sits: lanes, open tasks, terms of a dispute. Who bears the clock follows."""
    _require_other_judge(move, case)
    before = dict(case.lanes)
    taken = lanes.seat(move.receiver)
    case.lanes = {
        name: taken if name not in JUDGES and _is(seat, move.giver) else seat for name, seat in before.items()
    }
    moved = sorted(name for name, seat in case.lanes.items() if seat != before[name])
    case.facts = renamed(plan_for(move.session, case.bundle), case.facts, move.giver, move.receiver, moved)
    tasks, owed = _move_tasks(move, case), _owed(move, case)
    if move.session.get(Party, (move.receiver.id, case.id)) is None:
        move.session.add(Party(department_id=move.receiver.id, case_id=case.id))
    codes = {"giver": move.giver.code, "receiver": move.receiver.code}
    move.record(case, MOVED, lanes=moved, tasks=tasks, resource=case.resource, **codes)
    for one in owed:
        one.owed_by_id = move.receiver.id
        audit.seal_clock(move.session, case, one)
    for kind, department_id in (("case_moved_away", move.giver.id), ("case_moved_here", move.receiver.id)):
        move.tell(case, department_id, kind, **codes)
    applicant = case.lanes.get("applicant")
    if applicant and applicant["id"] not in (move.giver.id, move.receiver.id):
        move.tell(case, applicant["id"], "provider_changed", **codes)


def _require_other_judge(move: DutyTransfer, case: Case) -> None:
    """Nobody becomes a party of what lies before them to be decided. Raises Conflict."""
    before = select(Task.id).where(Task.case_id == case.id, Task.status == "open", Task.lane.in_(JUDGES))
    if move.session.scalar(before.where(Task.department_id == move.receiver.id).limit(1)) is not None:
        told = say(
            "Case %(number)s lies before %(department)s, which would become a party of it: let it be decided first.",
            number=case.number, department=move.receiver.name,
        )  # fmt: skip
        raise Conflict(told, "judge-becomes-party")


def renamed(
    plan: Definition, facts: Mapping[str, Any], giver: DepartmentRef, receiver: DepartmentRef, moved: Collection[str]
) -> dict[str, Any]:
    """The facts by which steps to come find their departments; the history keeps the answers as they were given."""
    found = dict(facts)
    if "provider" in moved:
        found["provider"] = lanes.seat(receiver)
        if found.get("resource"):
            found["resource"] = {**found["resource"], "provider": receiver.code}
    if "applicant" in moved:
        found["applicant"] = lanes.seat(receiver)
    said = [one.lanes[lane].department or "" for one in plan.forms.values() for lane in moved if lane in one.lanes]
    named = {pair for expression in said for pair in NAMED.findall(expression)}
    for element, name in sorted(named):  # who was named in the application, or in an answer, as whoever takes a step
        if isinstance(found.get(element), dict) and found[element].get(name) == giver.code:
            found[element] = {**found[element], name: receiver.code}
    for element in plan.bundle.elements_with(TRANSFERS):
        if found.get(element, {}).get("to") == giver.code:
            found[element] = {**found[element], "to": receiver.code}
    for element in plan.bundle.elements_with(PREPARES):
        if element in found:
            terms = found[element]
            sides = {name: receiver.code for name in SIDES if terms.get(name) == giver.code}
            found[element] = {**terms, **sides}
    return found


def _move_tasks(move: DutyTransfer, case: Case) -> list[str]:
    open_ = select(Task).where(Task.case_id == case.id, Task.status == "open", Task.department_id == move.giver.id)
    moved = [task for task in move.session.scalars(open_.order_by(Task.id)) if task.lane not in JUDGES]
    for task in moved:
        task.department_id, task.assignee_id = move.receiver.id, None
    return [task.key for task in moved]


def _owed(move: DutyTransfer, case: Case) -> Sequence[Deadline]:
    """The open clocks that the giver bears."""
    owed = select(Deadline).where(Deadline.case_id == case.id, Deadline.state.in_(OPEN_CLOCK))
    owed = owed.options(selectinload(Deadline.entries))
    return move.session.scalars(owed.where(Deadline.owed_by_id == move.giver.id).order_by(Deadline.id)).all()


def stop(move: DutyTransfer, case: Case) -> None:
    """End a case whose two sides have become one: nobody asks itself. What was late stays late."""
    from app.cases.clocks import booking
    from app.cases.commands import closing

    step = Transition(move.session, case, plan_for(move.session, case.bundle), move.actor)
    step.read_open()
    codes = {"giver": move.giver.code, "receiver": move.receiver.code}
    outcome = WITHDRAWN if WITHDRAWN in step.plan.top.outcomes else MOOT
    move.record(case, STOPPED, resource=case.resource, outcome=outcome, **codes)
    with move.session.no_autoflush:  # the clocks are sealed with the line that says why they end
        for task in list(step.tasks):
            closing.close_task(step, task, "cancelled", None)
        for timer in step.timers:
            if timer.state == "armed":
                timer.state, timer.due_at = "fired", None
        case.status, case.closed_at, case.state, case.outcome = "closed", move.now, None, outcome
        booking.end(step)
        closing.settle_due(step)
    for seat in {seat["id"]: seat for seat in case.lanes.values() if seat}.values():
        move.tell(case, seat["id"], "case_moot", **codes)


def tell_of_withdrawal(
    session: Session, actor: Actor, now: datetime, jurisdiction: str, codes: Collection[str]
) -> list[dict[str, Any]]:
    """The entries have left the catalogue: whoever takes part in an open case about one is told, and its history says
    so. Returns the messages."""
    told = []
    for case in open_about(session, jurisdiction, codes):
        history.append(session, case, WITHDRAWN_ENTRY, actor.username, {"resource": case.resource}, now)
        for seat in {seat["id"]: seat for seat in case.lanes.values() if seat}.values():
            told.append(notice(case, seat["id"], "entry_withdrawn", resource=case.resource))
    return told


def tell_of_types(
    session: Session,
    actor: Actor,
    now: datetime,
    jurisdiction: str,
    retyped: Mapping[str, tuple[str, str]],
    but: int | None = None,
) -> list[dict[str, Any]]:
    """The share types of these entries have changed, from what to what: both sides of an open case about one are told
    on that day, and its history says so; not the case `but`, which has changed them. Returns the messages."""
    told = []
    codes = sorted(retyped)
    for start in range(0, len(codes), AT_ONCE):
        for case in open_about(session, jurisdiction, codes[start : start + AT_ONCE]):
            if case.id == but:
                continue
            was, is_now = retyped[str(case.resource)]
            detail = {"resource": case.resource, "was": was, "share_type": is_now}
            history.append(session, case, RETYPED, actor.username, detail, now)
            for seat in {seat["id"]: seat for seat in case.lanes.values() if seat}.values():
                told.append(notice(case, seat["id"], "entry_retyped", **detail))
    return told


def follow_load(session: Session, actor: Actor, jurisdiction: str, retyped: Mapping[str, tuple[str, str]]) -> None:
    """Tell of changed share types after a file has changed the catalogue."""
    now = clock.now()
    outbox.put_all(session, tell_of_types(session, actor, now, jurisdiction, retyped), now)


def _is(seat: Mapping[str, Any] | None, card: DepartmentRef) -> bool:
    return seat is not None and seat["id"] == card.id
