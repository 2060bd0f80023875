"""The running form of a case, and its saved state: which steps stand where, and nothing else.

A saved state names its bundle and holds rows of (parent row, element, state, id). Data, definitions and finished work
are not in it; ids are kept only for what the host knows by id (open tasks and armed timers).
"""

from __future__ import annotations

import logging
import zlib
from collections.abc import Mapping
from os import urandom
from time import time
from typing import Any, Final

import orjson
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from app.engine.bundle import Bundle
from app.engine.compaction import trim
from app.engine.specs import Clock
from app.floor.errors import EngineError
from app.floor.messages import say

for _name in ("spiff.task", "spiff.workflow"):
    logging.getLogger(_name).setLevel(logging.WARNING)  # else it lists every step's data for a log that nobody keeps

CODEC: Final = b"\x01"
"""The first byte of a saved state says how to read the rest: zlib over JSON rows."""


class EngineStep(Task):
    """A step of a running case, as the engine has it. Known by text: the engine looks steps up all the time, and a UUID
    is hashed anew each time. Holds its parent, which the engine looks up by id whenever it is asked. Keeps no log: the
    engine would put one together for every change of state."""

    parent: Any = None
    _state: int

    def __init__(
        self, workflow: Any, spec: Any, parent: Task | None = None, state: int = TaskState.MAYBE, id: str | None = None
    ):
        self.parent = parent
        super().__init__(workflow, spec, parent, state, id or _as_id(urandom(16).hex()))

    def _add_child(self, task_spec: Any, state: int = TaskState.MAYBE) -> Task:
        if self.has_state(TaskState.PREDICTED_MASK) and not state & TaskState.PREDICTED_MASK:
            raise WorkflowException("a step that may never come cannot have one that will", task_spec=self.task_spec)
        child = EngineStep(self.workflow, task_spec, self, state)
        child.thread_id = self.thread_id
        if state == TaskState.READY:
            child._ready()
        return child

    def _inherit_data(self) -> None:
        """There is none (`dump` refuses it): facts are the host's."""

    def _set_state(self, value: int) -> None:
        if value != self._state:
            self._state, self.last_state_change = value, time()


class _Level:
    """What a case and everything that runs inside it have in common."""

    spec: Any
    tasks: dict[str, EngineStep]
    task_tree: Task
    outcome: str | None = None

    def begin(self) -> None:
        """The engine's own beginning, with steps of ours."""
        self.task_tree = root = EngineStep(self, self.spec.start, state=TaskState.FUTURE)
        self.spec.start._predict(root, mask=TaskState.NOT_FINISHED_MASK)
        root._ready()

    def update_waiting_tasks(self) -> None:
        """The engine asks for this after every step: a look at the list instead of a walk through the tree."""
        for task in [each for each in self.tasks.values() if each._state == TaskState.WAITING]:
            if task.state == TaskState.WAITING:
                task.task_spec._update(task)


class Inner(_Level, BpmnSubWorkflow):
    """A box or a called process, while it runs."""

    def __init__(self, spec: Any, caller: Task, top: Running):
        super().__init__(spec, caller.id, top, deserializing=True)


class Running(_Level, BpmnWorkflow):
    """A case while it is in memory, not begun or read yet."""

    def __init__(self, bundle: Bundle, door: Any):
        self.bundle = bundle
        super().__init__(bundle.spec, bundle.called, script_engine=door, deserializing=True)

    def create_subprocess(self, my_task: Task, spec_name: str) -> Inner:
        self.script_engine.entered(my_task, spec_name)
        self.subprocesses[my_task.id] = inner = Inner(self.subprocess_specs[spec_name], my_task, self)
        inner.begin()
        return inner

    def levels(self) -> list[Any]:
        """The case itself and all that runs inside it."""
        if not self.subprocesses:
            return [self]
        return [self, *[inner for inner in self.subprocesses.values() if not inner.completed]]

    def in_state(self, state: int) -> list[EngineStep]:
        """Asked at every step, so past the property."""
        return [task for level in self.levels() for task in level.tasks.values() if task._state == state]


