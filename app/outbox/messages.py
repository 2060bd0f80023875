"""Writing to the outbox and reading one's notices. Sending is the worker's (`delivery`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, CursorResult, Update, and_, event, false, func, or_, select, update
from sqlalchemy.orm import Session

from app.accounts import Actor
from app.database.statements import CompiledStatement
from app.database.transactions import connection_of
from app.database.unit_of_work import before_write
from app.floor import clock
from app.floor.errors import Conflict, NotFound
from app.floor.messages import say
from app.history import append, ledger
from app.outbox.models import OutboxMessage
from app.outbox.numbers import insert_for

CHANNELS = ("notice", "letter", "push")
WAITING = "outbox:waiting"
MOST_COUNTED = 100
"""Unread notices are counted up to here; a badge that says "99+" needs no more."""


def put(
    session: Session,
    *,
    key: str,
    channel: str,
    kind: str,
    payload: dict[str, Any],
    case_id: int | None = None,
    recipient_department_id: int | None = None,
    recipient_account_id: int | None = None,
    role: str = "any",
    target: str | None = None,
    now: datetime | None = None,
) -> bool:
    """Put a message out, once for each key; returns whether it is new. A push names its `target` (or its payload does)
    and waits for the worker; notices and letters have arrived with this."""
    message = {
        "key": key,
        "channel": channel,
        "kind": kind,
        "payload": payload,
        "case_id": case_id,
        "recipient_department_id": recipient_department_id,
        "recipient_account_id": recipient_account_id,
        "role": role,
        "target": target,
    }
    connection = connection_of(session)
    return _put_telling(connection.dialect.name).value(connection, _row(message, now or clock.now())) is not None


def put_all(session: Session, messages: Sequence[Mapping[str, Any]], now: datetime | None = None) -> None:
    """Put several messages out (each the arguments of `put`) in one statement, with the next flush: together with the
    rows of the case that they tell of."""
    session.info.setdefault(WAITING, []).extend(_row(message, now or clock.now()) for message in messages)


@before_write
@event.listens_for(Session, "before_commit")
def _write(session: Session) -> None:
    """With the flush; at the latest, where nothing else was to be flushed, with the commit."""
    if waiting := session.info.pop(WAITING, None):
        connection = connection_of(session)
        _put_once(connection.dialect.name).send(connection, waiting)


@event.listens_for(Session, "after_rollback")
def _forget(session: Session) -> None:
    session.info.pop(WAITING, None)


@cache
def _put_once(dialect: str) -> CompiledStatement:
    return CompiledStatement(insert_for(dialect, OutboxMessage).on_conflict_do_nothing(index_elements=["key"]))


@cache
def _put_telling(dialect: str) -> CompiledStatement:
    """Put a message once, with an answer if it is new."""
    once = insert_for(dialect, OutboxMessage).on_conflict_do_nothing(index_elements=["key"])
    return CompiledStatement(once.returning(OutboxMessage.__table__.c.id))


def _row(message: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    if message["channel"] not in CHANNELS:
        raise ValueError(f"unknown channel {message['channel']!r}")
    waits = message["channel"] == "push"
    return {
        **{name: message.get(name) for name in ("case_id", "recipient_department_id", "recipient_account_id")},
        "key": message["key"],
        "channel": message["channel"],
        "target": (message.get("target") or message["payload"].get("target")) if waits else None,
        "role": message.get("role") or "any",
        "kind": message["kind"],
        "payload": message["payload"],
        "created_at": now,
        "state": "pending" if waits else "sent",
        "attempts": 0,
        "next_try_at": now,
        "sent_at": None if waits else now,
    }


def addressed_to(actor: Actor) -> ColumnElement[bool]:
    """The notices that are for this actor: sent to the account, or to a role it holds in its department."""
    ways: list[ColumnElement[bool]] = []
    if actor.department_id is not None:
        roles = {"any", *actor.roles} | ({"clerk"} if actor.may("clerk") else set())
        in_department = OutboxMessage.recipient_department_id == actor.department_id
        ways.append(and_(in_department, OutboxMessage.role.in_(sorted(roles))))
    if actor.account_id is not None:
        ways.append(OutboxMessage.recipient_account_id == actor.account_id)
    return and_(OutboxMessage.channel == "notice", or_(false(), *ways))


def notices_for(
    session: Session, actor: Actor, after: int | None = None, limit: int = 50, *, unread: bool = False
) -> list[OutboxMessage]:
    """The newest notices first; `after` is the id of the last one already seen."""
    query = select(OutboxMessage).where(addressed_to(actor))
    if after is not None:
        query = query.where(OutboxMessage.id < after)
    if unread:
        query = query.where(OutboxMessage.read_at.is_(None))
    return list(session.scalars(query.order_by(OutboxMessage.id.desc()).limit(limit)))


def count_unread(session: Session, actor: Actor) -> int:
    """How many notices wait to be read, counted up to `MOST_COUNTED`."""
    some = select(OutboxMessage.id).where(addressed_to(actor), OutboxMessage.read_at.is_(None)).limit(MOST_COUNTED)
    return session.scalar(select(func.count()).select_from(some.subquery())) or 0


def mark_read(session: Session, actor: Actor, ids: Collection[int] | None = None) -> int:
    """Mark the actor's notices read, those with these ids or all; returns how many were unread. A department reads
    together: what one clerk has read is read for the role."""
    statement = update(OutboxMessage).where(addressed_to(actor), OutboxMessage.read_at.is_(None))
    if ids is not None:
        statement = statement.where(OutboxMessage.id.in_(list(ids)))
    return _changed(session, statement.values(read_at=clock.now()))


def undelivered(session: Session, after: int | None = None, limit: int = 50) -> list[OutboxMessage]:
    """What a person should look at, newest first: messages that failed, and those held for want of an address."""
    query = select(OutboxMessage).where(OutboxMessage.state.in_(("failed", "held")))
    if after is not None:
        query = query.where(OutboxMessage.id < after)
    return list(session.scalars(query.order_by(OutboxMessage.id.desc()).limit(limit)))


def count_by_state(session: Session) -> dict[str, int]:
    """How many messages wait, are held, or have failed."""
    states = ("pending", "held", "failed")
    query = select(OutboxMessage.state, func.count().label("number")).where(OutboxMessage.state.in_(states))
    found = {row.state: row.number for row in session.execute(query.group_by(OutboxMessage.state))}
    return {state: found.get(state, 0) for state in states}


def retry_failed(session: Session, actor: Actor, target: str | None = None) -> int:
    """Have everything that failed tried again, or what failed for one target (it was down); returns how many."""
    failed = update(OutboxMessage).where(OutboxMessage.state == "failed")
    if target is not None:
        failed = failed.where(OutboxMessage.target == target)
    count = _changed(session, failed.values(state="pending", attempts=0, next_try_at=clock.now()))
    append(session, ledger(session, "outbox"), "retried", actor.username, {"target": target, "messages": count})
    return count


def _changed(session: Session, statement: Update) -> int:
    result = session.execute(statement.execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


def retry(session: Session, actor: Actor, message_id: int) -> OutboxMessage:
    """Have a failed message tried again, from the first try on."""
    message = session.get(OutboxMessage, message_id, with_for_update=True)
    if message is None:
        raise NotFound(say("There is no such message."))
    if message.state != "failed":
        raise Conflict(say("Only a failed message can be tried again; this one is %(state)s.", state=message.state))
    message.state, message.attempts, message.next_try_at = "pending", 0, clock.now()
    append(session, ledger(session, "outbox"), "retried", actor.username, {"key": message.key, "error": message.error})
    return message
