"""Definitions: a process with everything that it calls, read once and known by the hash of its text."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from lxml import etree
from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from app.engine.elements import BPMN, EXTENSION, Action, CallActivity, Message, Parser, SubProcess, UserTask
from app.engine.expressions import ExpressionError, compile_expression, read_timer
from app.errors import EngineError

MAX_KNOWN = 256
_known: OrderedDict[str, Bundle] = OrderedDict()
_lock = threading.Lock()


class Bundle:
    """Shared by all cases that run it and never changed. `key` names it in saved states."""

    def __init__(self, key: str, process_id: str, files: Sequence[bytes]):
        """Use `load`. Raises EngineError (bad-diagram) for whatever cannot run."""
        trees = [_tree(text) for text in files]
        _inspect(trees)
        parser = Parser()
        try:
            for tree in trees:
                parser.add_bpmn_xml(tree)
            self.spec = parser.get_spec(process_id)
            self.called: dict[str, Any] = parser.get_subprocess_specs(process_id)
        except ValidationException as error:
            raise EngineError("bad-diagram", str(error), error.id) from error
        except Exception as error:  # the engine's seam: its parser raises anything at all
            raise EngineError("bad-diagram", f"{type(error).__name__}: {error}") from error
        self.key, self.process_id = key, process_id
        self.process_at = {process_id: process_id}
        self.inside: dict[str, frozenset[str]] = {}
        self._elements: dict[str, tuple[str, Any]] = {}
        self._survey(self.spec, ())

    @classmethod
    def load(cls, process_id: str, files: Sequence[bytes]) -> Bundle:
        """The bundle of these texts; parsed only when this program has not met them yet."""
        digest = hashlib.sha256(process_id.encode())
        for each in sorted(hashlib.sha256(text).digest() for text in files):
            digest.update(each)
        key = digest.hexdigest()[:32]
        with _lock:
            if key not in _known:
                _known[key] = cls(key, process_id, files)
                if len(_known) > MAX_KNOWN:
                    _known.popitem(last=False)
            _known.move_to_end(key)
            return _known[key]

    @staticmethod
    def get(key: str) -> Bundle | None:
        """A bundle that was loaded before; None when it must be loaded (again)."""
        with _lock:
            if key in _known:
                _known.move_to_end(key)
            return _known.get(key)

    @property
    def user_tasks(self) -> frozenset[str]:
        return frozenset(name for name, (_, element) in self._elements.items() if isinstance(element, UserTask))

    def elements_with(self, action: str) -> list[str]:
        """The service tasks, anywhere in the bundle, that ask for this action."""
        return [name for name, (_, element) in self._elements.items() if getattr(element, "action", None) == action]

    def process_of(self, element: str) -> str:
        """The process in which a task, service task, box or call is drawn."""
        return self._elements[element][0]

    def _survey(self, level: Any, above: tuple[str, ...]) -> frozenset[str]:
        """Note which process each element belongs to, and which facts arise inside each box and call. `process_at`
        and `inside` are keyed by the name of a level: a process id or the id of a box."""
        if level.name in above:
            raise EngineError("bad-diagram", "a process calls itself", level.name)
        process, facts = self.process_at[level.name], set()
        for name, element in level.task_specs.items():
            if isinstance(element, UserTask | Action | SubProcess | CallActivity):
                self._elements[name] = process, element
                facts.add(name)
            if isinstance(getattr(element, "event_definition", None), Message):
                facts.add(element.event_definition.name)
            if isinstance(element, SubProcess | CallActivity):
                self.process_at[element.spec] = element.spec if isinstance(element, CallActivity) else process
                facts |= self._survey(self.called[element.spec], (*above, level.name))
        self.inside[level.name] = frozenset(facts)
        return self.inside[level.name]


ELEMENTS = frozenset(
    [f"{EXTENSION}{name}" for name in ("properties", "property", "serviceTaskOperator", "parameters", "parameter")]
    + [f"{BPMN}{name}" for name in ("process", "laneSet", "lane", "flowNodeRef", "sequenceFlow", "conditionExpression")]
    + [f"{BPMN}{name}" for name in ("userTask", "serviceTask", "subProcess", "callActivity", "incoming", "outgoing")]
    + [f"{BPMN}{name}" for name in ("exclusiveGateway", "parallelGateway", "startEvent", "endEvent", "boundaryEvent")]
    + [f"{BPMN}{name}" for name in ("intermediateCatchEvent", "timerEventDefinition", "timeDate")]
    + [f"{BPMN}{name}" for name in ("messageEventDefinition", "terminateEventDefinition", "extensionElements")]
    + [f"{BPMN}{name}" for name in ("documentation", "textAnnotation", "text", "association", "group")]
)
EVENTS = {
    "startEvent": (),
    "endEvent": ("terminateEventDefinition",),
    "boundaryEvent": ("timerEventDefinition", "messageEventDefinition"),
    "intermediateCatchEvent": ("timerEventDefinition",),
}


def _tree(text: bytes) -> Any:
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise EngineError("bad-diagram", f"cannot be read: {error}") from error


def _inspect(trees: list[Any]) -> None:
    """The engine's own wall behind the upload check: only what can run, and names that cannot be mixed up."""
    tasks: set[str] = set()
    messages: set[str] = set()
    for tree in trees:
        names = {each.get("id"): each.get("name") for each in tree.iter(f"{BPMN}message")}
        messages |= {name for name in names.values() if name}
        for level in (*tree.iter(f"{BPMN}process"), *tree.iter(f"{BPMN}subProcess")):
            if len(level.findall(f"{BPMN}startEvent")) != 1:
                raise EngineError("bad-diagram", "one start event is needed", level.get("id"))
        for element in tree.iterfind(f"{BPMN}process//*"):
            here, name = element.get("id"), str(element.tag).removeprefix(BPMN)
            if element.tag not in ELEMENTS or element.get("triggeredByEvent") == "true":
                raise EngineError("bad-diagram", f"{name} cannot run here", here)
            if name in ("userTask", "serviceTask", "callActivity", "subProcess"):
                if here in tasks:
                    raise EngineError("bad-diagram", "this id is used twice", here)
                tasks.add(here)
            if name in EVENTS:
                _inspect_event(element, name, names)
            if name == "serviceTask" and element.find(f".//{EXTENSION}serviceTaskOperator") is None:
                raise EngineError("bad-diagram", "a service task without an action", here)
            _inspect_expressions(element, name)
    for twice in tasks & messages:
        raise EngineError("bad-diagram", "a task and a message have the same name", twice)


