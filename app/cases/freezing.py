"""Letters of before their texts were kept: each is written once more as it reads today, and kept so from then on.

What can still be known is written down: names as they are on that day, not as they were when the letter was issued.
So the page of such a letter says when it was fixed. Its seal stands in a ledger, because the history of its case was
closed without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app import clock, history
from app.accounts import SYSTEM, Account
from app.cases import audit, letters
from app.cases.models import Case
from app.cases.plans import plan_for
from app.cases.step import Step
from app.cases.wording import CITIZEN, Words
from app.db import Database
from app.errors import ShuliuError
from app.languages import both
from app.outbox import Letter, Wording

PORTION = 200
FIXED = "letters.fixed"


def freeze_all(database: Database) -> Iterator[int]:
    """Fix whatever has no text yet, a portion a transaction; yields how many each time. Safe to repeat, and to begin
    twice at once: the ledger's lock lets only one go on."""
    after: int | None = 0
    while after is not None:
        with database.transaction() as session:
            after, fixed = _portion(session, after)
        if fixed:
            yield fixed


def _portion(session: Session, after: int) -> tuple[int | None, int]:
    """The next portion: the id of the last letter looked at, None behind the last one."""
    query = select(Letter).where(Letter.text.is_(None), Letter.id > after).order_by(Letter.id).limit(PORTION)
    if session.scalars(query.limit(1)).first() is None:
        return None, 0
    book = history.ledger(session, audit.LETTERS)
    found = session.scalars(query).all()
    fixed = [letter for letter in found if _freeze(session, letter)]
    if fixed:
        told = [{"number": one.number, "text": audit.seal(audit.LETTER_TEXT, one)} for one in fixed]
        history.append(session, book, FIXED, history.SYSTEM, {audit.LETTERS: told})
    return (found[-1].id if found else None), len(fixed)


def _freeze(session: Session, letter: Letter) -> bool:
    """False where its case cannot be read any more: the letter stays as it is."""
    case = session.get(Case, letter.case_id, options=[undefer(Case.facts)])
    try:
        if case is None:
            return False
        wording = _wording(session, case, letter)
    except ShuliuError:
        return False
    for name, value in wording.columns().items():
        setattr(letter, name, value)
    letter.frozen_at = clock.now()
    return True


def _wording(session: Session, case: Case, letter: Letter) -> Wording:
    step, body = Step(session, case, plan_for(session, case.bundle), SYSTEM), letter.body
    template = step.plan.forms[body["process"]].letters[letter.template]
    said, pack = body.get("said"), step.rules.pack
    texts = [
        one.text
        for i, one in enumerate(template.paragraphs)
        if (one.when is None if said is None else i in said)  # without that note a letter had no conditions
    ]
    known = {
        **{f"lanes.{lane}": _named(step, one) for lane, one in body.get("lanes", {}).items()},
        "letter.case": case.number,
        "letter.issued_on": clock.office_date(letter.issued_at),
        "letter.regulation": pack.regulation.title,
    }
    zh, en = letters.written(Words(step, body["facts"], known), texts)
    issuer = body.get("issuer")
    seat: Mapping[str, Any] = case.lanes.get("applicant") or {}
    receiver = letters.name_of(step, body.get("receiver", seat.get("id")))
    by = letters.name_of(step, issuer) if issuer else pack.bureau.title
    return Wording(zh, en, receiver, by, pack.regulation.title, _person(session, case, letter, issuer))


def _named(step: Step, department_id: int | None) -> Any:
    return letters.name_of(step, department_id) if department_id else both(CITIZEN)


def _person(session: Session, case: Case, letter: Letter, issuer: int | None) -> str | None:
    """Who brought the letter about, if they belong to the body that issued it."""
    event = history.HistoryEvent
    links = session.execute(select(event.actor, event.detail).where(event.stream == case.stream).order_by(event.seq))
    actor = next((actor for actor, detail in links if _tells(detail, letter.number)), None)
    query = select(Account.name).where(Account.username == actor, Account.department_id == issuer)
    return session.scalar(query) if actor is not None and issuer is not None else None


def _tells(detail: Mapping[str, Any], number: str) -> bool:
    return any(one["number"] == number for one in detail.get(audit.LETTERS, ()))
