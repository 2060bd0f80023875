"""The events of a case that start, meet, pause or resume a clock, as a forms file writes them."""

from __future__ import annotations

import re
from dataclasses import dataclass

EVENT = re.compile(
    r"(?:(case)|application\.([a-z]\w*)|(opens|done|action|message):([A-Za-z]\w*))(?:\s+when\s+(\S.*))?", re.DOTALL
)


@dataclass(frozen=True)
class Event:
    """`kind` is case, field (a date of the application), opens, done, action or message."""

    kind: str
    element: str = ""
    when: str | None = None


def parse_event(text: str) -> Event:
    """`done:provider_review when …`; raises ValueError on anything else than an event."""
    match = EVENT.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"{text[:80]!r} is no event: case, application.<date>, opens:, done:, action: or message:<element>"
        )
    case, date, kind, element, when = match.groups()
    if case:
        return Event("case", "", when)
    if date:
        return Event("field", date, when)
    return Event(kind, element, when)
