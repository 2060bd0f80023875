"""Delivery: claim under a lease, send outside any transaction, complete behind a fence.

Each message arrives at least once: a worker killed between sending and noting it sends again when its lease is over;
the receiver tells the two apart by the key. No transaction is open while the network is waited for.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, and_, or_, select, update
from sqlalchemy.orm import Session

from app.database.transactions import Database
from app.outbox.models import OutboxMessage

LEASE = timedelta(minutes=10)
BACK_OFF = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
"""How long to wait after the first, the second and the third failure; after the fourth a person must look."""


@dataclass(frozen=True)
class Parcel:
    """A message as its sender gets it; `key` is what the receiver knows a repeated one by."""

    id: int
    key: str
    channel: str
    target: str | None
    kind: str
    payload: dict[str, Any]
    created_at: datetime
    attempts: int


class NoAddress(Exception):
    """Raised by a sender that has no address for the parcel: kept, untried, until there is one."""


@dataclass(frozen=True)
class Delivered:
    """What one round did. `late`: another worker had taken the message over before this one was done with it."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    held: int = 0
    late: int = 0


def deliver(
    database: Database,
    now: datetime,
    worker: str,
    send: Mapping[str, Callable[[Parcel], None]],
    *,
    configured: Collection[str] = (),
    batch: int = 20,
) -> Delivered:
    """Send up to `batch` messages that are due, through the sender of their channel. `configured` names the targets
    that have an address by now: what was held for them goes out. A sender returns or raises, in its own time-out."""
    with database.transaction(write=False) as session:
        if session.scalar(select(OutboxMessage.id).where(_due(now, send) | _releasable(configured)).limit(1)) is None:
            return Delivered()
    claim = f"{worker[:60]}:{secrets.token_hex(6)}"
    counts = dict.fromkeys(("sent", "retried", "failed", "held", "late"), 0)
    _release(database, now, configured)
    for _ in range(batch):
        parcel = _claim(database, now, claim, send)
        if parcel is None:
            break
        counts[_complete(database, now, claim, parcel, _try(send[parcel.channel], parcel))] += 1
    return Delivered(**counts)


def _due(now: datetime, channels: Collection[str]) -> ColumnElement[bool]:
    return and_(
        OutboxMessage.state == "pending",
        OutboxMessage.next_try_at <= now,
        OutboxMessage.channel.in_(sorted(channels)),
        or_(OutboxMessage.claimed_until.is_(None), OutboxMessage.claimed_until <= now),
    )


def _releasable(configured: Collection[str]) -> ColumnElement[bool]:
    return and_(OutboxMessage.state == "held", OutboxMessage.target.in_(sorted(configured)))


def _release(database: Database, now: datetime, configured: Collection[str]) -> None:
    with database.transaction() as session:
        session.execute(update(OutboxMessage).where(_releasable(configured)).values(state="pending", next_try_at=now))


def _claim(database: Database, now: datetime, claim: str, channels: Collection[str]) -> Parcel | None:
    """Take the oldest due message for the length of a lease. One at a time, so that a killed worker delays only one.
    SKIP LOCKED is PostgreSQL's; on SQLite writers queue anyway."""
    query = select(OutboxMessage).where(_due(now, channels)).order_by(OutboxMessage.next_try_at, OutboxMessage.id)
    with database.transaction() as session:
        message = session.scalar(query.limit(1).with_for_update(skip_locked=True))
        if message is None:
            return None
        message.claimed_by, message.claimed_until = claim, now + LEASE
        return Parcel(
            id=message.id,
            key=message.key,
            channel=message.channel,
            target=message.target,
            kind=message.kind,
            payload=message.payload,
            created_at=message.created_at,
            attempts=message.attempts,
        )


def _try(send: Callable[[Parcel], None], parcel: Parcel) -> Exception | None:
    try:
        send(parcel)
    except Exception as error:  # noqa: BLE001  whatever a sender meets, the message is kept and a person can see why
        return error
    return None


def _complete(database: Database, now: datetime, claim: str, parcel: Parcel, error: Exception | None) -> str:
    """Note the outcome, unless the lease was lost meanwhile; returns its name in `Delivered`."""
    outcome, values = _outcome(now, parcel, error)
    with database.transaction() as session:
        return outcome if _note(session, claim, parcel, values) else "late"


def _outcome(now: datetime, parcel: Parcel, error: Exception | None) -> tuple[str, dict[str, Any]]:
    if error is None:
        return "sent", {"state": "sent", "sent_at": now, "attempts": parcel.attempts + 1, "error": None}
    said = f"{type(error).__name__}: {error}"[:500]
    if isinstance(error, NoAddress):
        return "held", {"state": "held", "error": str(error)[:500]}
    attempts = parcel.attempts + 1
    if attempts > len(BACK_OFF):
        return "failed", {"state": "failed", "attempts": attempts, "error": said}
    return "retried", {"next_try_at": now + BACK_OFF[attempts - 1], "attempts": attempts, "error": said}


def _note(session: Session, claim: str, parcel: Parcel, values: dict[str, Any]) -> bool:
    fence = (OutboxMessage.id == parcel.id, OutboxMessage.state == "pending", OutboxMessage.claimed_by == claim)
    statement = update(OutboxMessage).where(*fence).values(claimed_by=None, claimed_until=None, **values)
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount == 1
