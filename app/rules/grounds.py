"""The grounds on which a clock may be paused: which clocks, and what says so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.floor.messages import Text

if TYPE_CHECKING:
    from app.rules.pack import Kind


@dataclass(frozen=True)
class GroundOf:
    """Where the text names a ground for the clock of one rule: its article, and the act if that is another one."""

    article: tuple[str, ...]
    law: str | None = None


@dataclass(frozen=True)
class Ground:
    """A ground on which a clock may be paused, and which clocks it pauses: all of a kind, and those of the rules `of`
    which a text says so."""

    key: str
    title: Text
    internal: bool
    statutory: bool
    kind: Kind
    article: tuple[str, ...] = ()
    note: Text | None = None
    of: Mapping[str, GroundOf] = field(default_factory=dict)

    def pauses(self, rule: str, kind: str) -> bool:
        """Whether a clock of that rule and kind may be paused on it. A date that a body has ordered stands still for
        nobody."""
        if kind == "ordered":
            return False
        return rule in self.of or (self.internal if kind == "internal" else self.statutory)

    def source(self, rule: str) -> GroundOf:
        """What says so of that rule."""
        return self.of.get(rule) or GroundOf(self.article)
