"""Which value of the database cannot be read: whoever verifies is told the table, the row and the column, not what a
decoder says."""

from __future__ import annotations

from inspect import get_annotations
from typing import Any

from sqlalchemy import JSON, ColumnElement, select
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Mapper, Session

from app.database.transactions import Base
from app.history import BrokenLink

FAILURES = (ValueError, TypeError, LookupError, AttributeError, OverflowError, StatementError)
"""What reading raises where a value is not of its column's kind."""
AT_ONCE = 1000


def first(session: Session) -> BrokenLink | None:
    """The first value that cannot be read, by table; None where each is what its column holds."""
    for mapper in sorted(Base.registry.mappers, key=lambda one: str(one.local_table)):
        found = None if _holds(session, mapper, list(mapper.columns)) else _where(session, mapper)
        if found is not None:
            return found
    return None


def _holds(session: Session, mapper: Mapper[Any], columns: list[ColumnElement[Any]], *here: Any) -> bool:
    """Whether every value of these columns is of its kind."""
    kinds = [_kind(mapper, column) for column in columns]
    try:
        for row in session.execute(select(*columns).where(*here)).yield_per(AT_ONCE):
            if not all(value is None or isinstance(value, kind) for value, kind in zip(row, kinds, strict=True)):
                return False
    except FAILURES:
        return False
    return True


def _where(session: Session, mapper: Mapper[Any]) -> BrokenLink | None:
    table, key = str(mapper.local_table), mapper.primary_key
    for column in mapper.columns:
        if _holds(session, mapper, [column]):
            continue
        for values in session.execute(select(*key).order_by(*key)).all():
            if not _holds(session, mapper, [column], *(own == value for own, value in zip(key, values, strict=True))):
                row = ", ".join(map(str, values))
                return BrokenLink(table, None, f"row {row}: column {column.key} cannot be read")
        return BrokenLink(table, None, f"column {column.key} cannot be read")
    return None


def _kind(mapper: Mapper[Any], column: ColumnElement[Any]) -> type:
    """What its values are once read; of JSON it stands in the class."""
    if not isinstance(column.type, JSON):
        return column.type.python_type
    classes = (get_annotations(one) for one in mapper.class_.__mro__)
    declared = next((str(names[column.key]) for names in classes if column.key in names), "")
    return list if "list[" in declared else dict
