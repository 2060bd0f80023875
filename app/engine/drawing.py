"""The engine's own wall behind the upload check: a drawing holds only what can run, and names that cannot be mixed up.

It stops at the first fault. What a person should hear of a drawing, all at once and in their words, is the upload
check's affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from app.engine.expressions import ExpressionError, compile_expression, read_timer
from app.floor.errors import EngineError
from app.floor.messages import Say, say

BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
EXTENSION = "{http://spiffworkflow.org/bpmn/schema/1.0/core}"
TASKS = ("userTask", "serviceTask", "callActivity", "subProcess")
ELEMENTS = frozenset(
    [f"{EXTENSION}{name}" for name in ("properties", "property", "serviceTaskOperator", "parameters", "parameter")]
    + [f"{BPMN}{name}" for name in ("process", "laneSet", "lane", "flowNodeRef", "sequenceFlow", "conditionExpression")]
    + [f"{BPMN}{name}" for name in ("userTask", "serviceTask", "subProcess", "callActivity", "incoming", "outgoing")]
    + [f"{BPMN}{name}" for name in ("exclusiveGateway", "parallelGateway", "startEvent", "endEvent", "boundaryEvent")]
    + [f"{BPMN}{name}" for name in ("intermediateCatchEvent", "timerEventDefinition", "timeDate")]
    + [f"{BPMN}{name}" for name in ("messageEventDefinition", "terminateEventDefinition", "extensionElements")]
    + [f"{BPMN}{name}" for name in ("documentation", "textAnnotation", "text", "association", "group")]
)
EVENTS: Mapping[str, tuple[str, ...]] = {
    "startEvent": (),
    "endEvent": ("terminateEventDefinition",),
    "boundaryEvent": ("timerEventDefinition", "messageEventDefinition"),
    "intermediateCatchEvent": ("timerEventDefinition",),
}


def read_drawings(files: Sequence[bytes]) -> list[Any]:
    """The parsed files of one bundle. Raises EngineError (bad-diagram), with the element where there is one."""
    trees = [_tree(text) for text in files]
    tasks: set[str] = set()
    messages: set[str] = set()
    for tree in trees:
        for level in (*tree.iter(f"{BPMN}process"), *tree.iter(f"{BPMN}subProcess")):
            if len(level.findall(f"{BPMN}startEvent")) != 1:
                raise _bad(say("Exactly one start event is needed."), level)
        for element in tree.iterfind(f"{BPMN}process//*"):
            kind = str(element.tag).removeprefix(BPMN)
            _check(element, kind)
            if kind == "messageEventDefinition":
                messages.add(message_name(element))
            if kind in TASKS and element.get("id") in tasks:
                raise _bad(say("This id is used twice."), element)
            if kind in TASKS:
                tasks.add(element.get("id"))
    for twice in tasks & messages:
        raise EngineError("bad-diagram", say("A task and a message have the same name."), twice)
    return trees


def _tree(text: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        raise EngineError(
            "bad-diagram", say("The drawing cannot be read as XML (line %(line)s).", line=line)
        ) from error


def executable(tree: Any) -> list[Any]:
    """The processes of a file, but for those that are marked as not to be run."""
    return [each for each in tree.iter(f"{BPMN}process") if each.get("isExecutable") != "false"]


def message_name(definition: Any) -> str:
    """What a message event waits for. Message ids hold in their own file only: two files may use the same."""
    messages = definition.getroottree().getroot().iter(f"{BPMN}message")
    return next((each.get("name", "") for each in messages if each.get("id") == definition.get("messageRef")), "")


def _check(element: Any, kind: str) -> None:
    if element.tag not in ELEMENTS or element.get("triggeredByEvent") == "true":
        raise _bad(say("%(kind)s cannot run here.", kind=kind), element)
    if kind in EVENTS:
        _check_event(element, kind)
    if kind == "serviceTask" and element.find(f".//{EXTENSION}serviceTaskOperator") is None:
        raise _bad(say("The service task has no action."), element)
    try:
        _read_expressions(element, kind)
    except ExpressionError as error:
        raise _bad(error.detail, element) from error


def _check_event(event: Any, kind: str) -> None:
    found = [each.tag.removeprefix(BPMN) for each in event if str(each.tag).endswith("EventDefinition")]
    if len(found) > 1 or not set(found) <= set(EVENTS[kind]):
        raise _bad(say("%(kind)s cannot wait for %(found)s.", kind=kind, found=", ".join(found)), event)
    if not found and kind not in ("startEvent", "endEvent"):
        raise _bad(say("%(kind)s waits for nothing.", kind=kind), event)
    message = event.find(f"{BPMN}messageEventDefinition")
    if message is not None and not message_name(message):
        raise _bad(say("The message has no name."), event)


def _read_expressions(element: Any, kind: str) -> None:
    """Each expression is read here, so that a running case never meets one for the first time."""
    if kind == "sequenceFlow":
        for condition in element.iterchildren(f"{BPMN}conditionExpression"):
            if compile_expression(condition.text or "").type not in ("yes_no", "any"):
                raise _bad(say("%(condition)s is not yes or no.", condition=condition.text), element)
    elif kind == "serviceTask":
        for parameter in element.iter(f"{EXTENSION}parameter"):
            compile_expression(parameter.get("value", ""))
    elif kind in EVENTS:
        for timer in element.iterchildren(f"{BPMN}timerEventDefinition"):
            read_timer(timer.findtext(f"{BPMN}timeDate") or "")


def _bad(message: Say, element: Any) -> EngineError:
    return EngineError("bad-diagram", message, element.get("id"))
