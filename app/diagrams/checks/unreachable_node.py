"""Every element can be reached from the start: what cannot is left out by the engine without a word."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        reached = scope.reachable(*(start.id for start in scope.of_kind("startEvent")))
        for name in scope.nodes.keys() - reached:
            yield Fault(name, say("Nothing leads here."), say("Draw a flow to it, or remove it."))
