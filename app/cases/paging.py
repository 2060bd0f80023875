"""Paging by cursor: "<value>|<id>" of the last row, so that a list never skips or repeats while it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Date, Select, literal, tuple_

from app.database.transactions import UtcDateTime
from app.floor.errors import Invalid
from app.floor.messages import say

PAGE = 50
MOST_ID = 2**31 - 1


@dataclass(frozen=True)
class Page:
    items: list[dict[str, Any]]
    next: str | None


def cursor_of(value: Any, row_id: int) -> str:
    shown = value.isoformat() if isinstance(value, datetime | date) else "" if value is None else str(value)
    return f"{shown}|{row_id}"


def rows_of(
    execute: Callable[[Any], Iterable[Any]],
    query: Any,
    column: Any,
    key: Any,
    *,
    descending: bool,
    after: str | None,
    limit: int,
) -> Sequence[Any]:
    """The rows of a page, and one more if there is one: by the column, rows without a value last, then by id; behind
    the cursor. Raises Invalid for what is no cursor of this order.

    Rows with a value and rows without are asked one after the other, because one condition for both would read an index
    from its beginning to the cursor; and no index has a descending order whose undated rows come last.
    """
    found: list[Any] = []
    for part in _parts(query, column, key, descending, after):
        found += execute(part.limit(limit + 1 - len(found)))
        if len(found) > limit:
            break
    return found


def _parts(query: Select[Any], column: Any, key: Any, descending: bool, after: str | None) -> Iterator[Select[Any]]:
    turned = (lambda one: one.desc()) if descending else (lambda one: one.asc())
    shown, _, row_id = after.rpartition("|") if after else ("", "", "")
    last = row_number(row_id) if after else None
    if column is key:
        if shown != row_id:  # a cursor of another order
            raise Invalid({"after": [say("This is not a cursor of this list.")]})
        yield (query if last is None else query.where(_beyond(key, last, descending))).order_by(turned(key))
        return
    if last is None and not descending:
        yield query.order_by(column.asc().nulls_last(), key.asc())  # as the indexes have it
        return
    dated = query.order_by(turned(column), turned(key))
    undated = query.where(column.is_(None)).order_by(turned(key))
    if last is None:
        yield dated.where(column.is_not(None))
    elif shown:
        value = _value(shown, column.type)
        yield dated.where(_beyond(tuple_(column, key), tuple_(literal(value, column.type), last), descending))
    else:
        undated = undated.where(_beyond(key, last, descending))
    yield undated


def _beyond(one: Any, other: Any, descending: bool) -> ColumnElement[bool]:
    beyond: ColumnElement[bool] = one < other if descending else one > other
    return beyond


def row_number(text: str) -> int:
    """The id in a cursor. Raises Invalid."""
    if not (text.isascii() and text.isdigit()) or len(text) > 10 or int(text) > MOST_ID:
        raise Invalid({"after": [say("This is not a cursor of this list.")]})
    return int(text)


def _value(text: str, kind: Any) -> str | date | datetime:
    """What a cursor says of a column of that type."""
    try:
        if isinstance(kind, UtcDateTime):
            return datetime.fromisoformat(text).replace(tzinfo=UTC)
        return date.fromisoformat(text) if isinstance(kind, Date) else text
    except ValueError:
        raise Invalid({"after": [say("This is not a cursor of this list.")]}) from None
