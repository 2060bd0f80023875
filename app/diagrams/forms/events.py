"""The events of a case that start, meet, pause or resume a clock, as a forms file writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.floor.messages import say

EVENT = re.compile(
    r"(?:(case)|application\.([a-z]\w*)|(opens|done|action|message):([A-Za-z]\w*))(?:\s+when\s+(\S.*))?", re.DOTALL
)


@dataclass(frozen=True)
class Event:
    """`kind` is case, field (a date of the application), opens, done, action or message."""

    kind: str
    element: str = ""
    when: str | None = None


STARTED = "application"
"""What the facts call the start form."""


def ordering_event(due_on: str) -> str:
    """Which event names an ordered date, `order.limit_on`: the answer of that step, or the opening of the case."""
    step = due_on.partition(".")[0]
    return "case" if step == STARTED else f"done:{step}"


class NoEvent(ValueError):
    def __init__(self, text: str):
        kinds = "case, application.<date>, opens:, done:, action:, message:<element>"
        self.why = say("%(text)s is no event: %(kinds)s", text=repr(text[:80]), kinds=kinds)
        super().__init__(str(self.why))


def parse_event(text: str) -> Event:
    """`done:provider_review when …`; raises NoEvent on anything else than an event."""
    match = EVENT.fullmatch(text.strip())
    if match is None:
        raise NoEvent(text)
    case, date, kind, element, when = match.groups()
    if case:
        return Event("case", "", when)
    if date:
        return Event("field", date, when)
    return Event(kind, element, when)
