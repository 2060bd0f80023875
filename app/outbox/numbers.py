"""Numbers without gaps, and inserts that do not mind being made twice: the two statements that need both dialects."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.outbox.models import Counter


def insert_into(session: Session, model: type[Any]) -> sqlite.Insert | postgresql.Insert:
    """An insert that understands ON CONFLICT, which SQLAlchemy has only in the dialects."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    return insert(model)


def next_number(session: Session, name: str) -> int:
    """The next number under this name, from 1, in one statement. Others who ask for the same name wait until this
    transaction ends; a rolled back number is given again."""
    statement = (
        insert_into(session, Counter)
        .values(name=name, value=1)
        .on_conflict_do_update(index_elements=["name"], set_={"value": Counter.value + 1})
        .returning(Counter.value)
    )
    return session.execute(statement).scalar_one()
