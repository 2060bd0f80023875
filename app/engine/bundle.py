"""Definitions: a process with everything that it calls, read once and known by the hash of its text."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

from SpiffWorkflow.bpmn.parser.ValidationException import ValidationException

from app.engine.drawing import executable, read_drawings
from app.engine.specs import ActionTask, CallActivity, Message, SpecParser, SubProcess, UserTask
from app.floor.errors import EngineError, unforeseen
from app.floor.messages import say

MAX_KNOWN = 256
_known: OrderedDict[str, Bundle] = OrderedDict()
_lock = threading.Lock()


class Bundle:
    """Shared by all cases that run it and never changed. `key` names it in saved states."""

    def __init__(self, key: str, process_id: str, files: Sequence[bytes]):
        """Use `load`. Raises EngineError (bad-diagram) for whatever cannot run."""
        trees = read_drawings(files)
        if not any(runs.get("id") == process_id for tree in trees for runs in executable(tree)):
            raise EngineError("bad-diagram", say("There is no executable process of this name."), process_id)
        parser = SpecParser()
        try:
            for tree in trees:
                parser.add_bpmn_xml(tree)
            self.spec = parser.get_spec(process_id)
            self.called: dict[str, Any] = parser.get_subprocess_specs(process_id)
        except ValidationException as error:
            raise EngineError("bad-diagram", unforeseen(error), error.id) from error
        except Exception as error:  # the engine's seam: its parser raises anything at all
            raise EngineError("bad-diagram", unforeseen(error)) from error
        self.key, self.process_id = key, process_id
        self.process_at = {process_id: process_id}
        self.inside: dict[str, frozenset[str]] = {}
        self._elements: dict[str, tuple[str, Any]] = {}
        self._survey(self.spec, ())
        self.user_tasks = frozenset(name for name, (_, each) in self._elements.items() if isinstance(each, UserTask))
        self._asking = self._by_action()

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

    def elements_with(self, action: str) -> tuple[str, ...]:
        """The service tasks, anywhere in the bundle, that ask for this action."""
        return self._asking.get(action, ())

    def _by_action(self) -> dict[str, tuple[str, ...]]:
        asking: dict[str, tuple[str, ...]] = {}
        for name, (_, element) in self._elements.items():
            if isinstance(element, ActionTask):
                asking[element.action] = (*asking.get(element.action, ()), name)
        return asking

    def parameter(self, element: str, name: str) -> str:
        """The expression that a service task gives to its action under this name."""
        source: str = self._elements[element][1].parameters[name]
        return source

    def parameters(self, element: str) -> dict[str, str]:
        """All that it gives, by name."""
        return dict(self._elements[element][1].parameters)

    def process_of(self, element: str) -> str:
        """The process in which a task, service task, box or call is drawn."""
        return self._elements[element][0]

    def _survey(self, level: Any, above: tuple[str, ...]) -> frozenset[str]:
        """Note which process each element belongs to, and which facts arise inside each box and call. `process_at`
        and `inside` are keyed by the name of a level: a process id or the id of a box."""
        if level.name in above:
            raise EngineError("bad-diagram", say("A process calls itself."), level.name)
        process, facts = self.process_at[level.name], set()
        for name, element in level.task_specs.items():
            if isinstance(element, UserTask | ActionTask | SubProcess | CallActivity):
                self._elements[name] = process, element
                facts.add(name)
            if isinstance(getattr(element, "event_definition", None), Message):
                facts.add(element.event_definition.name)
            if isinstance(element, SubProcess | CallActivity):
                self.process_at[element.spec] = element.spec if isinstance(element, CallActivity) else process
                facts |= self._survey(self.called[element.spec], (*above, level.name))
        self.inside[level.name] = frozenset(facts)
        return self.inside[level.name]
