"""The log of uses as a book that is closed page by page: what has been written is sealed into one chain, block after
block, and forgotten by whole blocks only. Nobody who asks whether data may be used waits for any of it.

A block is all lines up to some id, of every jurisdiction; its link has, for each of them, how many lines there are, a
hash over what they say, and when the last was written. Lines of the last minutes wait for the next block: another
transaction may still write one of a smaller number."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import takewhile
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from app.catalogue.models import Use
from app.floor import clock
from app.history import SYSTEM, BrokenLink, HistoryEvent, append, ledger, seal

BOOK = "uses"
SEALED, FORGOTTEN = "uses.sealed", "uses.forgotten"
SETTLED = timedelta(minutes=5)
"""No transaction that writes a line lasts as long."""
IN_A_BLOCK, BLOCKS_AT_ONCE = 5000, 40
LINE = (
    "id", "at", "jurisdiction", "department", "provider", "resource", "items", "purpose", "grant_number", "kind",
    "amount", "allowed", "reason", "asked_by",
)  # fmt: skip


@dataclass
class Leaf:
    """The lines of one jurisdiction in a block."""

    lines: int = 0
    last: datetime | None = None
    _hash: Any = field(default_factory=hashlib.sha256)

    def add(self, line: Use) -> None:
        self.lines += 1
        self.last = line.at if self.last is None else max(self.last, line.at)
        self._hash.update(seal(LINE, line).encode())

    def told(self) -> dict[str, Any]:
        last = self.last.astimezone(clock.OFFICE).isoformat() if self.last else None
        return {"lines": self.lines, "last": last, "seal": self._hash.hexdigest()}


def stream_of(jurisdiction: str) -> str:
    """Where it is told what of a jurisdiction's log has been forgotten."""
    return f"{BOOK}:{jurisdiction}"


# closing


def close(session: Session) -> int:
    """Seal what has been written since the last block; returns how many lines."""
    book, sealed = ledger(session, BOOK), 0
    through = _through(session)
    settled = clock.now() - SETTLED
    for _ in range(BLOCKS_AT_ONCE):
        following = select(Use).where(Use.id > through).order_by(Use.id).limit(IN_A_BLOCK)
        lines = list(takewhile(lambda line: line.at <= settled, session.scalars(following)))
        if not lines:
            break
        after, through, sealed = through, lines[-1].id, sealed + len(lines)
        of = {place: leaf.told() for place, leaf in sorted(_leaves(lines).items())}
        append(session, book, SEALED, SYSTEM, {"after": after, "through": through, "of": of})
        for line in lines:
            session.expunge(line)
    return sealed


def _leaves(lines: Sequence[Use]) -> dict[str, Leaf]:
    leaves: dict[str, Leaf] = {}
    for line in lines:
        leaves.setdefault(line.jurisdiction, Leaf()).add(line)
    return leaves


def _blocks(session: Session, after: int = 0) -> Iterator[HistoryEvent]:
    """The links of the book, the oldest first, behind the one of that number."""
    links = select(HistoryEvent).where(
        HistoryEvent.stream == BOOK, HistoryEvent.seq > after, HistoryEvent.kind == SEALED
    )
    yield from session.scalars(links.order_by(HistoryEvent.seq)).all()


def _through(session: Session) -> int:
    """The number of the last line that is sealed."""
    links = select(HistoryEvent).where(HistoryEvent.stream == BOOK, HistoryEvent.kind == SEALED)
    last = session.scalars(links.order_by(HistoryEvent.seq.desc()).limit(1)).first()
    return int(last.detail["through"]) if last is not None else 0


# forgetting


def forget_before(session: Session, jurisdiction: str, day: date) -> int:
    """Take out of the log the blocks of a jurisdiction whose lines are all older than that day, some thousand lines at
    most; returns how many. The newest line of all stays: its number must not be given again."""
    owner = ledger(session, stream_of(jurisdiction))
    before, newest = _forgotten(session, jurisdiction), session.scalar(select(func.max(Use.id))) or 0
    limit, told, due = datetime.combine(day, time(), clock.OFFICE), None, 0
    for link in _blocks(session, before["block"]):
        leaf = link.detail["of"].get(jurisdiction)
        old = leaf is None or datetime.fromisoformat(leaf["last"]) < limit
        if not old or link.detail["through"] >= newest or due >= IN_A_BLOCK:
            break
        due += leaf["lines"] if leaf else 0
        told = {"before": day.isoformat(), "through": link.detail["through"], "block": link.seq}
    if told is None or not due:
        return 0
    gone = delete(Use).where(Use.jurisdiction == jurisdiction, Use.id > before["through"], Use.id <= told["through"])
    session.execute(gone.execution_options(synchronize_session=False))
    append(session, owner, FORGOTTEN, SYSTEM, {**told, "lines": due})
    return due


def _forgotten(session: Session, jurisdiction: str) -> dict[str, int]:
    """How far the log has been forgotten: the number of the last line, and of its link in the book."""
    told = select(HistoryEvent).where(HistoryEvent.stream == stream_of(jurisdiction), HistoryEvent.kind == FORGOTTEN)
    last = session.scalars(told.order_by(HistoryEvent.seq.desc()).limit(1)).first()
    detail = last.detail if last is not None else {}
    return {name: int(detail.get(name, 0)) for name in ("through", "block")}


# proving


def broken(session: Session) -> Iterator[BrokenLink]:
    """Blocks whose lines are not as they were sealed, and lines that no block can hold: numbers begin with 1."""
    stray = session.scalar(select(func.min(Use.id)).where(Use.id <= 0))
    if stray is not None:
        yield BrokenLink(BOOK, None, f"line {stray} of the log of uses lies outside every block")
    forgotten = dict[str, int]()
    for link in _blocks(session):
        after, through = link.detail["after"], link.detail["through"]
        lines = session.scalars(select(Use).where(Use.id > after, Use.id <= through).order_by(Use.id)).all()
        leaves = _leaves(lines)
        for line in lines:
            session.expunge(line)
        for place in link.detail["of"]:
            forgotten.setdefault(place, _forgotten(session, place)["through"])
        wanted = {place: told for place, told in link.detail["of"].items() if forgotten[place] < through}
        found = {place: leaf.told() for place, leaf in leaves.items()}
        wrong = sorted(place for place in {*wanted, *found} if wanted.get(place) != found.get(place))
        if wrong:
            why = f"lines {after + 1} to {through} of the log of uses are not as they were sealed"
            yield BrokenLink(stream_of(wrong[0]), None, why)


def unsealed(session: Session) -> int:
    """How many lines wait to be sealed: nothing proves them yet."""
    outside = (Use.id > _through(session)) | (Use.id <= 0)
    return session.scalar(select(func.count()).select_from(Use).where(outside)) or 0
