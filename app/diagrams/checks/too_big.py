"""A process stays readable, and the engine quick: sub-processes at most four deep, a level of at most 200 elements."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"

DEEPEST, MOST_NODES, MOST_FLOWS = 4, 200, 400


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        if scope.depth == DEEPEST + 1:
            message = say("Sub-processes are nested more than %(limit)s deep.", limit=DEEPEST)
            yield Fault(scope.id, message, say("Draw the inner steps as a called process."))
        if len(scope.nodes) > MOST_NODES or len(scope.flows) > MOST_FLOWS:
            message = say("More than %(limit)s elements on one level.", limit=MOST_NODES)
            yield Fault(scope.id, message, say("Draw parts of it as sub-processes or called processes."))
