"""Paging by cursor: "<value>|<id>" of the last row, so that a list never skips or repeats while it changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Select, and_, or_

from app.db import UtcDateTime
from app.errors import Invalid
from app.words import say

PAGE = 50
MOST_ID = 2**31 - 1


@dataclass(frozen=True)
class Page:
    items: list[dict[str, Any]]
    next: str | None


def cursor_of(value: Any, row_id: int) -> str:
    shown = value.isoformat() if isinstance(value, datetime | date) else "" if value is None else str(value)
    return f"{shown}|{row_id}"


def ordered(query: Select[Any], column: Any, key: Any, descending: bool, after: str | None) -> Select[Any]:
    """Order by the column, rows without a value last, then by id; go on behind the cursor."""
    direction = (lambda c: c.desc()) if descending else (lambda c: c.asc())
    if column is key:
        query = query.order_by(direction(key))
    else:
        query = query.order_by(direction(column).nulls_last(), direction(key))  # as the indexes have it
    if not after:
        return query
    shown, _, row_id = after.rpartition("|")
    last = row_number(row_id)
    beyond = key < last if descending else key > last
    if column is key:
        if shown != row_id:  # a cursor of another order
            raise Invalid({"after": [say("This is not a cursor of this list.")]})
        return query.where(beyond)
    if not shown:
        return query.where(column.is_(None), beyond)
    value = _moment(shown) if isinstance(column.type, UtcDateTime) else shown
    further = column < value if descending else column > value
    return query.where(or_(further, and_(column == value, beyond), column.is_(None)))


def row_number(text: str) -> int:
    """The id in a cursor. Raises Invalid."""
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > MOST_ID:
        raise Invalid({"after": [say("This is not a cursor of this list.")]})
    return int(text)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise Invalid({"after": [say("This is not a cursor of this list.")]}) from None
