"""The append-only record that every room above writes to: one hash chain a stream. Nothing here is ever changed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import orjson
from sqlalchemy import Integer, String, event, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from app.database.statements import CompiledStatement
from app.database.transactions import Base, connection_of
from app.database.unit_of_work import before_write
from app.floor import clock

SYSTEM = "system"
"""The actor of all that no person did. What a timer does is never booked to a person."""


class HistoryEvent(Base):
    """One thing that happened. `hash` = sha256 over the link before and this link's own content."""

    __tablename__ = "history_event"
    stream: Mapped[str] = mapped_column(String(80), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(60))
    detail: Mapped[dict[str, Any]]
    prev_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))

    def digest(self) -> str:
        return digest_of(
            stream=self.stream,
            seq=self.seq,
            at=self.at,
            actor=self.actor,
            kind=self.kind,
            detail=self.detail,
            prev_hash=self.prev_hash,
        )


class Chained:
    """Mixed into a row that owns a stream: the row keeps the head, so that a cut-off tail is noticed too, and its lock
    is the chain's one writer order."""

    stream_of: ClassVar[tuple[str, str]]
    """How its stream is called: what stands first, and the column that follows."""
    sealed: ClassVar[tuple[str, ...]] = ()
    """Columns of the row that decide something: the last link of each flush seals what they say. New ones come last."""
    history_seq: Mapped[int] = mapped_column(Integer, default=0)
    history_hash: Mapped[str] = mapped_column(String(64), default="")

    @property
    def stream(self) -> str:
        first, column = self.stream_of
        return f"{first}{getattr(self, column)}"


class Ledger(Base, Chained):
    """The owner of a stream for what has no row of its own: `rules:<jurisdiction>`, `calendar`, `accounts`."""

    __tablename__ = "ledger"
    stream_of = "", "name"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)


def ledger(session: Session, name: str) -> Ledger:
    """The ledger of that name, locked, made on first use: of two that come at once the second waits for the first."""
    row = session.get(Ledger, name, with_for_update=True)
    if row is None:
        session.execute(_FIRST_USE, {"name": name})
        row = session.get_one(Ledger, name, with_for_update=True)
    return row


_FIRST_USE = text("insert into ledger (name, history_seq, history_hash) values (:name, 0, '') on conflict do nothing")


def append(
    session: Session,
    owner: Chained,
    kind: str,
    actor: str,
    detail: dict[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Add one link to the owner's chain; it is written with the next flush, together with the owner's new head. The
    caller holds the owner's row. `detail` is JSON primitives only."""
    link: dict[str, Any] = {
        "stream": owner.stream,
        "seq": owner.history_seq + 1,
        "at": at or clock.now(),
        "actor": actor,
        "kind": kind,
        "detail": detail or {},
    }
    owner.history_seq = link["seq"]
    session.info.setdefault(WAITING, []).append((owner, link))


def seal(columns: Sequence[str], row: Any) -> str:
    """sha256 over what a row says for ever."""
    return seal_of(values_of(columns, row))


def values_of(columns: Sequence[str], row: Any) -> list[Any]:
    """What a row says, by column: looked up where it holds what is loaded, for that is several times faster."""
    held = getattr(row, "__dict__", {})
    return [held[name] if name in held else getattr(row, name) for name in columns]


def seal_of(values: Iterable[Any]) -> str:
    said = [one.astimezone(UTC) if isinstance(one, datetime) else one for one in values]
    return hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()


def sealed_row(kind: type[Chained], row: Any) -> dict[str, Any]:
    """What a link says of the row that owns its chain."""
    return {"seal": seal(kind.sealed, row), "sealed": len(kind.sealed)}


def attach(session: Session, owner: Chained, name: str, value: Any, *, once: Any = None) -> None:
    """Seal into the chain what has rows of its own (a clock's journal): it joins the list `name` in the detail of the
    last link that this flush writes for the owner. Raises RuntimeError, at the flush, where there is none. A function
    is asked at the flush, when its rows are as they will be kept; None of it is nothing to say. What is about the same
    thing (`once`) is attached once."""
    waiting = session.info.setdefault(ATTACHED, [])
    if once is None or not any(about is once and known == name for _, known, _, about in waiting):
        waiting.append((owner, name, value, once))


def digest_of(
    *, stream: str, seq: int, at: datetime, actor: str, kind: str, detail: dict[str, Any], prev_hash: str
) -> str:
    content = [stream, seq, at.isoformat(), actor, kind, detail]
    return hashlib.sha256(prev_hash.encode() + orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


WAITING, ATTACHED = "history:waiting", "history:attached"
ROW = "row"
"""In the detail of a link: the seal over its owner's own row, and how many columns it covers."""
_LINKS = CompiledStatement(insert(HistoryEvent.__table__))  # type: ignore[arg-type]


@before_write
def _write(session: Session) -> None:
    """Rows that are never changed need no unit of work: one plain insert writes all that a step has told."""
    waiting: list[tuple[Chained, dict[str, Any]]] = session.info.pop(WAITING, [])
    last = dict(waiting)
    for owner, name, given, _ in session.info.pop(ATTACHED, []):
        value = given() if callable(given) else given
        if value is None:
            continue
        if owner not in last:
            raise RuntimeError(f"{name} of {owner.stream} changed and nothing tells why")
        detail = last[owner]["detail"]
        last[owner]["detail"] = {**detail, name: [*detail.get(name, ()), value]}
    for owner, link in last.items():
        if owner.sealed:
            link["detail"] = {**link["detail"], ROW: sealed_row(type(owner), owner)}
    for owner, link in waiting:
        link["prev_hash"] = owner.history_hash
        link["hash"] = owner.history_hash = digest_of(**link)
    if waiting:
        _LINKS.send(connection_of(session), [link for _, link in waiting])


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(WAITING, None)
    session.info.pop(ATTACHED, None)


@dataclass(frozen=True)
class BrokenLink:
    """What is broken in a chain: a link, or (without a number) what its links seal."""

    stream: str
    seq: int | None
    why: str

    def __str__(self) -> str:
        return f"{self.stream}{'' if self.seq is None else f' #{self.seq}'}: {self.why}"


def broken_links(session: Session, heads: Iterator[tuple[str, int, str]]) -> Iterator[BrokenLink]:
    """Walk the chains of the given (stream, seq, hash) heads and yield the first broken link of each."""
    for stream, seq, last in heads:
        link = _first_broken(session, stream, seq, last)
        if link is not None:
            yield link


def _first_broken(session: Session, stream: str, seq: int, last: str) -> BrokenLink | None:
    expected, previous = 1, ""
    rows = session.scalars(select(HistoryEvent).where(HistoryEvent.stream == stream).order_by(HistoryEvent.seq))
    for row in rows.yield_per(1000):
        if row.seq != expected:
            return BrokenLink(stream, expected, "missing")
        if row.prev_hash != previous or row.digest() != row.hash:
            return BrokenLink(stream, row.seq, "changed")
        expected, previous = expected + 1, row.hash
    if expected != seq + 1 or previous != last:
        return BrokenLink(stream, expected, "cut off")
    return None
