"""A parallel gateway never lies on a loop of its own level: its join would fire early, or the tokens double."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.of_kind("parallelGateway"):
        if node.id in scope.on_cycle:
            message = say("The parallel gateway lies on a loop.")
            yield Fault(node.id, message, say("Put fork and join into a sub-process; the loop may go round it."))