def dump(running: Running) -> bytes:
    """Trim a case at rest and write its state."""
    trim(running)
    places: dict[str, tuple[int, int]] = {}
    levels = []
    for number, level in enumerate(running.levels()):
        rows = []
        for row, task in enumerate(level.tasks.values()):
            places[task.id] = number, row
            rows.append(_row(task, places))
        caller = places[level.parent_task_id] if number else None
        levels.append([caller, level.outcome, rows])
    return _packed([running.bundle.key, running.completed, levels])


def _packed(content: list[Any]) -> bytes:
    pack = zlib.compressobj(1, wbits=13, memLevel=6)  # a usual one clears 256 kB first, for states of a thousandth
    return CODEC + pack.compress(orjson.dumps(content)) + pack.flush()


def _unpacked(blob: bytes) -> list[Any]:
    if blob[:1] != CODEC:
        raise EngineError(
            "unknown-codec", say("The saved state is of an unknown kind (%(codec)s).", codec=blob[:1].hex())
        )
    content: list[Any] = orjson.loads(zlib.decompress(blob[1:]))
    return content


def renamed(blob: bytes, ids: Mapping[str, str]) -> bytes:
    """A saved state under other ids, for a copy: `ids` has a new one for each open task and armed timer."""
    key, completed, levels = _unpacked(blob)
    hexed = {old.replace("-", ""): new.replace("-", "") for old, new in ids.items()}
    for _, _, rows in levels:
        for row in rows:
            row[3:] = [hexed[known] for known in row[3:]]
    return _packed([key, completed, levels])


def _row(task: Task, places: dict[str, tuple[int, int]]) -> list[Any]:
    live = not task.has_state(TaskState.FINISHED_MASK)
    if task.data or (live and any(task.internal_data.values())):
        raise EngineError("engine-failed", say("The engine holds data that would not be saved."), task.task_spec.name)
    above = task.parent
    row = [places[above.id][1] if above else -1, task.task_spec.name, task.state]
    return [*row, task.id.replace("-", "")] if _is_known_outside(task) else row


def _is_known_outside(task: Task) -> bool:
    if task.state == TaskState.READY:
        return True
    return task.state == TaskState.WAITING and isinstance(getattr(task.task_spec, "event_definition", None), Clock)


def load(blob: bytes, door: Any, bundle: Bundle | None) -> Running:
    """Read a saved state; its bundle is looked up unless it is given."""
    key, completed, levels = _unpacked(blob)
    bundle = bundle or Bundle.get(key)
    if bundle is None or bundle.key != key:
        raise EngineError("unknown-bundle", say("The diagram of this case is not loaded (%(key)s).", key=key))
    running = Running(bundle, door)
    running.completed = completed
    read: list[list[Task]] = []
    for caller, outcome, rows in levels:
        level = running if caller is None else _inner(running, read[caller[0]][caller[1]])
        level.outcome = outcome
        read.append(_tasks(level, rows, running))
    return running


def _inner(running: Running, caller: Task) -> Inner:
    inner = Inner(running.subprocess_specs[caller.task_spec.spec], caller, running)
    inner.completed_event.connect(caller.task_spec._on_subworkflow_completed, caller)
    running.subprocesses[caller.id] = inner
    return inner


def _tasks(level: Any, rows: list[list[Any]], running: Running) -> list[Task]:
    tasks: list[Task] = []
    specs = level.spec.task_specs
    for parent, name, state, *known in rows:
        above = tasks[parent] if parent >= 0 else None
        task = EngineStep(level, specs[name], above, state, _as_id(*known) if known else None)
        tasks.append(task)
        if state == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            running.event_manager.add_task(task)
    level.task_tree = tasks[0]
    return tasks


def _as_id(digits: str) -> str:
    """The usual way to write a UUID."""
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
