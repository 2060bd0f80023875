"""Signing in and out of the web pages: limits, sessions that end by themselves, nothing about cookies.

Sessions and limits age in real time, also under a simulated clock: a training clock that jumps a month must not sign
everybody out.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import CursorResult, bindparam, delete, func, select, update
from sqlalchemy.orm import Session

from app.accounts.actor import Actor, actors, as_actor, digest
from app.accounts.models import Account, SignInAttempt, WebSession
from app.accounts.passwords import NO_DEMO, Demo, renewed_hash, verify_password
from app.database.statements import BoundStatement, CompiledStatement
from app.database.transactions import Database, ask
from app.floor import clock
from app.floor.errors import TooMany, Unauthenticated
from app.floor.messages import Language, say

IDLE = timedelta(hours=8)
ABSOLUTE = timedelta(hours=12)
SEEN_EVERY = timedelta(minutes=1)
TRIES, WITHIN = 5, timedelta(minutes=10)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@dataclass(frozen=True)
class Visit:
    """A live web session. When `touch_due`, the door calls `touch_session` in a writing transaction."""

    actor: Actor
    language: Language
    csrf: str
    touch_due: bool


def sign_in(
    database: Database,
    username: str,
    password: str,
    address: str,
    *,
    demo: Demo = NO_DEMO,
    at: datetime | None = None,
) -> tuple[Actor, str]:
    """The actor and the token for the cookie. Raises Unauthenticated, and TooMany at the sixth try within ten minutes.

    It takes the database and not a session, because the password is verified between two transactions, and because a
    failed try must be committed although the caller gets an error."""
    at = at or clock.wall()
    username = _account_name(username)
    with database.transaction(write=False) as session:
        _refuse_too_many(session, username, address, at)
        stored = session.scalar(select(Account.password_hash).where(Account.username == username, Account.active))
    right = verify_password(stored, password, demo=demo)
    renewed = renewed_hash(stored, password) if right and stored else None
    with database.transaction() as session:
        _refuse_too_many(session, username, address, at)
        actor = _actor_with(session, username, stored) if right else None
        if actor is not None and actor.account_id is not None:
            if renewed is not None:
                session.execute(update(Account).where(Account.id == actor.account_id).values(password_hash=renewed))
            session.execute(delete(SignInAttempt).where(SignInAttempt.username == username))
            return actor, open_session(session, actor.account_id, at)
        _count_failure(session, username, address, at)
    raise Unauthenticated(say("The user name or the password is not right."))


def open_session(session: Session, account_id: int, at: datetime) -> str:
    """A new session of that account; returns its token, which is stored nowhere."""
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            digest=digest(token),
            account_id=account_id,
            created_at=at,
            seen_at=at,
            language="zh",
            csrf=secrets.token_urlsafe(32),
        )
    )
    return token


def visit_by_session(session: Session, token: str, at: datetime | None = None) -> Visit | None:
    """The visit that this cookie's token belongs to, in one select; None when it is unknown, idle or too old."""
    at = at or clock.wall()
    [sent] = ask(session, whose_visit(token))
    found = sent.rows()
    if not found:
        return None
    *actor, language, csrf, created_at, seen_at = found[0]
    if seen_at <= at - IDLE or created_at <= at - ABSOLUTE:
        return None
    return Visit(as_actor(actor), language, csrf, touch_due=at - seen_at >= SEEN_EVERY)


def whose_visit(token: str) -> BoundStatement:
    """What `visit_by_session` asks, for a transaction to ask ahead."""
    return BoundStatement(_BY_SESSION, {"digest": digest(token)})


_BY_SESSION = CompiledStatement(
    actors(WebSession.language, WebSession.csrf, WebSession.created_at, WebSession.seen_at)
    .join(WebSession, WebSession.account_id == Account.id)
    .where(WebSession.digest == bindparam("digest"))
)


def actor_by_session(session: Session, token: str, at: datetime | None = None) -> Actor | None:
    visit = visit_by_session(session, token, at)
    return visit.actor if visit else None


def touch_session(session: Session, token: str, at: datetime | None = None) -> None:
    """Note that the session was used. Needed at most once a minute: see `Visit.touch_due`."""
    session.execute(update(WebSession).where(WebSession.digest == digest(token)).values(seen_at=at or clock.wall()))


def choose_language(session: Session, token: str, language: Language) -> None:
    session.execute(update(WebSession).where(WebSession.digest == digest(token)).values(language=language))


def sign_out(session: Session, token: str) -> None:
    session.execute(delete(WebSession).where(WebSession.digest == digest(token)))


def sign_out_everywhere(session: Session, account_id: int) -> None:
    session.execute(delete(WebSession).where(WebSession.account_id == account_id))


def forget_ended(session: Session, at: datetime | None = None) -> int:
    """Delete the rows of sessions that have ended and of failures that no longer count; returns how many (daily)."""
    at = at or clock.wall()
    ended = delete(WebSession).where((WebSession.seen_at <= at - IDLE) | (WebSession.created_at <= at - ABSOLUTE))
    counted = delete(SignInAttempt).where(SignInAttempt.at <= at - WITHIN)
    return sum(_deleted(session, statement) for statement in (ended, counted))


def _deleted(session: Session, statement: object) -> int:
    result = session.execute(statement)  # type: ignore[call-overload]
    assert isinstance(result, CursorResult)
    return result.rowcount


def count_stranger(session: Session, what: str, address: str, most: int, at: datetime | None = None) -> None:
    """Note one more act of somebody without an account. Raises TooMany beyond `most` from one address within ten
    minutes. It is counted apart from signing in: neither locks the other."""
    at, name = at or clock.wall(), f"!{what}"
    place = f"{what}:{address}"[:64]
    counted = (SignInAttempt.username == name, SignInAttempt.address == place, SignInAttempt.at > at - WITHIN)
    acts = select(func.count()).where(*counted)
    if (session.scalar(acts) or 0) >= most:
        minutes = WITHIN.seconds // 60
        raise TooMany(say("Too many tries. Please wait %(minutes)s minutes and try again.", minutes=minutes))
    session.add(SignInAttempt(username=name, address=place, at=at))


def _account_name(username: str) -> str:
    """Case variants are one account; what cannot be an account's name at all is not sent to the database."""
    name = username.strip().lower()
    return name if USERNAME.fullmatch(name) else "?"


def _refuse_too_many(session: Session, username: str, address: str, at: datetime) -> None:
    for column, value in ((SignInAttempt.username, username), (SignInAttempt.address, address)):
        failures = select(func.count()).where(column == value, SignInAttempt.at > at - WITHIN)
        if (session.scalar(failures) or 0) >= TRIES:
            minutes = WITHIN.seconds // 60
            raise TooMany(say("Too many tries. Please wait %(minutes)s minutes and try again.", minutes=minutes))


def _actor_with(session: Session, username: str, stored: str | None) -> Actor | None:
    """The account, if it is still active and its password is still the one that was verified."""
    found = session.execute(actors().where(Account.username == username, Account.password_hash == stored)).first()
    return as_actor(found) if found else None


def _count_failure(session: Session, username: str, address: str, at: datetime) -> None:
    session.execute(delete(SignInAttempt).where(SignInAttempt.at <= at - WITHIN))
    session.add(SignInAttempt(username=username, address=address[:64], at=at))
