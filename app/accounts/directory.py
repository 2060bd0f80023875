"""Finding departments. They are loaded from files (`loading`), never made one by one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, bindparam, select
from sqlalchemy.orm import Session

from app.accounts.models import Department
from app.database.transactions import connection_of, editions, set_edition
from app.floor.errors import NotFound
from app.floor.messages import Text, say

EDITION = "departments"
KNOWN = "directory"
"""Where a session has it at hand: asking which engine is whose takes longer than looking."""


@dataclass(frozen=True, slots=True)
class DepartmentRef:
    """A department as the directory knows it: a value, not a row."""

    id: int
    jurisdiction: str
    code: str
    name: Text
    level: str
    kind: str
    area: str = ""
    closed_on: date | None = None
    successor: str | None = None
    """Of a closed one: the code of the department that has taken over what was open."""


@dataclass(frozen=True)
class Directory:
    """All departments, as one edition has them."""

    edition: str | None
    by_id: Mapping[int, DepartmentRef]
    by_code: Mapping[tuple[str, str], DepartmentRef]


_kept: WeakKeyDictionary[Engine, Directory] = WeakKeyDictionary()
_ALL = select(Department.__table__)


def directory(session: Session) -> Directory:
    """Departments seldom change and every step asks for some: they are read once an edition and kept."""
    edition, known = editions(session).get(EDITION), session.info.get(KNOWN)
    if known is None or edition is None or known.edition != edition:
        known = session.info[KNOWN] = _of_engine(session, edition)
    return known


def _of_engine(session: Session, edition: str | None) -> Directory:
    engine = session.get_bind().engine
    known = _kept.get(engine)
    if known is None or edition is None or known.edition != edition:
        known = _kept[engine] = _read(session, edition)
    return known


def _read(session: Session, edition: str | None) -> Directory:
    cards = [
        DepartmentRef(
            row.id,
            row.jurisdiction,
            row.code,
            Text(row.name_zh, row.name_en),
            row.level,
            row.kind,
            row.area,
            row.closed_on,
            row.successor,
        )
        for row in connection_of(session).execute(_ALL)
    ]
    return Directory(
        edition, {card.id: card for card in cards}, {(card.jurisdiction, card.code): card for card in cards}
    )


def renew_directory(session: Session) -> None:
    """Departments were changed: all processes read them anew. A name of chance, so that an edition that was rolled back
    is never mistaken for the next one."""
    set_edition(session, EDITION, secrets.token_hex(8))


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
