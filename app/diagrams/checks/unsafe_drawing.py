"""Coordinates are finite numbers of a sheet, and colours are colours: a viewer must be able to draw the file."""

import math
import re
from collections.abc import Iterator

from app.diagrams.checks.foreign_content import BPMN_DI, COLOURS, DC, DI
from app.diagrams.diagram import Diagram, elements, id_of, name_of, names, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.xml import Element
from app.floor.messages import say

level: Level = "refuse"

FARTHEST = 100_000
COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,20}|rgb\(\s*\d{1,3}(?:\s*,\s*\d{1,3}){2}\s*\)")
DRAWN = names("BPMNDiagram BPMNPlane BPMNShape BPMNEdge BPMNLabel BPMNLabelStyle Bounds Font waypoint extension")


def check(diagram: Diagram) -> Iterator[Fault]:
    again = say("Draw the element again in the editor.")
    for element in elements(diagram.root):
        name = name_of(element)
        if namespace_of(element) in (BPMN_DI, DC, DI) and name not in DRAWN:
            yield Fault(id_of(element), say("%(name)s is not known in a drawing.", name=name[:60]), again)
        if name in ("Bounds", "waypoint") and not _on_the_sheet(element):
            yield Fault(_shown(element), say("The coordinates cannot be drawn."), again)
        for attribute, value in element.attrib.items():
            if str(attribute)[1:].partition("}")[0] in COLOURS and not COLOUR.fullmatch(str(value)):
                message = say("%(value)s is no colour.", value=value[:40])
                yield Fault(_shown(element), message, say("Choose the colour again."))


def _shown(element: Element) -> str | None:
    """The element that the shape or edge stands for."""
    around = [element, *element.iterancestors()]
    return next((str(one.get("bpmnElement")) for one in around if one.get("bpmnElement")), None)


def _on_the_sheet(element: Element) -> bool:
    try:
        place = [float(element.get(name, "0")) for name in ("x", "y")]
        size = [float(element.get(name, "1")) for name in ("width", "height")]
    except ValueError:
        return False
    return all(math.isfinite(n) and abs(n) <= FARTHEST for n in place + size) and min(size) >= 0
