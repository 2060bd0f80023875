"""Steps do not lie on one another: what is hidden is not read."""

from collections.abc import Iterator
from itertools import combinations

from app.diagrams.checks.foreign_content import BPMN_DI, DC
from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "warn"

Box = tuple[float, float, float, float]


def check(diagram: Diagram) -> Iterator[Fault]:
    boxes = _boxes(diagram)
    for scope in diagram.scopes:
        steps = [n.id for n in scope.nodes.values() if n.kind != "boundaryEvent" and n.id in boxes]
        for one, other in combinations(steps, 2):
            if _overlap(boxes[one], boxes[other]):
                message = say("It lies on %(other)s.", other=other)
                yield Fault(one, message, say("Move one of them."))


def _boxes(diagram: Diagram) -> dict[str, Box]:
    boxes: dict[str, Box] = {}
    for shape in diagram.root.iter(f"{{{BPMN_DI}}}BPMNShape"):
        bounds = shape.find(f"{{{DC}}}Bounds")
        try:
            if bounds is not None:
                x, y, width, height = (float(bounds.get(name, "0")) for name in ("x", "y", "width", "height"))
                boxes[shape.get("bpmnElement", "")] = (x, y, x + width, y + height)
        except ValueError:
            continue
    return boxes


def _overlap(one: Box, other: Box) -> bool:
    """By more than a touch."""
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width > 4 and height > 4
