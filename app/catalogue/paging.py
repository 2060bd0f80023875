"""Lists paged by cursor: the database skips to where the last page ended, however long the list is."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

import orjson
from sqlalchemy import ColumnElement, Select, literal, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from app.database.transactions import UtcDateTime
from app.floor.errors import Invalid
from app.floor.messages import say

Row = TypeVar("Row")
MOST = 200


@dataclass(frozen=True)
class RowPage(Generic[Row]):
    """Some rows and the cursor of those after them; `next` is None at the end."""

    items: list[Row]
    next: str | None = None


@dataclass(frozen=True)
class SortOrder:
    """A list's order: a column, then the id so that it is total."""

    column: InstrumentedAttribute[Any]
    id: InstrumentedAttribute[int]
    descending: bool = False

    def after(self, cursor: str) -> ColumnElement[bool]:
        kind = datetime if isinstance(self.column.type, UtcDateTime) else self.column.type.python_type
        value, row_id = _decoded(cursor, kind)
        here, there = tuple_(self.column, self.id), tuple_(literal(value, self.column.type), row_id)
        return here < there if self.descending else here > there

    def cursor(self, last: Any) -> str:
        """Of the rows after this one."""
        return _encoded(getattr(last, self.column.key), getattr(last, self.id.key))

    @property
    def by(self) -> list[ColumnElement[Any]]:
        return [one.desc() if self.descending else one.asc() for one in (self.column, self.id)]


def page(session: Session, query: Select[Row], order: SortOrder, after: str | None, limit: int) -> RowPage[Row]:
    """One page of the query, whose rows have the order's columns as attributes. Raises Invalid for a foreign cursor."""
    limit = max(1, min(limit, MOST))
    if after is not None:
        query = query.where(order.after(after))
    rows = list(session.scalars(query.order_by(*order.by).limit(limit + 1)))
    if len(rows) <= limit:
        return RowPage(rows)
    return RowPage(rows[:limit], order.cursor(rows[limit - 1]))


def _encoded(value: str | int | datetime, row_id: int) -> str:
    value = value.isoformat() if isinstance(value, datetime) else value
    return base64.urlsafe_b64encode(orjson.dumps([value, row_id])).decode().rstrip("=")


def _decoded(cursor: str, kind: type) -> tuple[str | int | datetime, int]:
    try:
        value, row_id = orjson.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
        value = datetime.fromisoformat(value) if kind is datetime else value
    except (binascii.Error, ValueError, TypeError):
        value = row_id = None
    fits = type(value) is kind and getattr(value, "tzinfo", UTC) is not None
    fits = fits and type(row_id) is int and "\x00" not in str(value)  # a bool is no number here
    if not fits or not _in_range(row_id) or not _in_range(value):
        raise Invalid({"after": [say("This is not a cursor of this list.")]})
    return value, row_id


def _in_range(value: Any) -> bool:
    return not isinstance(value, int) or 0 <= value < 2**31
