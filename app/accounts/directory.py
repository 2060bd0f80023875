"""Finding departments. They are loaded from files (`loading`), never made one by one."""

from __future__ import annotations

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import Department
from app.errors import NotFound
from app.words import say


def departments(session: Session, jurisdiction: str | None = None) -> list[Department]:
    """Those of one jurisdiction, or all, by jurisdiction and code."""
    query = select(Department).order_by(Department.jurisdiction, Department.code)
    if jurisdiction is not None:
        query = query.where(Department.jurisdiction == jurisdiction)
    return list(session.scalars(query))


_ONE = select(Department).where(
    Department.jurisdiction == bindparam("jurisdiction"), Department.code == bindparam("code")
)


def find_department(session: Session, jurisdiction: str, code: str) -> Department | None:
    return session.scalar(_ONE, {"jurisdiction": jurisdiction, "code": code})


def department(session: Session, jurisdiction: str, code: str) -> Department:
    """Raises NotFound."""
    found = find_department(session, jurisdiction, code)
    if found is None:
        raise NotFound(
            say("There is no department %(code)s in %(jurisdiction)s.", code=code, jurisdiction=jurisdiction)
        )
    return found
