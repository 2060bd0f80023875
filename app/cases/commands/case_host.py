"""What the engine may ask of us while it takes a step: rules, who is concerned, and the actions of the diagram."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases.commands import actions
from app.cases.transition import Transition


class CaseHost:
    """The case that a run of the engine belongs to."""

    def __init__(self, step: Transition):
        self._step = step

    def rule(self, key: str) -> Any:
        return self._step.answered_rule(key)

    def involves(self, level: str) -> bool:
        return self._step.involves(level)

    def act(self, name: str, element: str, parameters: Mapping[str, Any], timer: str | None) -> dict[str, Any] | None:
        return actions.run(self._step, name, element, parameters)
