"""Who acts: a plain value that doors make once a request and that every room below takes. Not a row, and no session."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Select, bindparam, select
from sqlalchemy.orm import Session

from app import history
from app.accounts.models import Account, ApiToken, Department
from app.database.statements import BoundStatement, CompiledStatement
from app.database.transactions import ask
from app.floor.messages import Text


@dataclass(frozen=True)
class Actor:
    """A signed-in account with its department, as they were when the request began. Administrators may have none."""

    account_id: int | None
    username: str
    name: str
    roles: frozenset[str] = field(default_factory=frozenset)
    department_id: int | None = None
    department_code: str | None = None
    department_name: Text | None = None
    jurisdiction: str | None = None
    kind: str | None = None
    level: str | None = None

    def may(self, role: str) -> bool:
        """Whether the account holds the role; a head may do what the department's clerk may."""
        return role in self.roles or (role == "clerk" and "head" in self.roles)


SYSTEM = Actor(account_id=None, username=history.SYSTEM, name=history.SYSTEM)
"""Acts for timers and the outbox; holds no role, because the doors let nobody in as it."""

CITIZEN = Actor(account_id=None, username="citizen", name="citizen", kind="public")
"""Somebody without an account, who reports an error and answers with the code of the receipt."""


def digest(secret: str) -> str:
    """What is stored of a token or a session: enough to find it, not enough to use it."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def actor_by_token(session: Session, token: str) -> Actor | None:
    """The actor of an unrevoked token of an active account, in one select."""
    [sent] = ask(session, whose_token(token))
    found = sent.rows()
    return as_actor(found[0]) if found else None


def whose_token(token: str) -> BoundStatement:
    """What `actor_by_token` asks, for a transaction to ask ahead."""
    return BoundStatement(_BY_TOKEN, {"digest": digest(token)})


def actor_by_username(session: Session, username: str) -> Actor | None:
    found = session.execute(actors().where(Account.username == username)).first()
    return as_actor(found) if found else None


def actors(*more: Any) -> Select[Any]:
    """Selects active accounts with their departments; `as_actor` reads its rows. `more` columns come after."""
    columns: tuple[Any, ...] = (
        Account.id,
        Account.username,
        Account.name,
        Account.roles,
        Department.id,
        Department.code,
        Department.name_zh,
        Department.name_en,
        Department.jurisdiction,
        Department.kind,
        Department.level,
    )
    return (
        select(*columns, *more)
        .select_from(Account)
        .outerjoin(Department, Department.id == Account.department_id)
        .where(Account.active)
    )


def as_actor(row: Any) -> Actor:
    account_id, username, name, roles, department_id, code, name_zh, name_en, jurisdiction, kind, level = row[:11]
    return Actor(
        account_id=account_id,
        username=username,
        name=name,
        roles=frozenset(roles),
        department_id=department_id,
        department_code=code,
        department_name=Text(name_zh, name_en) if department_id is not None else None,
        jurisdiction=jurisdiction,
        kind=kind,
        level=level,
    )


_BY_TOKEN = CompiledStatement(
    actors().join(ApiToken).where(ApiToken.digest == bindparam("digest"), ApiToken.revoked_at.is_(None))
)
