"""The BPMN elements that can run, and how they are read from a file. There is nothing else to run.

Engine data stays empty: the elements tell the case's door (the `script_engine` of their workflow) what they pass, and
ask it for conditions and actions.
"""

from __future__ import annotations

from typing import Any

from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser, full_tag
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EndEventParser,
    IntermediateCatchEventParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import (
    CallActivityParser,
    ConditionalGatewayParser,
    GatewayParser,
    SubWorkflowParser,
)
from SpiffWorkflow.bpmn.parser.TaskParser import TaskParser
from SpiffWorkflow.bpmn.specs import defaults
from SpiffWorkflow.bpmn.specs.event_definitions.base import EventDefinition
from SpiffWorkflow.bpmn.specs.event_definitions.simple import NoneEventDefinition, TerminateEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.bpmn_spec_mixin import BpmnSpecMixin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.drawing import BPMN, EXTENSION, message_name
from app.engine.expressions import read_timer
from app.floor.errors import EngineError
from app.floor.messages import say


class UserTask(defaults.UserTask):
    """A step that waits for a person. What may come after it is not foreseen before the person has answered."""

    def _predict(self, my_task: Task, *_: Any, **__: Any) -> None:
        pass

    def _run_hook(self, my_task: Task) -> bool:
        super()._predict(my_task, mask=TaskState.NOT_FINISHED_MASK)
        return bool(super()._run_hook(my_task))

    def _on_ready_hook(self, my_task: Task) -> None:
        super()._on_ready_hook(my_task)
        my_task.workflow.script_engine.opened(my_task)


class ActionTask(BpmnSpecMixin):
    """A service task: the case's host does what it names."""

    def __init__(self, wf_spec: Any, name: str, action: str, parameters: dict[str, str], **kwargs: Any):
        super().__init__(wf_spec, name, **kwargs)
        self.action, self.parameters = action, parameters

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.script_engine.act(my_task)
        return True


class SubProcess(defaults.SubWorkflowTask):
    """A box in the drawing."""


class CallActivity(defaults.CallActivity):
    """Another process, run inside this one; how it ended becomes a fact."""

    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.script_engine.returned(my_task)
        return bool(super()._run_hook(my_task))


class EndEvent(defaults.EndEvent):
    def _run_hook(self, my_task: Task) -> bool:
        my_task.workflow.outcome = self.extensions.get("outcome") or my_task.workflow.outcome
        return bool(super()._run_hook(my_task))


class ExclusiveGateway(defaults.ExclusiveGateway):
    """One way is taken. None is foreseen before: the engine would lay them all out and take all but one back."""

    def _predict_hook(self, my_task: Task) -> None:
        pass

    def _run_hook(self, my_task: Task) -> bool:
        """Refuses two true conditions: the engine would take the one that is drawn higher. Refuses none, too."""
        true = [(each.args[0], to) for each, to in self.cond_task_specs if each is not None and each._matches(my_task)]
        if len(true) > 1:
            told = say("Two conditions are true: %(one)s and %(other)s.", one=true[0][0], other=true[1][0])
            raise EngineError("expression", told, self.name)
        if not true and self.default_task_spec is None:
            raise EngineError("expression", say("No condition is true and there is no default."), self.name)
        way = true[0][1] if true else self.default_task_spec
        my_task._sync_children([self._wf_spec.get_task_spec_from_name(way)], TaskState.FUTURE)
        for child in my_task.children:
            child.task_spec._predict(child, mask=TaskState.FUTURE | TaskState.PREDICTED_MASK)
        return True


class Awaited(EventDefinition):
    """What an event waits for. It is thrown at exactly one waiting task, never by name or by the machine's clock."""

    def catches(self, my_task: Task, event: Any) -> bool:
        return event.payload is my_task


class Message(Awaited):
    """A person's action on an open task."""


class Clock(Awaited):
    """A due moment of a rule. When it comes is the host's affair; the host then fires the timer."""

    def __init__(self, name: str, rule: str, kind: str, on: str):
        super().__init__(name)
        self.rule, self.kind, self.on = rule, kind, on


class _Element(TaskParser):
    def __init__(self, *args: Any, **kwargs: Any):
        """An element in a box is in its own lane, where the drawing gives it one, else in that of the box."""
        super().__init__(*args, **kwargs)
        self.lane: str | None = self.process_parser.get_lane_name(self.bpmn_id) or self.lane

    def parse_extensions(self, node: Any = None) -> dict[str, str]:
        """The properties of an element, by name."""
        return {
            each.get("name"): each.get("value", "")
            for each in self.node.findall(f"{BPMN}extensionElements/{EXTENSION}properties/{EXTENSION}property")
        }


class _Action(_Element):
    def create_task(self) -> ActionTask:
        operator = self.node.find(f"{BPMN}extensionElements/{EXTENSION}serviceTaskOperator")
        parameters = {each.get("id"): each.get("value", "") for each in operator.iter(f"{EXTENSION}parameter")}
        return ActionTask(self.spec, self.bpmn_id, operator.get("id"), parameters, **self.bpmn_attributes)


class _Event(_Element):
    def get_event_definition(self, xpaths: list[str]) -> EventDefinition:
        node = self.node
        for definition in node.iterchildren(f"{BPMN}*"):
            match definition.tag.removeprefix(BPMN):
                case "terminateEventDefinition":
                    return TerminateEventDefinition()
                case "messageEventDefinition":
                    return Message(message_name(definition))
                case "timerEventDefinition":
                    rule, kind = read_timer(definition.findtext(f"{BPMN}timeDate"))
                    return Clock(self.bpmn_id, rule, kind, node.get("attachedToRef", self.bpmn_id))
        return NoneEventDefinition()


class _SubProcess(_Element, SubWorkflowParser):
    pass


class _CallActivity(_Element, CallActivityParser):
    pass


class _Exclusive(_Element, ConditionalGatewayParser):
    pass


class _Parallel(_Element, GatewayParser):
    pass


class _Start(_Event, StartEventParser):
    pass


class _End(_Event, EndEventParser):
    pass


class _Boundary(_Event, BoundaryEventParser):
    pass


class _Intermediate(_Event, IntermediateCatchEventParser):
    pass


class SpecParser(BpmnParser):
    """Reads files that hold nothing but the elements above."""

    PARSER_CLASSES = {
        full_tag(name): classes
        for name, classes in {
            "startEvent": (_Start, defaults.StartEvent),
            "endEvent": (_End, EndEvent),
            "userTask": (_Element, UserTask),
            "serviceTask": (_Action, ActionTask),
            "subProcess": (_SubProcess, SubProcess),
            "callActivity": (_CallActivity, CallActivity),
            "exclusiveGateway": (_Exclusive, ExclusiveGateway),
            "parallelGateway": (_Parallel, defaults.ParallelGateway),
            "boundaryEvent": (_Boundary, defaults.BoundaryEvent),
            "intermediateCatchEvent": (_Intermediate, defaults.IntermediateCatchEvent),
        }.items()
    }
