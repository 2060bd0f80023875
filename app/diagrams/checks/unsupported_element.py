"""Elements that the engine ignores, misreads or waits at forever are refused, and those that BPMN does not know."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, children, elements, id_of, is_bpmn, name_of, names, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.xml import BPMN, Element
from app.floor.messages import Say, say

level: Level = "refuse"

DRAWN = names(
    "definitions process documentation incoming outgoing sequenceFlow conditionExpression extensionElements laneSet"
    " lane flowNodeRef childLaneSet collaboration participant message startEvent endEvent userTask serviceTask"
    " exclusiveGateway parallelGateway boundaryEvent intermediateCatchEvent subProcess callActivity"
    " timerEventDefinition timeDate messageEventDefinition terminateEventDefinition textAnnotation text association"
    " group category categoryValue dataObject dataObjectReference dataStoreReference dataState signal error escalation"
)
SCRIPTS = frozenset({"scriptTask", "script"})
TIMES = frozenset({"timeDuration", "timeCycle"})
EVENTS = {
    "startEvent": frozenset[str](),
    "endEvent": frozenset({"terminateEventDefinition"}),
    "boundaryEvent": frozenset({"timerEventDefinition", "messageEventDefinition"}),
    "intermediateCatchEvent": frozenset({"timerEventDefinition"}),
}
USER_TASK = say("Draw a user task, or a service task with an action.")
GATEWAY = say("Use an exclusive gateway, or a parallel one in a sub-process of its own.")
TIMER = say("Use a timer with deadline('…') or before_deadline('…'), or a message of the person who acts.")
FIXES = {
    "task": USER_TASK,
    "manualTask": USER_TASK,
    "sendTask": USER_TASK,
    "receiveTask": USER_TASK,
    "businessRuleTask": say("Draw the decision as an exclusive gateway."),
    "inclusiveGateway": GATEWAY,
    "complexGateway": GATEWAY,
    "eventBasedGateway": say("Put boundary events on the task that waits."),
    "intermediateThrowEvent": say("Draw a service task with an action."),
    "transaction": say("Draw a plain sub-process."),
    "adHocSubProcess": say("Draw a plain sub-process."),
    "multiInstanceLoopCharacteristics": say("Ask several people by side tasks of the task, not by repeating it."),
    "standardLoopCharacteristics": say("Draw the loop with an exclusive gateway."),
    "messageFlow": say("Remove it; other departments act through their own lanes."),
}
OTHERWISE = say("Remove it, or draw it with elements that can run.")


def check(diagram: Diagram) -> Iterator[Fault]:
    for element in elements(diagram.root):
        if namespace_of(element) != BPMN:
            continue
        name = name_of(element)
        if name not in DRAWN | SCRIPTS | TIMES and not is_inside_another(element):
            message = say("%(element)s cannot run here.", element=name[:60])
            yield Fault(id_of(element), message, _fix(name))
        for reason in _odd(element, name):
            yield Fault(id_of(element), reason, OTHERWISE)
        if name in EVENTS:
            yield from _events(element, EVENTS[name])


def is_inside_another(element: Element) -> bool:
    """Whether the element around it is reported already."""
    around = element.getparent()
    return around is not None and namespace_of(around) == BPMN and name_of(around) not in DRAWN | SCRIPTS | TIMES


def _fix(name: str) -> Say:
    return TIMER if name.endswith("EventDefinition") else FIXES.get(name, OTHERWISE)


def _odd(element: Element, name: str) -> Iterator[Say]:
    if name in ("dataObject", "dataState") and element.get("isCollection") == "true":
        yield say("A collection of data objects cannot run here.")
    if element.get("triggeredByEvent", "false") != "false":
        yield say("A sub-process started by an event cannot run here.")
    if element.get("isForCompensation", "false") != "false":
        yield say("Compensation cannot run here.")
    if element.get("startQuantity", "1") != "1" or element.get("completionQuantity", "1") != "1":
        yield say("Quantities of tokens are ignored by the engine.")


def _events(event: Element, allowed: frozenset[str]) -> Iterator[Fault]:
    found = [name_of(child) for child in children(event) if name_of(child).endswith("EventDefinition")]
    for name in found:
        if name in DRAWN and name not in allowed:
            message = say("%(event)s cannot carry %(kind)s.", event=name_of(event), kind=name)
            yield Fault(id_of(event), message, TIMER)
    if len(found) > 1:
        yield Fault(id_of(event), say("An event waits for one thing only."), TIMER)
    if not found and is_bpmn(event, "boundaryEvent", "intermediateCatchEvent"):
        yield Fault(id_of(event), say("The event waits for nothing."), TIMER)
