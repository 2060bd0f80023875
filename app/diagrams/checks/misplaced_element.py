"""Every element stands where BPMN puts it, and once where it stands once: elsewhere each reader sees something else."""

from collections import Counter
from collections.abc import Iterator

from app.diagrams.diagram import NODES, Diagram, elements, id_of, name_of, names
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"

LEVELS = names("process subProcess transaction adHocSubProcess")
EVENTS = names("startEvent endEvent boundaryEvent intermediateCatchEvent intermediateThrowEvent")
WITHIN = {
    **dict.fromkeys(NODES, LEVELS),
    **dict.fromkeys(names("sequenceFlow textAnnotation association group dataObject dataObjectReference"), LEVELS),
    **dict.fromkeys(names("dataStoreReference laneSet"), LEVELS),
    **dict.fromkeys(names("process collaboration message signal error escalation BPMNDiagram"), names("definitions")),
    **dict.fromkeys(names("timerEventDefinition messageEventDefinition terminateEventDefinition"), EVENTS),
    **dict.fromkeys(names("properties serviceTaskOperator"), names("extensionElements")),
    "participant": names("collaboration"),
    "lane": names("laneSet childLaneSet"),
    "childLaneSet": names("lane"),
    "flowNodeRef": names("lane"),
    "incoming": NODES,
    "outgoing": NODES,
    "conditionExpression": names("sequenceFlow"),
    "timeDate": names("timerEventDefinition"),
    "text": names("textAnnotation"),
    "property": names("properties"),
    "parameters": names("serviceTaskOperator"),
    "parameter": names("parameters"),
    "BPMNPlane": names("BPMNDiagram"),
    "BPMNShape": names("BPMNPlane"),
    "BPMNEdge": names("BPMNPlane"),
    "BPMNLabel": names("BPMNShape BPMNEdge"),
    "Bounds": names("BPMNShape BPMNLabel"),
    "waypoint": names("BPMNEdge"),
}
NOT_WITHIN = names(
    "parameter property parameters properties serviceTaskOperator conditionExpression timeDate flowNodeRef"
)
"""Elements that hold nothing of what may stand anywhere, such as documentation."""
ONCE = names(
    "extensionElements conditionExpression timeDate serviceTaskOperator properties parameters collaboration laneSet"
    " BPMNDiagram BPMNPlane"
)


def check(diagram: Diagram) -> Iterator[Fault]:
    for element in elements(diagram.root):
        around = element.getparent()
        name, holder = name_of(element), "" if around is None else name_of(around)
        free = name not in WITHIN
        if (not free and holder not in WITHIN[name]) or (free and holder in NOT_WITHIN):
            message = say("%(element)s does not belong into %(holder)s.", element=name[:60], holder=holder[:60])
            yield Fault(id_of(element), message, say("Draw it again in the editor."))
        inside = Counter(name_of(child) for child in element.iterchildren("{*}*"))
        for twice in sorted(child for child, often in inside.items() if often > 1 and child in ONCE):
            message = say("%(element)s stands more than once here.", element=twice)
            yield Fault(id_of(element), message, say("Draw it again in the editor."))
