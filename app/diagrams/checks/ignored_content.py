"""What the engine would pass over without a word has no place in a published diagram: unknown properties, notes of
other tools, data objects."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, elements, id_of, name_of, names, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.xml import BPMN, SPIFF
from app.engine.vocabulary import PROPERTIES
from app.floor.messages import say

level: Level = "publish"

USED = names("properties property serviceTaskOperator parameters parameter")
DATA = names("dataObject dataObjectReference dataStoreReference dataState signal error escalation")


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.nodes:
        for name in node.properties:
            general = "lane.*" if name.startswith("lane.") else name
            if general not in PROPERTIES or node.kind not in PROPERTIES[general].on:
                message = say("The property %(name)s means nothing here.", name=name[:60])
                yield Fault(node.id, message, say("Remove it."))
        if node.kind != "serviceTask" and node.action is not None:
            yield Fault(node.id, say("Only a service task has an action."), say("Remove the action."))
        if node.default is not None and node.default not in [flow.id for flow in scope.out(node.id)]:
            yield Fault(node.id, say("The default flow does not leave this gateway."), say("Choose the default again."))
    for element in elements(diagram.root):
        name, space = name_of(element), namespace_of(element)
        if (space == SPIFF and name not in USED) or (space == BPMN and name in DATA):
            message = say("%(name)s is ignored.", name=name[:60])
            yield Fault(id_of(element), message, say("Remove it; texts for people stand in the forms file."))
