"""How long a clock runs, as values that cannot be taken for each other: by law, as a target of ours, or until a day
that a body names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.deadlines.journal import Kind


@dataclass(frozen=True, slots=True)
class StatutoryTerm:
    """A period that the regulation states (法定时限)."""

    length: int
    article: tuple[str, ...]
    unit: str = "days"
    kind: ClassVar[Kind] = "statutory"

    @property
    def days(self) -> int:
        return _days(self.length, self.unit)


@dataclass(frozen=True, slots=True)
class InternalTarget:
    """Our own target (内部目标) where the regulation gives no number. Never shown as a statutory deadline."""

    length: int
    reason: str
    unit: str = "days"
    kind: ClassVar[Kind] = "internal"

    @property
    def days(self) -> int:
        return _days(self.length, self.unit)


@dataclass(frozen=True, slots=True)
class OrderedDate:
    """No period: the day is named in the case."""

    length: int = 0
    unit: str = "date"
    kind: ClassVar[Kind] = "ordered"


def _days(length: int, unit: str) -> int:
    if unit != "days":
        raise TypeError("a period in months has no number of days before it has begun")
    return length
