"""Whether what is kept is what was written: every history chain, and every clock's journal, which its case's chain
seals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.cases.models import Case, ClockEntry, Deadline
from app.history import BrokenLink, HistoryEvent, Ledger, broken_links

CLOCKS = "clocks"
"""In the detail of a link: the journal entries that its step has written."""
LETTERS = "letters"
"""In the detail of a link: the letters that its step has issued."""
MAYBE = ("days", "ground", "reason")
_TOLD = (
    select(HistoryEvent.at, HistoryEvent.detail)
    .where(HistoryEvent.stream == bindparam("stream"))
    .order_by(HistoryEvent.seq)
)
_KEPT = select(Deadline.rule, ClockEntry).join(ClockEntry.deadline).where(Deadline.case_id == bindparam("case_id"))


def as_told(rule: str, entry: ClockEntry) -> dict[str, Any]:
    """A journal entry as the history has it; its moment is that of the link."""
    told = {"rule": rule, "seq": entry.seq, "kind": entry.kind, "on": entry.on.isoformat(), "by": entry.actor}
    return told | {name: value for name in MAYBE if (value := getattr(entry, name)) is not None}


def verify(session: Session) -> tuple[int, BrokenLink | None]:
    """How many chains there are, and what is broken first: a link, or a journal that is not what its case was told."""
    cases = session.execute(select(Case.id, Case.number, Case.history_seq, Case.history_hash)).all()
    heads = [(f"case:{number}", seq, head) for _, number, seq, head in cases]
    ledgers = session.execute(select(Ledger.name, Ledger.history_seq, Ledger.history_hash))
    heads += [(name, seq, head) for name, seq, head in ledgers]
    journals = (_changed_journal(session, case_id, f"case:{number}") for case_id, number, _, _ in cases)
    return len(heads), next(broken_links(session, iter(heads)), None) or next(filter(None, journals), None)


def _changed_journal(session: Session, case_id: int, stream: str) -> BrokenLink | None:
    told = Counter(_told(session, stream))
    kept = Counter(
        _line(entry.at, as_told(rule, entry)) for rule, entry in session.execute(_KEPT, {"case_id": case_id})
    )
    return None if told == kept else BrokenLink(stream, 0, "its clocks are not as they were told")


def _told(session: Session, stream: str) -> Iterator[tuple[Any, ...]]:
    for at, detail in session.execute(_TOLD, {"stream": stream}):
        for entry in detail.get(CLOCKS, ()):
            yield _line(at, entry)


def _line(at: datetime, entry: dict[str, Any]) -> tuple[Any, ...]:
    return (at, *sorted(entry.items()))
