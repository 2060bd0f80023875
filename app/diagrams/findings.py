"""What a check finds in a drawing: what is wrong, where, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from app.floor.errors import ShuliuError
from app.floor.messages import Say, say

Level = Literal["refuse", "publish", "warn"]
"""`refuse`: dangerous, at no time; `publish`: a draft may be so, a published diagram not; `warn`: worth a look."""

LONGEST_ELEMENT = 100


@dataclass(frozen=True)
class Fault:
    """One fault as a check sees it; the gate adds the check's name and level."""

    element: str | None
    message: Say
    fix: Say


@dataclass(frozen=True)
class Finding:
    check: str
    level: Level
    element: str
    message: Say
    fix: Say


@dataclass(frozen=True)
class Report:
    """`ok` judges for the level that was asked for."""

    ok: bool
    findings: list[Finding] = field(default_factory=list)


class DiagramError(ShuliuError):
    """A diagram that cannot be taken as it is; the report says what and where."""

    status, code = 422, "diagram-invalid"

    def __init__(self, report: Report):
        self.report = report
        first = report.findings[0] if report.findings else None
        detail = say("%(element)s: %(message)s", element=first.element, message=first.message) if first else say("–")
        super().__init__(detail)
