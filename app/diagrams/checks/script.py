"""No code in a drawing: script tasks, scripts before and after a task, payload expressions, result variables."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, elements, id_of, name_of, names, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.xml import BPMN, SPIFF, Element
from app.floor.messages import say

level: Level = "refuse"

INERT = names(
    "properties property serviceTaskOperator parameters parameter instructionsForEndUser taskMetadataValues"
    " taskMetadataValue category"
)
FIX = say("Use a service task with one of the actions that are offered.")


def check(diagram: Diagram) -> Iterator[Fault]:
    for element in elements(diagram.root):
        name = name_of(element)
        if namespace_of(element) == BPMN and name == "scriptTask":
            yield Fault(id_of(element), say("Script tasks are not allowed."), FIX)
        elif namespace_of(element) == BPMN and name == "script" and not _reported(element):
            yield Fault(id_of(element), say("Scripts are not allowed."), FIX)
        elif namespace_of(element) == SPIFF and name not in INERT:
            yield Fault(id_of(element), say("%(name)s could run code and is not allowed.", name=name[:60]), FIX)
        if namespace_of(element) == SPIFF and element.get("resultVariable"):
            message = say("A result variable is not allowed; the result is a fact under the task's id.")
            yield Fault(id_of(element), message, say("Remove the result variable."))


def _reported(script: Element) -> bool:
    around = script.getparent()
    return around is not None and name_of(around) == "scriptTask"
