"""Only flows out of an exclusive gateway carry conditions, and the default flow carries none; the rest is ignored."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        for flow in scope.flows:
            source = scope.nodes.get(flow.source)
            if flow.condition is None or source is None:
                continue
            if source.kind != "exclusiveGateway":
                message = say("The condition is ignored: it does not leave an exclusive gateway.")
                yield Fault(flow.id, message, say("Draw an exclusive gateway before it, or remove the condition."))
            elif source.default == flow.id:
                yield Fault(
                    flow.id, say("The default flow has a condition."), say("Remove it; default means otherwise.")
                )
