"""News from below moves open deadlines: a holiday notice, a local day, a changed rule. All in one transaction, in which
nobody else writes, with a line in the history of every case that moves, and a list of what moved to be confirmed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from app import clock
from app.accounts import Actor
from app.cases import clocks, flow, settling
from app.cases.models import Case, Deadline
from app.cases.step import OPEN_CLOCK, Step
from app.db import require_alone
from app.deadlines.notice import Notice
from app.jurisdictions.calendars import add_notice, calendar_for
from app.jurisdictions.rulebook import rulebook
from app.rules.pack import governing, resolve

BATCH = 500


@dataclass(frozen=True)
class Move:
    """An open deadline that news has moved, or would move."""

    case_id: int
    case: str
    jurisdiction: str
    rule: str
    kind: str
    before: date | None
    after: date | None
    certainty: str | None

    @property
    def direction(self) -> str:
        if self.before is None or self.after is None or self.before == self.after:
            return "same"
        return "later" if self.after > self.before else "earlier"


def apply_notice(session: Session, notice: Notice, actor: Actor) -> list[Move]:
    """Take a yearly notice or local days into the calendar, and recount every open deadline that they touch.

    A dry run is the same in a transaction that is rolled back: nothing is foretold that would not happen."""
    require_alone(session)
    add_notice(session, notice, actor)
    touched = or_(
        Deadline.due_on >= notice.first_on, Deadline.state == "paused", Deadline.certainty != "firm",
        Deadline.due_on < clock.today(),
    )  # fmt: skip
    moves = []
    for deadline in _open(session, notice.jurisdiction, touched):
        move = _recount(session, deadline, actor, notice.number or str(notice.year))
        if move is not None:
            moves.append(move)
    return moves


def apply_rules(session: Session, jurisdiction: str, actor: Actor) -> list[Move]:
    """After a pack or an internal target has changed: internal targets always move open clocks, others only where the
    change says so with its article (PROCEDURES, counting rule 9)."""
    require_alone(session)
    rules, today, moves = rulebook(session, jurisdiction), clock.today(), []
    for deadline in _open(session, jurisdiction, True):
        step = _step(session, deadline, actor)
        periods = rules.periods(deadline.rule)
        value = resolve(governing(periods, deadline.started_on or today, today), step.holds)
        term = value.term
        said = (term.length, term.unit, term.kind, list(value.article))
        if said == (deadline.length, deadline.unit, deadline.kind, list(deadline.article)):
            move = _recount(session, deadline, actor, rules.version)  # the pack may await local days from now on
            moves += [move] if move else []
            continue
        before = deadline.due_on
        deadline.length, deadline.unit, deadline.kind = term.length, term.unit, term.kind
        deadline.article, deadline.reason, deadline.rule_version = list(value.article), value.reason, rules.version
        moves.append(_moved(step, deadline, before, rules.version))
    return moves


def follow_pack(session: Session, jurisdiction: str, actor: Actor) -> list[Move]:
    """A release has brought another pack: how certain its dates are (a place may await local days) reaches every open
    clock. What the text says reaches them by `apply_rules` alone, when somebody loads it."""
    require_alone(session)
    version = rulebook(session, jurisdiction).version
    moves = [_recount(session, one, actor, version) for one in _open(session, jurisdiction, True)]
    return [move for move in moves if move is not None]


def _open(session: Session, jurisdiction: str | None, condition: object) -> Iterator[Deadline]:
    query = select(Deadline).join(Case).where(Deadline.state.in_(OPEN_CLOCK), condition)  # type: ignore[arg-type]
    if jurisdiction is not None:
        query = query.where(Case.jurisdiction == jurisdiction)
    last = 0
    while True:
        batch = session.scalars(
            query.where(Deadline.id > last)
            .order_by(Deadline.id)
            .limit(BATCH)
            .options(selectinload(Deadline.entries), selectinload(Deadline.case).undefer(Case.facts))
        ).all()
        if not batch:
            return
        yield from batch
        last = batch[-1].id


def _recount(session: Session, deadline: Deadline, actor: Actor, because: str) -> Move | None:
    calendar = calendar_for(session, deadline.case.jurisdiction)
    conventions = rulebook(session, deadline.case.jurisdiction).conventions
    standing = clocks.standing_of(deadline, calendar, conventions, clock.now())
    if (standing.due_on, standing.certainty) == (deadline.due_on, deadline.certainty):
        deadline.calendar_version = calendar.version
        return None
    return _moved(_step(session, deadline, actor), deadline, deadline.due_on, because)


def _moved(step: Step, deadline: Deadline, before: date | None, because: str) -> Move:
    clocks.refold(step, deadline)
    settling.settle_due(step)
    step.record(
        "clock.recounted",
        rule=deadline.rule,
        before=before.isoformat() if before else None,
        due_on=deadline.due_on.isoformat() if deadline.due_on else None,
        certainty=deadline.certainty,
        because=because,
    )
    case = step.case
    return Move(
        case.id, case.number, case.jurisdiction, deadline.rule, deadline.kind, before, deadline.due_on,
        deadline.certainty,
    )  # fmt: skip


def _step(session: Session, deadline: Deadline, actor: Actor) -> Step:
    return flow.step_for(session, deadline.case, actor)
