"""What the API says: JSON by orjson, moments in the office's time with their offset, texts in the reader's language."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

import orjson
from flask import Flask, Response
from flask.json.provider import DefaultJSONProvider

from app import entry
from app.floor.clock import OFFICE
from app.floor.messages import Language, Say, Text

AS_IT_IS = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


class OrjsonProvider(DefaultJSONProvider):
    """Flask's `jsonify` by orjson; texts and moments as the API writes them wherever Flask makes JSON."""

    default = staticmethod(lambda value: plain(value))
    sort_keys = False

    def response(self, *args: Any, **kwargs: Any) -> Response:
        """What `jsonify` was called with: one value, or else its arguments as an object or a list."""
        return answer(args[0] if len(args) == 1 else kwargs or list(args) or None)


def dumped(value: Any) -> bytes:
    return orjson.dumps(value, default=_plain_in(entry.language()), option=AS_IT_IS)


def plain(value: Any) -> Any:
    """JSON for what no JSON library knows, in the reader's language."""
    return _plain_in(entry.language())(value)


def _plain_in(language: Language) -> Callable[[Any], Any]:
    """Lists hold hundreds of these: the language is asked for once."""

    def plain(value: Any) -> Any:
        if isinstance(value, Text):
            return value.in_(language)
        if isinstance(value, datetime):
            return value.astimezone(OFFICE).isoformat()
        if isinstance(value, date):
            return value.isoformat()
        if isinstance(value, Say):
            return entry.words(value)
        if isinstance(value, Mapping):
            return dict(value)
        raise TypeError(f"no JSON for {type(value).__name__}")

    return plain


def answer(value: Any, status: int = 200, mimetype: str = "application/json") -> Response:
    """Call it inside the transaction: rows are read while they are written."""
    return Response(dumped(value), status, mimetype=mimetype)


def paged(page: Any, shown: Any = None) -> Response:
    """A page of a list as `{items, next}`, each item by `shown`."""
    items = page.items if shown is None else [shown(one) for one in page.items]
    return answer({"items": items, "next": page.next})


def speak_json(app: Flask) -> None:
    app.json = OrjsonProvider(app)
