"""What a transfer of duties would take along, said before anybody sends, accepts or publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases import transferring
from app.cases.step import Step
from app.diagrams.forms import Form
from app.door import words
from app.web.naming import Naming
from app.web.speaking import series
from app.words import Say, say

TRANSFER = "transfer"


def may_draft(form: Form) -> bool:
    """Whether an answer to this form can transfer entries."""
    return any(one.type == "changes" and TRANSFER in (one.of or (TRANSFER,)) for one in form.fields)


def told(step: Step, form: Form, data: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the drafted transfer would move, as macros/_letter.html draws it; nothing where none is drafted."""
    drafted = [data.get(one.key) for one in form.fields if one.type == "changes"]
    rows = [row for given in drafted if isinstance(given, list) for row in given if _moves(row)]
    if not rows:
        return []
    return _drawn(_sentence(step, [str(row.get("resource")) for row in rows], str(rows[0]["to"])))


def at_stake(step: Step) -> list[dict[str, Any]]:
    """The same on the later steps of a case whose draft transfers entries."""
    for element in step.plan.bundle.elements_with(transferring.TRANSFERS):
        fact = step.facts.get(element) or {}
        if fact.get("to") and fact.get("resources"):
            return _drawn(_sentence(step, fact["resources"], fact["to"]))
    return []


def _drawn(sentence: Say) -> list[dict[str, Any]]:
    return [{"quote": None, "parts": [{"text": words(sentence), "theirs": False}]}]


def _moves(row: Any) -> bool:
    return isinstance(row, Mapping) and row.get("action") == TRANSFER and isinstance(row.get("to"), str)


def _sentence(step: Step, codes: list[str], to: str) -> Say:
    seat = step.case.lanes.get("provider") or {}
    along = transferring.weigh(step.session, step.case.jurisdiction, codes, seat.get("id", 0), step.case.id)
    naming = Naming(step)
    return say(
        "Once it is published, %(entries)s go to %(department)s, and with them grants: %(grants)s, open cases: "
        "%(cases)s, running clocks: %(clocks)s. No due date moves.",
        entries=series([naming.resource(one) for one in codes]),
        department=naming.department(to), grants=along.grants, cases=along.cases, clocks=along.clocks,
    )  # fmt: skip
