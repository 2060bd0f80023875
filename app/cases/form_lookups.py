"""What a form needs to know of the world to check an answer: departments, resources, their items, drafted changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.accounts import directory
from app.cases import negotiation
from app.cases.decision_points import faults
from app.cases.transition import Transition
from app.catalogue import entries
from app.floor.messages import Say, say

OWN_TEXTS = ("department", "bureau")
"""Kinds of departments whose name in a title makes it their own text: what a government issues may be a rule."""


class CaseLookup:
    """Answers for one case, in sentences; none means good. Nothing of another jurisdiction is there."""

    def __init__(self, step: Transition, drafting: int | None = None):
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
        asked = set(negotiation.asked(self._step) or known)
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

    def basis(self, title: str) -> Sequence[Say]:
        """Whether a text that is named as a basis reads as the department's own, where such a text bears no refusal."""
        pack = self._step.rules.pack
        decider = directory(self._step.session).by_id.get(self._drafting or self._step.actor.department_id or 0)
        if pack.own_rules is None:
            return ()
        name = decider.name.zh if decider is not None and decider.kind in OWN_TEXTS else ""
        word = pack.own_rules.shown_by(title, name, pack.title.zh)
        if word is None:
            return ()
        told = say(
            "“%(word)s” reads as a text of the department itself, which bears no refusal (Art. %(article)s). Name the "
            "published law, regulation or rule; only the words were looked at.",
            word=word, article=", ".join(pack.own_rules.article),
        )  # fmt: skip
        return [told]

    def points(self, points: list[dict[str, Any]]) -> Sequence[Say]:
        """What is wrong with a decision by points about the dispute of this case."""
        return faults(self._step, points)
