"""Lists: their filters, sorting and cursor as macros/_filter.html and macros/_table.html take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import request

from app.floor.messages import Say, Text

Title = Text | Say | str


def asked(name: str) -> str | None:
    """A query value, or None where it was not given; cut, so that nobody sends a book."""
    return (request.args.get(name) or "").strip()[:400] or None


def choice(name: str, title: Title, options: Sequence[tuple[str, Title]]) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "type": "choice",
        "options": [{"value": value, "title": text} for value, text in options],
        "value": asked(name),
        "wide": False,
        "hint": None,
    }


def day(name: str, title: Title) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "type": "date",
        "options": [],
        "value": asked(name),
        "wide": False,
        "hint": None,
    }


def words(name: str, title: Title, hint: Title | None = None) -> dict[str, Any]:
    return {
        "name": name,
        "title": title,
        "type": "search",
        "options": [],
        "value": asked(name),
        "wide": True,
        "hint": hint,
    }


def cell(text: str) -> str:
    """No cell is a formula of the spreadsheet that opens it."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def page_of(count: int, next: str | None, sort: str, filters: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """Where this page of a list stands."""
    return {
        "sort": sort,
        "next": next,
        "first": asked("after") is None,
        "filtered": any(one["value"] for one in filters),
        "count": count,
    }


def sort_by(default: str, *columns: str) -> str:
    """The order asked for, if the list knows it."""
    wanted = asked("sort") or default
    return wanted if wanted.removeprefix("-") in columns else default
