"""Numbers without gaps, and inserts that do not mind being made twice: the two statements that need both dialects."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Table, bindparam, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.db import connection_of
from app.outbox.models import Counter
from app.plain import Plain, Question


def insert_for(dialect: str, model: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """An insert that understands ON CONFLICT, which SQLAlchemy has only in the dialects."""
    table = model.__table__
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def next_number(session: Session, name: str) -> int:
    """The next number under this name, from 1, in one statement. Others who ask for the same name wait until this
    transaction ends; a rolled back number is given again."""
    connection = connection_of(session)
    return int(_next(connection.dialect.name).value(connection, {"name": name, "value": 1}))


def number_and_key(session: Session, name: str, model: type[Any]) -> Question:
    """Answers the same, and the key for a new row of the model: what is written about the row before the row itself can
    name it, and the row is written once. Only a writing transaction may ask: on SQLite the key is safe because it is
    the only one."""
    return Question(_next(connection_of(session).dialect.name, model), {"name": name, "value": 1})


@cache
def _next(dialect: str, model: type[Any] | None = None) -> Plain:
    """The statement, built once: whoever opens a case or writes a letter needs it."""
    once = insert_for(dialect, Counter).values(name=bindparam("name"), value=bindparam("value"))
    counted = once.on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + 1})
    keys = [] if model is None else [_next_key(dialect, model.__table__)]
    return Plain(counted.returning(Counter.__table__.c.value, *keys))


def _next_key(dialect: str, table: Table) -> ColumnElement[int]:
    [key] = table.primary_key
    if dialect == "sqlite":
        return select(func.coalesce(func.max(key), 0) + 1).scalar_subquery()
    return func.nextval(func.pg_get_serial_sequence(f'"{table.name}"', key.name))
