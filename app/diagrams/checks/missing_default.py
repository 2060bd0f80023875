"""An exclusive gateway that divides has a default flow, and a condition on every other: no case is left standing."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.of_kind("exclusiveGateway"):
        out = scope.out(node.id)
        if len(out) < 2:
            continue
        if node.default not in [flow.id for flow in out]:
            message = say("The gateway has no default flow: where no condition holds, the case would stop.")
            yield Fault(node.id, message, say("Mark the flow for “otherwise” as default."))
        for flow in out:
            if flow.id != node.default and flow.condition is None:
                yield Fault(flow.id, say("The flow has no condition."), say("Say when this way is taken."))
