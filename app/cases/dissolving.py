"""A department is dissolved or merged: nothing stays open with it.

Its entries, its open cases with their tasks and clocks, and the grants that it holds go to its successor in one
transaction, each with a line in its history; its accounts are closed. What it has answered and signed stays its own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, undefer

from app import clock, history, outbox
from app.accounts import Account, Actor, Card, Department, directory, set_active
from app.accounts.directory import renew_directory
from app.accounts.people import record
from app.cases import audit, transferring
from app.cases.models import Case, Party, Task
from app.catalogue import entries, responsibility
from app.catalogue.checks import Rules, keeps_list
from app.catalogue.models import Grant, Resource
from app.errors import Conflict, Invalid, NotFound
from app.words import say

CLOSABLE = ("department",)
MOVED_GRANT = "grant.moved"
"""The link of the case that made a grant: another department holds it now."""


@dataclass(frozen=True)
class Closed:
    """What went to the successor, and the accounts that were closed; by number, code and user name."""

    entries: Sequence[str]
    cases: Sequence[str]
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
) -> Closed:
    """Raises NotFound, Invalid (the day, the successor), Conflict (closed already; the bureau; something is open and
    nobody takes it over)."""
    giver, receiver = _card(session, jurisdiction, code), None
    row = session.get_one(Department, giver.id, with_for_update=True)
    _may_close(giver, row, on)
    if successor is not None:
        receiver = _successor(session, giver, successor)
    held = _held(session, giver)
    if receiver is None and any(held):
        counts = {name: len(some) for name, some in zip(("entries", "cases", "grants"), held, strict=True)}
        told = say(
            "Name the successor: %(entries)s entries, %(cases)s open cases and %(grants)s grants must not stay.",
            **counts,
        )
        raise Conflict(told, "needs-successor")
    codes, numbers, grants = [], [], []
    if receiver is not None:
        move = transferring.Move(session, actor, clock.now(), giver, receiver, {"by": f"closed:{giver.code}"})
        numbers = _move_cases(move, held[1])
        codes = _move_entries(move, held[0], rules_of(jurisdiction))
        grants = _move_grants(move, held[2])
        outbox.put_all(session, move.told, move.now)
    session.flush()
    _nothing_left(session, giver)
    people = session.scalars(select(Account).where(Account.department_id == giver.id, Account.active)).all()
    for account in people:
        set_active(session, actor, account, False)
    row.closed_on, row.successor = on, receiver.code if receiver else None
    detail = {"jurisdiction": jurisdiction, "code": code, "on": on.isoformat(), "successor": row.successor}
    record(session, "department_closed", actor, detail | {"entries": codes, "cases": numbers, "grants": grants})
    session.flush()
    renew_directory(session)
    return Closed(codes, numbers, grants, [one.username for one in people])


def _card(session: Session, jurisdiction: str, code: str) -> Card:
    found = directory(session).by_code.get((jurisdiction, code))
    if found is None:
        told = say("There is no department %(code)s in %(jurisdiction)s.", code=code, jurisdiction=jurisdiction)
        raise NotFound(told)
    return found


def _may_close(card: Card, row: Department, on: date) -> None:
    if row.closed_on is not None:
        told = say("The department was closed on %(day)s already.", day=row.closed_on.isoformat())
        raise Conflict(told, "department-closed")
    if card.kind not in CLOSABLE:
        raise Conflict(say("Only departments are closed so; this one coordinates, decides or is a platform."))
    if on > clock.today():
        raise Invalid({"on": [say("Close the department on the day itself, or afterwards.")]})


def _successor(session: Session, giver: Card, code: str) -> Card:
    found = directory(session).by_code.get((giver.jurisdiction, code))
    fits = found is not None and found.kind in entries.RECEIVERS and found.closed_on is None
    if found is None or not fits or found.id == giver.id:
        raise Invalid({"successor": [say("Name another department of the jurisdiction that is not closed.")]})
    return found


Held = tuple[Sequence[Resource], Sequence[Case], Sequence[Grant]]


def _held(session: Session, giver: Card) -> Held:
    """Entries, open cases and grants that it has, locked: cases first, as ever."""
    mine = exists().where(Party.case_id == Case.id, Party.department_id == giver.id)
    open_ = select(Case).where(Case.jurisdiction == giver.jurisdiction, Case.status == "open", mine)
    whole = open_.options(undefer(Case.facts)).order_by(Case.id).with_for_update(of=Case)
    cases = session.scalars(whole.execution_options(populate_existing=True)).all()
    provided = select(Resource).where(Resource.provider_id == giver.id, ~Resource.withdrawn).order_by(Resource.id)
    held = select(Grant).where(Grant.department_id == giver.id, Grant.state.in_(("active", "suspended")))
    return (
        session.scalars(provided.with_for_update(of=Resource)).all(),
        [case for case in cases if _sits(case, giver)],
        session.scalars(held.order_by(Grant.id).with_for_update(of=Grant)).all(),
    )


def _sits(case: Case, card: Card) -> bool:
    return any(seat is not None and seat["id"] == card.id for seat in case.lanes.values())


def _move_cases(move: transferring.Move, cases: Sequence[Case]) -> list[str]:
    """All cases in which it has a seat; where its successor is the other side, the case is moot."""
    for case in cases:
        sides = {name: seat["id"] for name, seat in case.lanes.items() if seat and name in ("applicant", "provider")}
        both = set(sides.values()) == {move.giver.id, move.receiver.id}
        (transferring.stop if both and case.resource else transferring.reseat)(move, case)
    return [case.number for case in cases]


def _move_entries(move: transferring.Move, found: Sequence[Resource], rules: Rules) -> list[str]:
    codes = entries.hand_over(move.session, found, move.receiver.id, move.actor.username)
    if codes and keeps_list(rules):
        responsibility.publish(move.session, move.giver.jurisdiction, codes, move.actor.username)
    return codes


def _move_grants(move: transferring.Move, found: Sequence[Grant]) -> list[str]:
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


def _nothing_left(session: Session, giver: Card) -> None:
    """Whatever the drawing of a case has invented: a task that stayed behind stops the closing."""
    left: Any = session.scalars(
        select(Case.number)
        .join(Task, Task.case_id == Case.id)
        .where(Task.department_id == giver.id, Task.status == "open")
    ).all()
    if left:
        raise Conflict(say("Tasks of these cases would stay with it: %(cases)s.", cases=", ".join(left)), "left-behind")
