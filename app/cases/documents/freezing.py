"""Letters of before their texts were kept: each is written once more as it reads today, and kept so from then on.

What can still be known is written down: names as they are on that day, not as they were when the letter was issued.
So the page of such a letter says when it was fixed. Its seal stands in a ledger, because the history of its case was
closed without one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app import history
from app.accounts import SYSTEM, Account
from app.cases import audit
from app.cases.definition_cache import definition_of
from app.cases.documents import letters
from app.cases.documents.wording import CITIZEN, CODES, MODE, Words
from app.cases.models import Case
from app.cases.transition import Transition
from app.catalogue.models import Resource
from app.database.transactions import Database
from app.floor import clock
from app.floor.errors import ShuliuError
from app.floor.languages import both
from app.floor.messages import Text
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


@dataclass(frozen=True)
class Portion:
    """What the letters of a portion need, read for all of them at once."""

    cases: Mapping[int, Case]
    actors: Mapping[str, str]
    """By the number of a letter: who brought it about, as its history has it."""
    people: Mapping[str, tuple[str, int | None]]
    """By user name: what somebody is called, and their department."""
    entries: dict[tuple[str, str], Resource | None]
    """By jurisdiction and code, each read once."""


def _portion(session: Session, after: int) -> tuple[int | None, int]:
    """The next portion: the id of the last letter looked at, None behind the last one."""
    query = select(Letter).where(Letter.text.is_(None), Letter.id > after).order_by(Letter.id).limit(PORTION)
    if session.scalars(query.limit(1)).first() is None:
        return None, 0
    book = history.ledger(session, audit.LETTERS)
    found = session.scalars(query).all()
    read = _read(session, found)
    fixed = [letter for letter in found if _freeze(session, letter, read)]
    if fixed:
        told = [{"number": one.number, "text": audit.seal(audit.LETTER_TEXT, one)} for one in fixed]
        history.append(session, book, FIXED, history.SYSTEM, {audit.LETTERS: told})
    return (found[-1].id if found else None), len(fixed)


def _read(session: Session, found: Sequence[Letter]) -> Portion:
    wanted = select(Case).where(Case.id.in_({one.case_id for one in found})).options(undefer(Case.facts))
    cases = {one.id: one for one in session.scalars(wanted)}
    event = history.HistoryEvent
    streams = select(event.actor, event.detail).where(event.stream.in_([one.stream for one in cases.values()]))
    actors = {
        told["number"]: actor for actor, detail in session.execute(streams) for told in detail.get(audit.LETTERS, ())
    }
    named = select(Account.username, Account.name, Account.department_id).where(
        Account.username.in_({*actors.values()})
    )
    people = {username: (name, department_id) for username, name, department_id in session.execute(named)}
    return Portion(cases, actors, people, {})


def _freeze(session: Session, letter: Letter, read: Portion) -> bool:
    """False where its case cannot be read any more: the letter stays as it is."""
    case = read.cases.get(letter.case_id)
    try:
        if case is None:
            return False
        wording = _wording(session, case, letter, read)
    except ShuliuError:
        return False
    for name, value in wording.columns().items():
        setattr(letter, name, value)
    letter.frozen_at = clock.now()
    return True


class _WordsOfThen(Words):
    """Modes of sharing had one name everywhere before each regulation had its own."""

    codes = {
        **CODES,
        "mode": {
            **MODE,
            "interface": Text("接口", "Interface"),
            "file": Text("文件", "File exchange"),
            "batch": Text("批量", "Batch download"),
            "query": Text("查询", "Query"),
        },
    }


class _Looking(Transition):
    """A case looked at, with the entries that another letter has asked for."""

    entries: dict[tuple[str, str], Resource | None]

    def entry(self, code: str) -> Resource | None:
        key = self.case.jurisdiction, code
        if key not in self.entries:
            self.entries[key] = super().entry(code)
        return self.entries[key]


def _wording(session: Session, case: Case, letter: Letter, read: Portion) -> Wording:
    step, body = _Looking(session, case, definition_of(session, case), SYSTEM), letter.body
    step.entries, step.facts = read.entries, dict(body["facts"])
    template = step.plan.forms[body["process"]].letters[letter.template]
    said, pack = body.get("said"), step.rules.pack
    texts = [
        one.text
        for i, one in enumerate(template.paragraphs)
        if (one.when is None if said is None else i in said)  # without that note a letter had no conditions
    ]
    issuer = body.get("issuer")
    by = letters.name_of(step, issuer) if issuer else pack.bureau.title
    known = {
        **{f"lanes.{lane}": _named(step, one) for lane, one in body.get("lanes", {}).items()},
        **letters.known_of(step, letters.articles_of(step, template), letter.issued_at, by),
    }
    zh, en = letters.written(_WordsOfThen(step, body["facts"], known), texts)
    seat: Mapping[str, Any] = case.lanes.get("applicant") or {}
    receiver = letters.name_of(step, body.get("receiver", seat.get("id")))
    name, of = read.people.get(read.actors.get(letter.number, ""), (None, None))
    person = name if issuer is not None and of == issuer else None  # whoever belongs to the body that issued it
    return Wording(zh, en, receiver, by, pack.regulation.title, person)


def _named(step: Transition, department_id: int | None) -> Any:
    return letters.name_of(step, department_id) if department_id else both(CITIZEN)
