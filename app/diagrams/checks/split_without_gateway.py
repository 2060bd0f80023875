"""Only gateways have more than one flow out: two flows out of a step would start two tokens, or none at all."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"

GATEWAYS = ("exclusiveGateway", "parallelGateway")


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.nodes:
        if node.kind not in GATEWAYS and len(scope.out(node.id)) > 1:
            message = say("More than one flow leaves this element.")
            yield Fault(node.id, message, say("Draw a gateway after it."))
        targets = [flow.target for flow in scope.out(node.id)]
        if len(set(targets)) < len(targets):
            yield Fault(node.id, say("Two flows lead from here to the same element."), say("Remove one of them."))
