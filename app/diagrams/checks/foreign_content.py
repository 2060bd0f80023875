"""Elements and attributes of other tools are refused: nobody here knows what they would do."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, elements, id_of, name_of, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.xml import BPMN, SPIFF
from app.floor.messages import say

level: Level = "refuse"

BPMN_DI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
COLOURS = ("http://bpmn.io/schema/bpmn/biocolor/1.0", "http://www.omg.org/spec/BPMN/non-normative/color/1.0")
KNOWN = {BPMN, SPIFF, BPMN_DI, DC, DI}
ATTRIBUTES = {
    "",
    *COLOURS,
    "http://www.w3.org/2001/XMLSchema-instance",
    "http://camunda.org/schema/modeler/1.0",
}
SPACE = "{http://www.w3.org/XML/1998/namespace}"


def check(diagram: Diagram) -> Iterator[Fault]:
    fix = say("Remove it; only BPMN, its drawing, its colours and spiffworkflow: may be in a file.")
    for element in elements(diagram.root):
        if namespace_of(element) not in KNOWN:
            message = say("%(tag)s belongs to another tool.", tag=str(element.tag)[:120])
            yield Fault(id_of(element), message, fix)
        for attribute in element.attrib:
            namespace, _, name = str(attribute).removeprefix("{").rpartition("}")
            if namespace not in ATTRIBUTES and attribute not in (f"{SPACE}lang", f"{SPACE}space"):
                message = say(
                    "The attribute %(name)s of %(tag)s belongs to another tool.", name=name, tag=name_of(element)
                )
                yield Fault(id_of(element), message, fix)
