"""News from below moves open deadlines: a holiday notice, a local day, a changed rule. All in one transaction, in which
nobody else writes, with a line in the history of every case that moves, and a list of what moved to be confirmed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, selectinload

from app.accounts import Actor
from app.cases import rule_levels
from app.cases.clocks import booking, journal_rows
from app.cases.clocks.alerts import is_past_due
from app.cases.commands import closing, flow
from app.cases.models import Case, Deadline
from app.cases.transition import OPEN_CLOCK, Transition
from app.database.transactions import require_alone
from app.deadlines.notice import Notice
from app.floor import clock
from app.history import HistoryEvent
from app.jurisdictions.calendars import add_notice, calendar_for
from app.jurisdictions.rulebook import RuleBook, rulebook
from app.rules.levels import for_a_clock
from app.rules.pack import RuleValue, governing, resolve

BATCH = 500


@dataclass(frozen=True)
class MovedDeadline:
    """An open deadline that news has moved, or would move."""

    case_id: int
    case: str
    jurisdiction: str
    rule: str
    kind: str
    before: date | None
    after: date | None
    certainty: str | None
    held: str | None = None
    """Why the change does not reach it, though it would: `missed` (past due), `later` (a superior text)."""
    overdue: bool = False
    """It is past due from the change on, and was not before."""

    @property
    def direction(self) -> str:
        if self.before is None or self.after is None or self.before == self.after:
            return "same"
        return "later" if self.after > self.before else "earlier"


def recounted(moves: Sequence[MovedDeadline]) -> int:
    """How many of them are counted anew; the others are only told of."""
    return sum(move.held is None for move in moves)


def apply_notice(session: Session, notice: Notice, actor: Actor) -> list[MovedDeadline]:
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


def apply_rules(session: Session, jurisdiction: str, actor: Actor) -> list[MovedDeadline]:
    """After a pack or an internal target has changed: internal targets always move open clocks, others only where the
    change says so with its article (PROCEDURES, counting rule 9)."""
    require_alone(session)
    rules, moves = rulebook(session, jurisdiction), []
    for deadline in _open(session, jurisdiction, True):
        step = _step(session, deadline, actor)
        value = _answer(step, rules, deadline)
        term = value.term
        said = (term.length, term.unit, term.kind, list(value.article))
        if said == (deadline.length, deadline.unit, deadline.kind, list(deadline.article)):
            move = _recount(session, deadline, actor, rules.version)  # the pack may await local days from now on
        elif held := _held(step, deadline, value):
            move = _kept(step, deadline, held, {"length": term.length, "unit": term.unit, "kind": term.kind})
        else:
            before, late = deadline.due_on, is_past_due(deadline, step.now) and deadline.kind == term.kind
            deadline.length, deadline.unit, deadline.kind = term.length, term.unit, term.kind
            deadline.article, deadline.reason, deadline.rule_version = list(value.article), value.reason, rules.version
            if value.above is not None and booking.is_extended(deadline):
                journal_rows.write(step, deadline, "curtail", clock.today())
            for cut in booking.cut_off(deadline) if value.above is None else ():  # no superior sets the period any more
                journal_rows.write(step, deadline, "extend", clock.today(), days=cut.days, reason=cut.reason)
            move = _moved(step, deadline, before, rules.version, late=late)
        moves += [move] if move else []
    return moves


def _answer(step: Transition, rules: RuleBook, deadline: Deadline) -> RuleValue:
    """What the rules now say of an open clock."""
    today = clock.today()
    value = resolve(governing(rules.periods(deadline.rule), deadline.started_on or today, today), step.holds)
    keys = rules.pack.keys
    return for_a_clock(keys[deadline.rule], value, lambda one: _due_under(step, deadline, one))


def _due_under(step: Transition, deadline: Deadline, value: RuleValue) -> date | None:
    """When the clock would be due under that answer; a paused one: had it not been paused."""
    standing = journal_rows.standing_under(step, deadline, value)
    return standing.due_on or standing.unpaused_due_on


def _held(step: Transition, deadline: Deadline, value: RuleValue) -> str | None:
    """What was missed stays missed (counting rule 10), and a superior text never gives more time than the law gave
    before (rule 12), unless it sets its own figure right. Only a missed target of our own gives way to a number that
    the law has."""
    if is_past_due(deadline, step.now) and (deadline.kind != "internal" or value.kind != "statutory"):
        return "missed"
    before, after = deadline.due_on or deadline.unpaused_due_on, _due_under(step, deadline, value)
    if value.above is None or deadline.kind != "statutory" or before is None or after is None or after <= before:
        return None
    return None if _sets_right(step, deadline, value, after) else "later"


def _sets_right(step: Transition, deadline: Deadline, value: RuleValue, after: date) -> bool:
    """Whether the clock was moved by another figure of the same text, which this one corrects. It never goes past the
    day that the regulation's own number gives."""
    now = rule_levels.answer_of(step.session, deadline, step.case)
    if now is None or now.above is None or value.above is None or now.above.code != value.above.code:
        return False
    own = [_due_under(step, deadline, one) for one in value.levels if one.above is None and one.kind == "statutory"]
    return all(due is None or after <= due for due in own)


def _kept(step: Transition, deadline: Deadline, held: str, asked: dict[str, Any]) -> MovedDeadline | None:
    """The history of the case says once of each change that it does not reach this clock."""
    told = {"rule": deadline.rule, "held": held, **asked}
    lines = select(HistoryEvent.detail).where(
        HistoryEvent.stream == step.case.stream, HistoryEvent.kind == "clock.held"
    )
    if any({name: line.get(name) for name in told} == told for line in step.session.scalars(lines)):
        return None
    due_on = deadline.due_on
    step.record("clock.held", due_on=due_on.isoformat() if due_on else None, because=step.rules.version, **told)
    case = step.case
    return MovedDeadline(
        case.id, case.number, case.jurisdiction, deadline.rule, deadline.kind, due_on, due_on, deadline.certainty, held
    )  # fmt: skip


def follow_pack(session: Session, jurisdiction: str, actor: Actor) -> list[MovedDeadline]:
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


def _recount(session: Session, deadline: Deadline, actor: Actor, because: str) -> MovedDeadline | None:
    calendar = calendar_for(session, deadline.case.jurisdiction)
    conventions = rulebook(session, deadline.case.jurisdiction).conventions
    standing = journal_rows.standing_of(deadline, calendar, conventions, clock.now())
    if (standing.due_on, standing.certainty) == (deadline.due_on, deadline.certainty):
        deadline.calendar_version = calendar.version
        return None
    late = is_past_due(deadline, clock.now())
    return _moved(_step(session, deadline, actor), deadline, deadline.due_on, because, late=late)


def _moved(step: Transition, deadline: Deadline, before: date | None, because: str, *, late: bool) -> MovedDeadline:
    """`late`: it was past due before, by a period of the same kind."""
    journal_rows.refold(step, deadline)
    closing.settle_due(step)
    step.record(
        "clock.recounted",
        rule=deadline.rule,
        before=before.isoformat() if before else None,
        due_on=deadline.due_on.isoformat() if deadline.due_on else None,
        certainty=deadline.certainty,
        because=because,
    )
    case = step.case
    return MovedDeadline(
        case.id, case.number, case.jurisdiction, deadline.rule, deadline.kind, before, deadline.due_on,
        deadline.certainty, overdue=is_past_due(deadline, step.now) and not late,
    )  # fmt: skip


def _step(session: Session, deadline: Deadline, actor: Actor) -> Transition:
    return flow.step_for(session, deadline.case, actor)
