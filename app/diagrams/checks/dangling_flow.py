"""Every flow leads from one element to another of the same process or sub-process, and never out of an end."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"

AGAIN = say("Draw the flow again between two elements of one process.")
FROM = say("The flow comes from nothing."), say("The flow comes from another process or sub-process.")
TO = say("The flow leads to nothing."), say("The flow leads to another process or sub-process.")


def check(diagram: Diagram) -> Iterator[Fault]:
    everywhere = {node.id for _, node in diagram.nodes}
    for scope in diagram.scopes:
        for flow in scope.flows:
            if flow.source not in scope.nodes:
                yield Fault(flow.id or scope.id, FROM[flow.source in everywhere], AGAIN)
            if flow.target not in scope.nodes:
                yield Fault(flow.id or scope.id, TO[flow.target in everywhere], AGAIN)
            source, target = scope.nodes.get(flow.source), scope.nodes.get(flow.target)
            if source is not None and source.kind == "endEvent":
                yield Fault(source.id, say("A flow leaves an end event."), say("Remove the flow, or the end event."))
            if target is not None and target.kind == "boundaryEvent":
                message = say("A flow leads into a boundary event.")
                yield Fault(target.id, message, say("Lead it to the step that the event is attached to."))
