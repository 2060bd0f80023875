"""Each process and sub-process begins at exactly one plain start event, which nothing leads to."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        starts = scope.of_kind("startEvent")
        if not starts:
            yield Fault(scope.id, say("There is no start event."), say("Draw one, and a flow from it."))
        for extra in starts[1:]:
            message = say("There is more than one start event.")
            yield Fault(extra.id, message, say("Keep one start event; draw other beginnings as a gateway."))
        for start in starts:
            if scope.into(start.id):
                yield Fault(start.id, say("A flow leads into the start event."), say("Lead it to the first step."))
            if not scope.out(start.id):
                yield Fault(start.id, say("Nothing follows the start event."), say("Draw a flow to the first step."))
