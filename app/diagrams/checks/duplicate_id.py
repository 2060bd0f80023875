"""Every id stands once in the file: of two elements with one id the engine keeps one and forgets the other."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, elements, name_of, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.xml import SPIFF
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    for element in elements(diagram.root):
        own = element.get("id")
        if own is None or namespace_of(element) == SPIFF:
            continue
        if own in seen:
            message = say(
                "The id %(id)s is used twice (%(first)s and %(second)s).",
                id=own[:60],
                first=seen[own],
                second=name_of(element),
            )
            yield Fault(own, message, say("Give one of them another id."))
        seen.setdefault(own, name_of(element))
