"""Forms that no diagram declares, in the shape that macros/_form.html draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from app.floor.clock import FIRST_YEAR, LAST_YEAR
from app.floor.errors import Invalid
from app.floor.messages import Say, Text, say


def a_date(name: str, text: str) -> date:
    """A day within the years that can be counted. Raises Invalid, naming the field."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        day = None
    if day is None or not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise Invalid({name: [say("A date such as 2026-03-31 is needed here.")]})
    return day


def plain_form(
    fields: Sequence[dict[str, Any]], *, id: str, action: str, title: Say, send: Say, answers: Mapping[str, Any] = {},
    errors: Mapping[str, Sequence[Say]] | None = None, effect: Say | None = None, trial: Any = None,
    refresh: str | None = None, question: Say | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A form that no diagram declares. `question`: is asked once more before it is sent in earnest."""
    return {
        "id": id, "action": action, "title": title, "send": send, "refresh": refresh, "fields": list(fields),
        "answers": dict(answers), "errors": dict(errors or {}), "cancel": None, "effect": effect,
        "trial": trial, "says": [], "question": question,
    }  # fmt: skip


def plain_field(key: str, type_: str, title: Say | Text, **more: Any) -> dict[str, Any]:
    """A field that no diagram declares. `of`: of a column of rows, for which values of the column `by` it is asked,
    where not for all; `needed`: when it must be answered, where that is not always."""
    return {
        "key": key, "type": type_, "title": title, "required": True, "shown": True, "depends": False, "help": None,
        "law": [], "max": None, "min": None, "options": [], "fixed": None, "columns": [], "of": (), "by": "action",
        "needed": None,
    } | more  # fmt: skip


def option(value: str, title: Any, help: Any = None) -> dict[str, Any]:
    return {"value": value, "title": title, "help": help}
