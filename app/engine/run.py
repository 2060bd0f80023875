"""One case: start, complete, act, fire, save, restore.

The host keeps task rows, timer rows and facts in tables of its own; the engine only knows where the case stands.

    run, changes = Run.start(bundle, host, {"application": {...}})
    changes = run.complete(task_id, {"decision": "refuse"})
    state, facts = run.save(), run.facts        # both into one transaction, or neither
    run = Run.restore(state, host, facts)

After an error the run is broken and cannot be saved: drop it, the stored state is still the old one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import BasePythonScriptEngineEnvironment
from SpiffWorkflow.bpmn.specs.control import BoundaryEventSplit
from SpiffWorkflow.bpmn.util import BpmnEvent
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.bundle import Bundle
from app.engine.compaction import trim
from app.engine.expressions import ExpressionError, Functions, evaluate
from app.engine.serializer import Running, dump, load
from app.engine.specs import Clock, Message
from app.floor.errors import EngineError, Invalid, Void, unforeseen
from app.floor.messages import say

MAX_AUTOMATIC_STEPS = 300
"""Between two rests; a diagram that needs more runs in a circle."""
MAX_STEPS_KEPT = 1_000
"""Finished and open ones together. Below a thousand levels the engine would no longer see the open ones."""


class Host(Protocol):
    """What a running case needs from outside."""

    def rule(self, key: str) -> Any:
        """The value of a rule key."""

    def involves(self, level: str) -> bool:
        """Whether some party of the case has this level."""

    def act(
        self, name: str, element: str, parameters: Mapping[str, Any], timer: str | None
    ) -> Mapping[str, Any] | None:
        """Do an action of the vocabulary. What it returns becomes the fact of `element`. `timer` is the element of the
        timer on whose path it runs, if it runs on one."""


@dataclass(frozen=True, slots=True)
class OpenTask:
    id: str
    element: str
    process: str
    """The process whose forms file describes the task."""
    lane: str | None
    """Bound by the callers: `claimant` of a dispute may be `applicant` here."""
    actions: tuple[str, ...]
    """Messages that can be taken on this task now."""


@dataclass(frozen=True, slots=True)
class RunningTimer:
    id: str
    element: str
    on: str
    """The task, box or call that it is attached to; an intermediate timer stands for itself."""
    rule: str
    kind: str
    """`deadline` or `before_deadline`."""
    interrupting: bool


@dataclass(slots=True)
class Changes:
    """What one step has changed. `closed` and `disarmed` leave out the task completed and the timer fired."""

    opened: list[OpenTask] = field(default_factory=list)
    closed: list[OpenTask] = field(default_factory=list)
    armed: list[RunningTimer] = field(default_factory=list)
    disarmed: list[RunningTimer] = field(default_factory=list)
    completed: bool = False
    outcome: str | None = None
    """Of the end event that the case ended with."""
    open: list[OpenTask] = field(default_factory=list)
    """All that are open now."""
    passed: list[tuple[str, str]] = field(default_factory=list)
    """What happened, in order: ('done', task), ('action', element), ('opens', task), ('message', name),
    ('fired', timer). Clocks are booked by it."""
    forgotten: dict[str, Any] = field(default_factory=dict)
    """Facts that a box or a call has dropped on being entered again, with their last value: an answer given in this
    very step may be among them."""


class _NoPython(BasePythonScriptEngineEnvironment):
    """Some paths of the engine ask the environment past the script engine."""

    def evaluate(self, expression: str, context: Any, external_context: Any = None) -> Any:
        raise EngineError("bad-diagram", say("Only expressions of the closed language are run."))

    execute = evaluate

    def call_service(self, context: Any, **kwargs: Any) -> Any:
        raise EngineError("bad-diagram", say("Only actions of the vocabulary are run."))


_NO_PYTHON = _NoPython()


class _Door(PythonScriptEngine):
    """All that passes between diagram and case. The elements call it while the engine moves."""

    def __init__(self, run: Run):
        super().__init__(_NO_PYTHON)
        self.run = run
        host, facts = run.host, run.facts
        self.functions: Functions = {
            "rule": host.rule,
            "involves": host.involves,
            "answered": facts.__contains__,
            "len": len,
        }
        self.timer: str | None = None
        self.acting: tuple[str, str] | None = None
        """The element and the action that the host is carrying out just now."""
        self.passed: list[tuple[str, str]] = []
        self.forgotten: dict[str, Any] = {}

    def evaluate(self, task: Task, expression: str, external_context: Any = None) -> bool:
        value = self._value(expression, task.task_spec.name)
        if value is True or value is False:
            return bool(value)
        told = say("%(expression)s is %(value)s, not yes or no.", expression=expression, value=repr(value)[:60])
        raise EngineError("expression", told, task.task_spec.name)

    def execute(self, task: Task, script: str, external_context: Any = None) -> bool:
        raise EngineError("bad-diagram", say("Scripts are not run."), task.task_spec.name)

    def _value(self, expression: str, element: str) -> Any:
        try:
            return evaluate(expression, self.run.facts, self.functions)
        except ExpressionError as error:
            told = say("%(expression)s: %(why)s", expression=expression, why=error.detail)
            raise EngineError("expression", told, element) from error

    def act(self, task: Task) -> None:
        element, name = task.task_spec.name, task.task_spec.action
        parameters = {key: self._value(source, element) for key, source in task.task_spec.parameters.items()}
        self.acting = element, name
        result = self.run.host.act(name, element, parameters, self.timer)
        self.acting = None
        if result is not None:
            self.run.facts[element] = dict(result)
        self.passed.append(("action", element))

    def failure(self, error: Exception) -> Exception:
        """As what the step failed: an action by its element, an error of our own as it is, anything else in general."""
        if isinstance(error, Void):
            return error
        if self.acting is not None:
            element, action = self.acting
            told = say("The action %(action)s failed: %(why)s", action=action, why=unforeseen(error))
            return EngineError("action-failed", told, element)
        return error if isinstance(error, EngineError) else EngineError("engine-failed", unforeseen(error))

    def opened(self, task: Task) -> None:
        self.passed.append(("opens", task.task_spec.name))

    def entered(self, caller: Task, box: str) -> None:
        """No answers of an earlier round in a box or a called process, nor how that round ended."""
        facts = self.run.facts
        for name in (self.run.bundle.inside[box] | {caller.task_spec.name}) & facts.keys():
            self.forgotten[name] = facts.pop(name)

    def returned(self, task: Task) -> None:
        outcome = self.run.running.subprocesses[task.id].outcome
        if outcome is not None:
            self.run.facts[task.task_spec.name] = {"outcome": outcome}


class Run:
    """A case in memory, for the length of one request. `facts` is the dict that was given, kept up to date while the
    case moves, so that the host sees in an action what was answered in this very step; store it with the state."""

    running: Running

    def __init__(self, host: Host, facts: dict[str, Any]):
        """Use `start` or `restore`."""
        self.host, self.facts = host, facts
        self.broken = False
        self._door = _Door(self)

    @classmethod
    def start(cls, bundle: Bundle, host: Host, facts: dict[str, Any]) -> tuple[Run, Changes]:
        run = cls(host, facts)
        run.running = Running(bundle, run._door)
        run.running.begin()
        return run, run._step(lambda: None)

    @classmethod
    def restore(cls, state: bytes, host: Host, facts: dict[str, Any], bundle: Bundle | None = None) -> Run:
        """The case as it was saved. Raises EngineError unknown-bundle when its bundle was not loaded in this program
        (load it and give it), unknown-codec when a later program has written the state."""
        run = cls(host, facts)
        run.running = load(state, run._door, bundle)
        return run

    def save(self) -> bytes:
        self._usable()
        return dump(self.running)

    @property
    def bundle(self) -> Bundle:
        return self.running.bundle

    @property
    def completed(self) -> bool:
        return bool(self.running.completed)

    @property
    def outcome(self) -> str | None:
        return self.running.outcome if self.completed else None

    def complete(self, task_id: str, answer: Mapping[str, Any]) -> Changes:
        """A person has answered an open task; the answer becomes the fact of that element."""
        self._usable()
        task = self._open(task_id)
        if task is None:
            raise EngineError("task-not-open", say("The task %(task)s is not open.", task=task_id))

        def answered() -> None:
            self.facts[task.task_spec.name] = dict(answer)
            self._door.passed.append(("done", task.task_spec.name))
            task.run()

        return self._step(answered, task_id)

    def act(self, task_id: str, message: str, data: Mapping[str, Any] | None = None) -> Changes:
        """A person takes an action that the diagram offers on an open task; its data become the fact `message`."""
        self._usable()
        task = self._open(task_id)
        event = self._messages(task).get(message) if task else None
        if event is None:
            told = say("%(action)s cannot be done now.", action=message)
            raise EngineError("action-not-offered", told, task.task_spec.name if task else None)

        def acted() -> None:
            self.facts[message] = dict(data or {})
            self._door.passed.append(("message", message))
            self._throw_at(event)

        return self._step(acted)

    def fire(self, timer_id: str) -> Changes:
        """Make exactly this timer fire; the host calls it when the timer is due by its own clock."""
        self._usable()
        event = self._find(timer_id)
        if event is None or event.state != TaskState.WAITING or not isinstance(_awaited(event), Clock):
            raise EngineError("timer-not-armed", say("The timer %(timer)s is not armed.", timer=timer_id))

        def fired() -> None:
            self._door.timer = event.task_spec.name
            self._door.passed.append(("fired", event.task_spec.name))
            self._throw_at(event)

        return self._step(fired, timer_id)

    def tasks(self) -> list[OpenTask]:
        return [
            OpenTask(
                task.id,
                task.task_spec.name,
                self.bundle.process_at[task.workflow.spec.name],
                self._lane(task),
                tuple(self._messages(task)),
            )
            for task in self.running.in_state(TaskState.READY)
            if task.task_spec.manual
        ]

    def timers(self) -> list[RunningTimer]:
        found = []
        for task in self.running.in_state(TaskState.WAITING):
            clock = _awaited(task)
            if isinstance(clock, Clock):
                interrupting = getattr(task.task_spec, "cancel_activity", False)
                found.append(RunningTimer(task.id, clock.name, clock.on, clock.rule, clock.kind, interrupting))
        return found

    def _step(self, change: Callable[[], None], used: str | None = None) -> Changes:
        """Make one change, let the case come to rest, and say what is different."""
        tasks, timers = self.tasks(), self.timers()
        door = self._door
        door.passed, door.forgotten, door.timer = [], {}, None
        self.broken = True
        try:
            change()
            self._settle()
        except Invalid:
            raise  # what an action does not take is told to whoever answered, field by field
        except Exception as error:  # the engine's seam: whatever it or an action raises becomes an EngineError
            failure = door.failure(error)
            if failure is error:
                raise
            raise failure from error
        tasks_now, timers_now = self.tasks(), self.timers()
        if not (self.completed or tasks_now or timers_now):
            told = say("Nothing is open and the case is not at its end: a branch missed its join.")
            raise EngineError("stuck", told)
        if sum(len(level.tasks) for level in self.running.levels()) > MAX_STEPS_KEPT:
            trim(self.running)
        self.broken = False
        return Changes(
            opened=_missing(tasks_now, tasks),
            closed=_missing(tasks, tasks_now, used),
            armed=_missing(timers_now, timers),
            disarmed=_missing(timers, timers_now, used),
            completed=self.completed,
            outcome=self.outcome,
            open=tasks_now,
            passed=door.passed,
            forgotten=door.forgotten,
        )

    def _settle(self) -> None:
        """Run what needs no person, one element at a time, until nothing is left."""
        steps = 0
        while task := next(filter(_is_automatic, self.running.in_state(TaskState.READY)), None):
            steps += 1
            if steps > MAX_AUTOMATIC_STEPS:
                raise EngineError("endless", say("The diagram does not come to rest."), task.task_spec.name)
            task.run()

    def _throw_at(self, event: Task) -> None:
        self.running.send_event(BpmnEvent(_awaited(event), payload=event, target=event.workflow))

    def _usable(self) -> None:
        if self.broken:
            raise EngineError("broken-run", say("An earlier step failed; restore the stored state."))

    def _find(self, task_id: str) -> Task | None:
        return next((level.tasks[task_id] for level in self.running.levels() if task_id in level.tasks), None)

    def _open(self, task_id: str) -> Task | None:
        task = self._find(task_id)
        return task if task and task.state == TaskState.READY and task.task_spec.manual else None

    def _caller(self, task: Task) -> Task | None:
        """The call or box that this step runs in."""
        inside = task.workflow.parent_task_id
        return self.running.get_task_from_id(inside) if inside else None

    def _lane(self, task: Task) -> str | None:
        lane: str | None = task.task_spec.extensions.get("lane") or task.task_spec.lane
        caller = self._caller(task)
        while caller is not None:
            lane = caller.task_spec.extensions.get(f"lane.{lane}", lane) or caller.task_spec.lane
            caller = self._caller(caller)
        return lane

    def _messages(self, task: Task | None) -> dict[str, Task]:
        """The messages that can be taken on this step and on all that it runs in; the inner one wins."""
        found: dict[str, Task] = {}
        while task is not None:
            split = task.parent
            if split is not None and isinstance(split.task_spec, BoundaryEventSplit):
                for event in split.children:
                    if event.state == TaskState.WAITING and isinstance(_awaited(event), Message):
                        found.setdefault(_awaited(event).name, event)
            task = self._caller(task)
        return found


def _is_automatic(task: Task) -> bool:
    return not task.task_spec.manual


def _awaited(task: Task) -> Any:
    return getattr(task.task_spec, "event_definition", None)


def _missing(these: list[Any], others: list[Any], used: str | None = None) -> list[Any]:
    known = {other.id for other in others}
    return [each for each in these if each.id not in known and each.id != used]
