"""What a form needs to know of the world to check an answer: departments, resources, their items, drafted changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.cases import terms
from app.cases.points import faults
from app.cases.step import Step
from app.catalogue import entries
from app.words import Say, say


class Lookup:
    """Answers for one case, in sentences; none means good. Nothing of another jurisdiction is there."""

    def __init__(self, step: Step, drafting: int | None = None):
        """`drafting`: the department that holds the task."""
        self._step, self._drafting = step, drafting

    def department(self, code: str) -> Sequence[Say]:
        found = self._step.department(code)
        if found is None or found.kind == "platform":
            return [say("There is no department %(code)s here.", code=code)]
        if found.closed_on is not None:
            return [say("The department %(name)s was closed on %(day)s.", name=found.name, day=str(found.closed_on))]
        return ()

    def resource(self, code: str) -> Sequence[Say]:
        if self._step.entry(code) is None:
            return [say("There is no resource %(code)s in the catalogue here.", code=code)]
        return ()

    def items(self, resource: str | None, codes: list[str]) -> Sequence[Say]:
        """Items of the resource; once the case has asked for some, only those: nobody grants what nobody asked for.
        In a dispute about some of them, those."""
        known = set(self._names(resource))
        asked = set(terms.asked(self._step) or known)
        return [say("The resource has no item %(code)s.", code=code) for code in codes if code not in known] + [
            say("The item %(code)s was not asked for.", code=code) for code in codes if code in known - asked
        ]

    def item(self, resource: str | None, code: str) -> str:
        """An item by its name."""
        return self._names(resource).get(code, code)

    def _names(self, resource: str | None) -> dict[str, str]:
        found = self._step.entry(resource) if resource else None
        return {item["code"]: item["name"] for item in found.items} if found else {}

    def changes(self, changes: list[dict[str, Any]]) -> Sequence[Say]:
        """What is wrong with drafted changes of the department's own entries."""
        owner = self._drafting or self._step.case.lanes["applicant"]["id"]
        return entries.check_changes(self._step.session, self._step.case.jurisdiction, changes, owner, self._step.rule)

    def points(self, points: list[dict[str, Any]]) -> Sequence[Say]:
        """What is wrong with a decision by points about the dispute of this case."""
        return faults(self._step, points)