def _inspect_event(event: Any, name: str, messages: dict[str, str | None]) -> None:
    found = [each.tag.removeprefix(BPMN) for each in event if str(each.tag).endswith("EventDefinition")]
    if (
        len(found) > 1
        or not set(found) <= set(EVENTS[name])
        or (name != "startEvent" and name != "endEvent" and not found)
    ):
        raise EngineError("bad-diagram", f"{name} cannot wait for {', '.join(found) or 'nothing'}", event.get("id"))
    message = event.find(f"{BPMN}messageEventDefinition")
    if message is not None and not messages.get(message.get("messageRef")):
        raise EngineError("bad-diagram", "a message without a name", event.get("id"))


def _inspect_expressions(element: Any, name: str) -> None:
    """Each expression is read here, so that a running case never meets one for the first time."""
    try:
        if name == "sequenceFlow":
            for condition in element.iterchildren(f"{BPMN}conditionExpression"):
                if compile_expression(condition.text or "").type not in ("yes_no", "any"):
                    raise EngineError("bad-diagram", f"{condition.text!r} is not yes or no", element.get("id"))
        elif name == "serviceTask":
            for parameter in element.iter(f"{EXTENSION}parameter"):
                compile_expression(parameter.get("value", ""))
        elif name in EVENTS:
            for timer in element.iterchildren(f"{BPMN}timerEventDefinition"):
                read_timer(timer.findtext(f"{BPMN}timeDate") or "")
    except ExpressionError as error:
        raise EngineError("bad-diagram", str(error), element.get("id")) from error
