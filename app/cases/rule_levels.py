"""On which level a deadline stands: the jurisdiction's own regulation, or a text above it; and what the other one says.
Read from the edition of the rules by which the clock was last counted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app.cases.models import Case, Deadline
from app.deadlines.calendar import Calendar
from app.deadlines.counting import Conventions, first_day_zero
from app.deadlines.journal import JournalEntry, Term, fold
from app.floor import clock
from app.floor.errors import NotFound
from app.jurisdictions.rulebook import RuleBook, rulebook
from app.jurisdictions.rules_in_force import CarriedOn
from app.rules.levels import flipped, for_a_clock
from app.rules.pack import PERIODS, RuleKey, RuleValue, governing


def levels_of(session: Session, row: Deadline, case: Case) -> dict[str, Any]:
    """`regulation` (the text that gives the number), its `rank`, and the `levels`, the jurisdiction's own first. A date
    that a body has named has none: no text gives it."""
    book = _edition(session, case, row.rule_version)
    return told(book, None if row.kind == "ordered" else _answer(book, row))


def answer_of(session: Session, row: Deadline, case: Case) -> RuleValue | None:
    """The answer under which the clock runs now; None where the rules no longer know it."""
    return None if row.kind == "ordered" else _answer(_edition(session, case, row.rule_version), row)


def carried_on(session: Session, case: Case) -> CarriedOn | None:
    """What carried the regulation on when the case was opened, if it was out of force: the case keeps saying so, also
    when the extension has been taken back since."""
    return _edition(session, case, case.rule_version).extended_on(clock.office_date(case.opened_at))


def _edition(session: Session, case: Case, version: str) -> RuleBook:
    try:
        return rulebook(session, case.jurisdiction, version)
    except NotFound:
        return rulebook(session, case.jurisdiction)


def told(book: RuleBook, value: RuleValue | None) -> dict[str, Any]:
    """On which levels an answer that is known was found."""
    regulation = book.pack.regulation
    text = value.above if value is not None else None
    return {
        "regulation": text.title if text else regulation.title,
        "rank": text.rank if text else regulation.rank,
        "levels": [_level(book, one, one is value) for one in value.levels] if value is not None else [],
    }


def of_a_clock(
    rule: RuleKey,
    value: RuleValue,
    moment: datetime | date,
    calendar: Calendar,
    conventions: Conventions,
    now: datetime,
) -> RuleValue:
    """The answer under which a clock runs that begins at that moment."""

    def due(one: RuleValue) -> date | None:
        term = term_under(one)
        zero = first_day_zero(moment, conventions, term.calendar(calendar))
        return fold([JournalEntry("start", zero, now)], term, calendar, conventions, now).due_on

    return for_a_clock(rule, value, due)


def term_under(value: RuleValue) -> Term:
    given = value.term
    if given.kind == "ordered":
        return Term(days=0, kind=given.kind)
    return Term(**{given.unit: given.length}, kind=given.kind)


def _answer(book: RuleBook, row: Deadline) -> RuleValue | None:
    """The answer that this clock was given, of all that the rules hold for its key."""
    periods = book.pack.rules.get(row.rule, ())
    if not periods:
        return None
    governs = governing(periods, row.started_on or clock.today(), clock.today())
    answers = [one for period in (governs, *periods) for one in period.cases or (period,)]
    either = (one for answer in answers for one in (answer, flipped(answer)) if one is not None)
    return next((one for one in either if _fits(one, row)), None)


def _fits(one: RuleValue, row: Deadline) -> bool:
    said = (one.kind, one.value, one.type, list(one.article))
    return said == (row.kind, row.length, row.unit, list(row.article))


def _level(book: RuleBook, one: RuleValue, counts: bool) -> dict[str, Any]:
    text, regulation = one.above, book.pack.regulation
    return {
        "level": "superior" if text else "own",
        "regulation": text.title if text else regulation.title,
        "document": text.document if text else regulation.document,
        "rank": text.rank if text else regulation.rank,
        "counts": counts,
        "value": one.plain,
        "unit": one.type if one.type in PERIODS else None,
        "kind": one.kind,
        "reason": one.reason,
        "article": ", ".join(one.article) or None,
        "source": one.source,
    }
