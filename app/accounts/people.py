"""Accounts and their tokens: made, changed, closed, each with a line in the `accounts` ledger."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actor import Actor, digest
from app.accounts.models import Account, ApiToken, Department
from app.accounts.sessions import USERNAME, sign_out_everywhere
from app.floor import clock
from app.floor.errors import Conflict, Invalid, NotFound
from app.floor.messages import ROLES, Say, say, visible
from app.history import append, ledger

TOKEN_PREFIX = "shuliu_"  # noqa: S105  lets secret scanners recognise a token that leaked


def record(session: Session, kind: str, actor: Actor, detail: dict[str, Any]) -> None:
    append(session, ledger(session, "accounts"), kind, actor.username, detail)


def account_faults(
    username: str, name: str, roles: Collection[str], department: Department | None
) -> dict[str, list[Say]]:
    """All that is wrong with an account's particulars, by field; empty when it may be taken."""
    faults: dict[str, list[Say]] = {}
    if not USERNAME.fullmatch(username):
        faults["username"] = [say("A user name is made of a-z, 0-9, dot, hyphen and underscore (80 at most).")]
    if not visible(name) or len(name.strip()) > 120:
        faults["name"] = [say("A name has 1 to 120 characters.")]
    unknown = sorted(set(roles) - set(ROLES))
    if unknown or not roles:
        faults["roles"] = [say("Roles are %(roles)s; at least one is needed.", roles=", ".join(ROLES))]
    if department is None and set(roles) != {"administrator"}:
        faults["department"] = [say("Only an administrator may be without a department.")]
    if department is not None and department.closed_on is not None:
        faults["department"] = [say("The department was closed on %(day)s already.", day=str(department.closed_on))]
    return faults


def create_account(
    session: Session,
    actor: Actor,
    *,
    username: str,
    name: str,
    roles: Collection[str],
    department: Department | None = None,
    password_hash: str | None = None,
) -> Account:
    """A new account. `password_hash` comes from `hash_password`, called before the transaction; without one the account
    only works with tokens. Raises Invalid with every field at once."""
    faults = account_faults(username, name, roles, department)
    if "username" not in faults and session.scalar(select(Account.id).where(Account.username == username)):
        faults["username"] = [say("This user name is taken.")]
    if faults:
        raise Invalid(faults)
    account = Account(
        username=username,
        name=name.strip(),
        password_hash=password_hash,
        department_id=department and department.id,
        roles=sorted(set(roles)),
        created_at=clock.now(),
    )
    session.add(account)
    session.flush()
    record(session, "account_created", actor, particulars(account, department))
    return account


def particulars(account: Account, department: Department | None) -> dict[str, Any]:
    """What the ledger says of an account."""
    place = f"{department.jurisdiction}/{department.code}" if department else None
    said = {"username": account.username, "name": account.name, "roles": account.roles, "department": place}
    return {**said, "id": account.id}


def account_named(session: Session, username: str) -> Account:
    account = session.scalar(select(Account).where(Account.username == username))
    if account is None:
        raise NotFound(say("There is no account %(username)s.", username=username))
    return account


def accounts(session: Session, department_id: int | None = None) -> list[tuple[Account, Department | None]]:
    """All accounts by user name, or those of one department, each with its department."""
    query = select(Account, Department).outerjoin(Department, Department.id == Account.department_id)
    if department_id is not None:
        query = query.where(Account.department_id == department_id)
    return [(account, department) for account, department in session.execute(query.order_by(Account.username))]


def set_password(session: Session, actor: Actor, account: Account, password_hash: str) -> None:
    """A new password; every web session of the account ends."""
    account.password_hash = password_hash
    sign_out_everywhere(session, account.id)
    record(session, "password_set", actor, {"username": account.username})


def set_active(session: Session, actor: Actor, account: Account, active: bool) -> None:
    """Close an account or open it again. A closed one is out at its next request, tokens and sessions alike."""
    account.active = active
    if not active:
        sign_out_everywhere(session, account.id)
    record(session, "account_opened" if active else "account_closed", actor, {"username": account.username})


def create_token(session: Session, account: Account, name: str, actor: Actor | None = None) -> str:
    """A new API token of the account: returned here once, stored only as a digest. `actor`: who asked, if another.
    Raises Conflict for an account that is closed."""
    if not account.active:
        told = say("The account %(username)s is closed: a token of it would open nothing.", username=account.username)
        raise Conflict(told, "account-closed")
    token = TOKEN_PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(account_id=account.id, digest=digest(token), name=name[:80], created_at=clock.now())
    session.add(row)
    session.flush()
    by = actor.username if actor else account.username
    detail = {"username": account.username, "token": row.id, "name": row.name}
    append(session, ledger(session, "accounts"), "token_created", by, detail)
    return token


def tokens(session: Session, account_id: int) -> list[ApiToken]:
    return list(session.scalars(select(ApiToken).where(ApiToken.account_id == account_id).order_by(ApiToken.id)))


def revoke_token(session: Session, actor: Actor, token_id: int) -> None:
    """Take a token back for good; a second time changes nothing."""
    row = session.get(ApiToken, token_id)
    if row is None:
        raise NotFound(say("There is no such token."))
    if row.revoked_at is None:
        row.revoked_at = clock.now()
        record(session, "token_revoked", actor, {"token": row.id, "name": row.name})
