"""A department is dissolved, merged or split up: nothing stays open with it.

Its entries, its open cases with their tasks and clocks, and the grants that it holds go to its successor in one
transaction, each with a line in its history; single entries may go to other departments, with what is open about them.
Its accounts are closed. What it has answered and signed stays its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, undefer

from app import history, outbox
from app.accounts import Account, Actor, Department, DepartmentRef, directory, set_active
from app.accounts.directory import renew_directory
from app.accounts.people import record
from app.cases import audit
from app.cases.commands import transfer_of_duties
from app.cases.models import Case, Deadline, Party, Task
from app.cases.transition import OPEN_CLOCK
from app.catalogue import entries, responsibility
from app.catalogue.checks import Rules, keeps_list
from app.catalogue.models import Grant, Resource
from app.floor import clock
from app.floor.errors import Conflict, Invalid, NotFound
from app.floor.messages import say

CLOSABLE = ("department",)
MOVED_GRANT = "grant.moved"
"""The link of the case that made a grant: another department holds it now."""


@dataclass(frozen=True)
class Closed:
    """What went to the successors, and the accounts that were closed; by number, code and user name."""

    entries: Mapping[str, str]
    """Each entry's code with the department that has it now."""
    cases: Sequence[str]
    stopped: Sequence[str]
    """Of these the ones that have ended, because both sides are one department now."""
    tasks: int
    clocks: int
    grants: Sequence[str]
    accounts: Sequence[str]


def close_department(
    session: Session,
    actor: Actor,
    jurisdiction: str,
    code: str,
    on: date,
    successor: str | None,
    rules_of: Callable[[str], Rules],
    others: Mapping[str, str] | None = None,
) -> Closed:
    """`others`: entries that another department than the successor takes over, each with its code. Raises NotFound,
    Invalid (the day, the successors), Conflict (closed already; the bureau; something is open and nobody takes it
    over)."""
    giver = _card(session, jurisdiction, code)
    row = session.get_one(Department, giver.id, with_for_update=True)
    _may_close(giver, row, on)
    receiver = _successor(session, giver, successor, "successor") if successor is not None else None
    held = _held(session, giver)
    shared = _shared_out(session, giver, held, others or {})
    _must_be_taken(receiver, held, shared)
    tasks, clocks = _counted(session, giver)
    closing = _Closing(session, actor, giver, rules_of(jurisdiction))
    for one, codes in shared.items():
        closing.move_entries(one, [entry for entry in held.entries if entry.code in codes])
    if receiver is not None:
        closing.move_all(receiver, held)
    session.flush()
    _nothing_left(session, giver)
    people = session.scalars(select(Account).where(Account.department_id == giver.id, Account.active)).all()
    for account in people:
        set_active(session, actor, account, False)
    row.closed_on, row.successor = on, receiver.code if receiver else None
    detail = {"jurisdiction": jurisdiction, "code": code, "on": on.isoformat(), "successor": row.successor}
    told = {"entries": closing.entries, "cases": closing.cases, "grants": closing.grants}
    record(session, "department_closed", actor, detail | told)
    session.flush()
    renew_directory(session)
    names = [one.username for one in people]
    return Closed(closing.entries, closing.cases, closing.stopped, tasks, clocks, closing.grants, names)


def _card(session: Session, jurisdiction: str, code: str) -> DepartmentRef:
    found = directory(session).by_code.get((jurisdiction, code))
    if found is None:
        told = say("There is no department %(code)s in %(jurisdiction)s.", code=code, jurisdiction=jurisdiction)
        raise NotFound(told)
    return found


def _may_close(card: DepartmentRef, row: Department, on: date) -> None:
    if row.closed_on is not None:
        told = say("The department was closed on %(day)s already.", day=row.closed_on.isoformat())
        raise Conflict(told, "department-closed")
    if card.kind not in CLOSABLE:
        raise Conflict(say("Only departments are closed so; this one coordinates, decides or is a platform."))
    if on > clock.today():
        raise Invalid({"on": [say("Close the department on the day itself, or afterwards.")]})


def _successor(session: Session, giver: DepartmentRef, code: str, field: str) -> DepartmentRef:
    found = directory(session).by_code.get((giver.jurisdiction, code))
    fits = found is not None and found.kind in entries.RECEIVERS and found.closed_on is None
    if found is None or not fits or found.id == giver.id:
        raise Invalid({field: [say("Name another department of the jurisdiction that is not closed.")]})
    return found


def _shared_out(
    session: Session, giver: DepartmentRef, held: _Held, others: Mapping[str, str]
) -> dict[DepartmentRef, set[str]]:
    """Which entries go to which other department. Raises Invalid."""
    own = {entry.code for entry in held.entries}
    unknown = sorted(set(others) - own)
    if unknown:
        told = say("The department has no such entries: %(codes)s.", codes=", ".join(unknown)[:200])
        raise Invalid({"others": [told]})
    shared: dict[DepartmentRef, set[str]] = {}
    for code, to in others.items():
        shared.setdefault(_successor(session, giver, to, "others"), set()).add(code)
    return shared


def _must_be_taken(receiver: DepartmentRef | None, held: _Held, shared: Mapping[DepartmentRef, set[str]]) -> None:
    """Without a successor nothing may be left over. Raises Conflict."""
    taken = set().union(*shared.values())
    rest = [entry for entry in held.entries if entry.code not in taken]
    follows = [case for case in held.cases if case.resource not in taken]
    if receiver is None and (rest or follows or held.grants):
        told = say(
            "Name the successor: %(entries)s entries, %(cases)s open cases and %(grants)s grants must not stay.",
            entries=len(rest), cases=len(follows), grants=len(held.grants),
        )  # fmt: skip
        raise Conflict(told, "needs-successor")


