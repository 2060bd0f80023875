"""Values of rules in words: titles in place of codes, bodies with what they do, yes and no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases.documents.wording import VERBS
from app.floor.messages import Say, Text, say
from app.rules.pack import LadderStep, Pack

Names = Mapping[str, Text | Say]


def value_words(pack: Pack, value: Any, names: Names) -> Any:
    """A text, or a list of texts. A number stays one."""
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, (tuple, list)):
        return [_part(pack, one, names) for one in value] or say("none")
    if isinstance(value, dict) and set(value) == {"zh", "en"}:
        return Text(**value)
    return names.get(value, value) if isinstance(value, str) else value


def _part(pack: Pack, one: Any, names: Names) -> Any:
    if isinstance(one, LadderStep):
        return say("%(body)s %(verb)s", body=pack.body(one.body).title, verb=VERBS[one.verb])
    return names.get(one, one)
