"""Whether what is kept is what was written: every history chain, and what the chain of a case seals: the journals of
its clocks, its letters and its grants."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.cases.models import Case, ClockEntry, Deadline
from app.catalogue.models import Grant
from app.history import BrokenLink, HistoryEvent, Ledger, broken_links
from app.outbox import Letter

CLOCKS = "clocks"
"""In the detail of a link: the journal entries that its step has written."""
LETTERS = "letters"
"""In the detail of a link: the letters that its step has issued."""
GRANTED, REVOKED = "grant.created", "grant.revoked"
"""The links that tell of a grant; the first one seals it."""
LETTER = ("template", "title_zh", "title_en", "body", "issued_at")
GRANT = (
    "department_id", "resource_id", "resource_version", "items", "purpose", "mode", "conditions", "valid_from",
    "valid_until",
)  # fmt: skip
"""What each of them says for ever, by column."""
MAYBE = ("days", "ground", "reason")
_TOLD = (
    select(HistoryEvent.at, HistoryEvent.kind, HistoryEvent.detail)
    .where(HistoryEvent.stream == bindparam("stream"))
    .order_by(HistoryEvent.seq)
)
_KEPT = select(Deadline.rule, ClockEntry).join(ClockEntry.deadline).where(Deadline.case_id == bindparam("case_id"))


def as_told(rule: str, entry: ClockEntry) -> dict[str, Any]:
    """A journal entry as the history has it; its moment is that of the link."""
    told = {"rule": rule, "seq": entry.seq, "kind": entry.kind, "on": entry.on.isoformat(), "by": entry.actor}
    return told | {name: value for name in MAYBE if (value := getattr(entry, name)) is not None}


def seal(columns: Sequence[str], paper: Any) -> str:
    """sha256 over what a letter or a grant says for ever. `paper` is its row."""
    said = [getattr(paper, name) for name in columns]
    said = [one.astimezone(UTC) if isinstance(one, datetime) else one for one in said]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def verify(session: Session) -> tuple[int, BrokenLink | None]:
    """How many chains there are, and what is broken first: a link, or what is not as its case was told."""
    cases = session.execute(select(Case.id, Case.number, Case.history_seq, Case.history_hash)).all()
    heads = [(f"case:{number}", seq, head) for _, number, seq, head in cases]
    ledgers = session.execute(select(Ledger.name, Ledger.history_seq, Ledger.history_hash))
    heads += [(name, seq, head) for name, seq, head in ledgers]
    changed = (_changed(session, case_id, f"case:{number}") for case_id, number, _, _ in cases)
    return len(heads), next(broken_links(session, iter(heads)), None) or next(filter(None, changed), None)


def _changed(session: Session, case_id: int, stream: str) -> BrokenLink | None:
    events = session.execute(_TOLD, {"stream": stream}).all()
    if Counter(_clocks_told(events)) != Counter(_clocks_kept(session, case_id)):
        return BrokenLink(stream, None, "its clocks are not as they were told")
    told, kept = Counter(_papers_told(events)), Counter(_papers_kept(session, case_id))
    if told != kept:
        numbers = sorted({number for number, _ in (told - kept) + (kept - told)})
        return BrokenLink(stream, None, f"not as it was told: {', '.join(numbers)}")
    return None


def _clocks_told(events: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    for at, _, detail in events:
        for entry in detail.get(CLOCKS, ()):
            yield _line(at, entry)


def _clocks_kept(session: Session, case_id: int) -> Iterator[tuple[Any, ...]]:
    for rule, entry in session.execute(_KEPT, {"case_id": case_id}):
        yield _line(entry.at, as_told(rule, entry))


def _line(at: datetime, entry: dict[str, Any]) -> tuple[Any, ...]:
    return (at, *sorted(entry.items()))


def _papers_told(events: Iterable[Any]) -> Iterator[tuple[str, str | None]]:
    """By number: the seal, and of a grant that was taken back another line."""
    for _, kind, detail in events:
        for letter in detail.get(LETTERS, ()):
            yield letter["number"], letter["seal"]
        if kind in (GRANTED, REVOKED):
            yield detail["number"], detail.get("seal")


def _papers_kept(session: Session, case_id: int) -> Iterator[tuple[str, str | None]]:
    for letter in session.scalars(select(Letter).where(Letter.case_id == case_id)):
        yield letter.number, seal(LETTER, letter)
    for grant in session.scalars(select(Grant).where(Grant.case_id == case_id)):
        yield grant.number, seal(GRANT, grant)
        if grant.revoked_at is not None:
            yield grant.number, None
