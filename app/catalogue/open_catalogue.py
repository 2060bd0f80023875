"""The open catalogue: of all entries, those that anybody may see. Everything that leaves for the public, a page without
an account or an open platform, asks here; what is not said to be open is not."""

from __future__ import annotations

import unicodedata
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_

from app.catalogue.models import Resource

OPEN_WORDS = ("开放", "无条件开放", "完全开放", "直接开放", "可开放", "向社会开放", "可向社会开放", "是", "open")
"""What the opening attribute of an entry says where the public gets it as it is. Open on request or on conditions is
another catalogue."""


def is_open(entry: Resource) -> bool:
    """Whether the open catalogue holds this entry as it is now."""
    said = unicodedata.normalize("NFKC", entry.open_type).strip().lower()
    return may_be_named(entry) and (entry.share_type == "public" or said in OPEN_WORDS)


def may_be_named(entry: Resource) -> bool:
    """Whether an entry can be spoken of to somebody without an account who names it: nothing withheld, nothing
    sensitive, nothing that is not published."""
    return entry.published and not (entry.withdrawn or entry.sensitive or entry.share_type == "withheld")


def in_open_catalogue() -> ColumnElement[bool]:
    """The condition on rows that `is_open` is for an entry."""
    said = func.lower(func.trim(Resource.open_type))
    told = or_(Resource.share_type == "public", said.in_(OPEN_WORDS))
    return and_(Resource.published, ~Resource.withdrawn, ~Resource.sensitive, Resource.share_type != "withheld", told)


def for_the_public(entry: Resource) -> dict[str, Any]:
    """What an open platform is told of an entry."""
    said = ("code", "name", "summary", "format", "open_type", "update_cycle", "items", "version")
    return {"provider": entry.provider.code, **{name: getattr(entry, name) for name in said}}
