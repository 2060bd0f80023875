"""Everything that runs is also drawn: an element without a shape works, and nobody sees it."""

from collections.abc import Iterator

from app.diagrams.checks.foreign_content import BPMN_DI
from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "warn"


def check(diagram: Diagram) -> Iterator[Fault]:
    drawn = {e.get("bpmnElement") for e in diagram.root.iter(f"{{{BPMN_DI}}}BPMNShape", f"{{{BPMN_DI}}}BPMNEdge")}
    if not drawn:
        yield Fault(None, say("The file has no drawing."), say("Open it in the editor and lay it out."))
        return
    running = [node.id for _, node in diagram.nodes] + [flow.id for scope in diagram.scopes for flow in scope.flows]
    for name in running:
        if name not in drawn:
            yield Fault(name, say("The element is not drawn."), say("Draw it again in the editor."))
    there = {element.get("id") for element in diagram.root.iter() if element.get("id")}
    for name in sorted(str(name) for name in drawn - there):
        yield Fault(name[:60], say("A shape stands for an element that is not there."), say("Remove the shape."))