@dataclass(frozen=True)
class _Held:
    """Entries, open cases and grants that it has."""

    entries: Sequence[Resource]
    cases: Sequence[Case]
    grants: Sequence[Grant]


def _held(session: Session, giver: DepartmentRef) -> _Held:
    """All that it has, locked: cases first, as ever."""
    mine = exists().where(Party.case_id == Case.id, Party.department_id == giver.id)
    open_ = select(Case).where(Case.jurisdiction == giver.jurisdiction, Case.status == "open", mine)
    whole = open_.options(undefer(Case.facts)).order_by(Case.id).with_for_update(of=Case)
    cases = session.scalars(whole.execution_options(populate_existing=True)).all()
    provided = select(Resource).where(Resource.provider_id == giver.id, ~Resource.withdrawn).order_by(Resource.id)
    held = select(Grant).where(Grant.department_id == giver.id, Grant.state.in_(("active", "suspended")))
    return _Held(
        session.scalars(provided.with_for_update(of=Resource)).all(),
        [case for case in cases if _sits(case, giver)],
        session.scalars(held.order_by(Grant.id).with_for_update(of=Grant)).all(),
    )


def _counted(session: Session, giver: DepartmentRef) -> tuple[int, int]:
    """Its open tasks, and the clocks that run against it."""
    tasks = select(func.count()).select_from(Task).where(Task.department_id == giver.id, Task.status == "open")
    owed = select(func.count()).select_from(Deadline).where(Deadline.owed_by_id == giver.id)
    return session.scalar(tasks) or 0, session.scalar(owed.where(Deadline.state.in_(OPEN_CLOCK))) or 0


def _sits(case: Case, card: DepartmentRef) -> bool:
    return any(seat is not None and seat["id"] == card.id for seat in case.lanes.values())


class _Closing:
    """The hand-over to one department after the other, and what it has come to so far."""

    def __init__(self, session: Session, actor: Actor, giver: DepartmentRef, rules: Rules):
        self.session, self.actor, self.giver, self.rules = session, actor, giver, rules
        self.entries: dict[str, str] = {}
        self.cases: list[str] = []
        self.stopped: list[str] = []
        self.grants: list[str] = []

    def move_entries(self, receiver: DepartmentRef, found: Sequence[Resource]) -> None:
        """These entries, and what is open about them: nothing else of the department."""
        move = self._to(receiver)
        self._note(transfer_of_duties.move_cases(move, [entry.code for entry in found]))
        self._hand_over(move, found)
        outbox.put_all(self.session, move.told, move.now)

    def move_all(self, receiver: DepartmentRef, held: _Held) -> None:
        """All that is left: every case in which it still has a seat, its entries, and the grants that it holds."""
        move = self._to(receiver)
        left = [case for case in held.cases if case.status == "open" and _sits(case, self.giver)]
        for case in left:
            moot = transfer_of_duties.becomes_one(move, case) and not transfer_of_duties.owed_by_holder(move, case)
            (transfer_of_duties.stop if moot else transfer_of_duties.reseat)(move, case)
        self._note(left)
        self._hand_over(move, [entry for entry in held.entries if entry.code not in self.entries])
        self.grants += _move_grants(move, held.grants)
        outbox.put_all(self.session, move.told, move.now)

    def _to(self, receiver: DepartmentRef) -> transfer_of_duties.DutyTransfer:
        why = {"by": f"closed:{self.giver.code}"}
        return transfer_of_duties.DutyTransfer(self.session, self.actor, clock.now(), self.giver, receiver, why)

    def _note(self, cases: Sequence[Case]) -> None:
        self.cases += [case.number for case in cases if case.number not in self.cases]
        self.stopped += [case.number for case in cases if case.status == "closed"]

    def _hand_over(self, move: transfer_of_duties.DutyTransfer, found: Sequence[Resource]) -> None:
        codes = entries.hand_over(self.session, found, move.receiver.id, self.actor.username)
        self.entries |= dict.fromkeys(codes, move.receiver.code)
        if codes and keeps_list(self.rules):
            responsibility.publish(self.session, self.giver.jurisdiction, codes, self.actor.username)


def _move_grants(move: transfer_of_duties.DutyTransfer, found: Sequence[Grant]) -> list[str]:
    """The successor holds them as they are; the case that made one says so and seals it anew."""
    for grant in found:
        grant.department_id = move.receiver.id
        case = move.session.get(Case, grant.case_id, with_for_update=True) if grant.case_id else None
        if case is not None:
            codes = {"giver": move.giver.code, "receiver": move.receiver.code}
            history.append(
                move.session,
                case,
                MOVED_GRANT,
                move.actor.username,
                {**codes, **move.why, **audit.sealed(grant)},
                move.now,
            )
            move.tell(case, move.receiver.id, "grant_moved_here", grant=grant.number)
    return [grant.number for grant in found]


def _nothing_left(session: Session, giver: DepartmentRef) -> None:
    """Whatever the drawing of a case has invented: a task that stayed behind stops the closing."""
    left: Any = session.scalars(
        select(Case.number)
        .join(Task, Task.case_id == Case.id)
        .where(Task.department_id == giver.id, Task.status == "open")
    ).all()
    if left:
        raise Conflict(say("Tasks of these cases would stay with it: %(cases)s.", cases=", ".join(left)), "left-behind")
