"""The path of a non-interrupting event has an end of its own: joining the main path it would double the token."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, event in diagram.of_kind("boundaryEvent"):
        if event.interrupting:
            continue
        shared = sorted(scope.reachable(event.id) & scope.main)
        if shared:
            message = say("The path of this event joins the main path at %(step)s.", step=shared[0])
            yield Fault(event.id, message, say("Give the path its own end event, or let the event interrupt."))
