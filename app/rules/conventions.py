"""The conventions of counting as a pack states them. Names, choices and defaults are those of the counting rules."""

from __future__ import annotations

from datetime import time
from typing import Any, get_args, get_type_hints

from app.deadlines.counting import Conventions
from app.floor.messages import say
from app.rules.pack import Unfit

LONGEST_LEAD = 99


def convention_names() -> tuple[str, ...]:
    return tuple(get_type_hints(Conventions))


def convention_of(name: str, given: Any) -> Any:
    """`given` (plain data) as a value of that convention; raises Unfit."""
    hint = get_type_hints(Conventions)[name]
    if name == "office_hours":
        return _hours(given)
    if hint is int:
        if isinstance(given, int) and not isinstance(given, bool) and 0 <= given <= LONGEST_LEAD:
            return given
        raise Unfit(say("a whole number from %(least)s to %(most)s is needed here", least=0, most=LONGEST_LEAD))
    choices = get_args(hint)
    if given in choices:
        return given
    raise Unfit(say("%(value)s is none of: %(choices)s", value=str(given)[:60], choices=", ".join(choices)))


def _hours(given: Any) -> tuple[time, time]:
    try:
        opens, closes = map(time.fromisoformat, given)
    except (ValueError, TypeError):
        opens = closes = time()
    if opens >= closes or opens.tzinfo or closes.tzinfo:
        raise Unfit(say('two times are needed, such as ["08:30", "17:30"]'))
    return opens, closes
