"""Numbers without gaps, and inserts that do not mind being made twice: the two statements that need both dialects."""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.database.statements import BoundStatement, CompiledStatement
from app.database.transactions import Base, connection_of
from app.database.unit_of_work import next_key, spare_key
from app.outbox.models import Counter


def insert_for(dialect: str, model: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """An insert that understands ON CONFLICT, which SQLAlchemy has only in the dialects."""
    table = model.__table__
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


def next_number(session: Session, name: str) -> int:
    """The next number under this name, from 1, in one statement. Others who ask for the same name wait until this
    transaction ends; a rolled back number is given again."""
    connection = connection_of(session)
    return int(_next(connection.dialect.name).value(connection, {"name": name, "value": 1}))


def number_and_key(session: Session, name: str, model: type[Base], spare: type[Base]) -> BoundStatement:
    """Answers the same number, the key for a new row of `model`, and a spare one for a row of `spare`. What is written
    about the new row before the row itself can name it, and the row is written once."""
    return BoundStatement(_next(connection_of(session).dialect.name, model, spare), {"name": name, "value": 1})


@cache
def _next(dialect: str, model: type[Base] | None = None, spare: type[Base] | None = None) -> CompiledStatement:
    """The statement, built once: whoever opens a case or writes a letter needs it."""
    once = insert_for(dialect, Counter).values(name=bindparam("name"), value=bindparam("value"))
    counted = once.on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + 1})
    keys = [next_key(model), spare_key(spare)] if model and spare else []
    return CompiledStatement(counted.returning(Counter.__table__.c.value, *keys))
