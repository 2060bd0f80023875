"""What a transfer of duties would take along, said before anybody sends, accepts or publishes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from app.accounts import Actor
from app.cases.commands import flow, transfer_of_duties
from app.cases.read import case_page
from app.cases.transition import Transition
from app.diagrams.forms import Form
from app.floor.languages import both, series
from app.floor.messages import Say, Text, say

TRANSFER = "transfer"


def of_answer(session: Session, actor: Actor, task_id: int, data: Mapping[str, Any]) -> Say | None:
    """For whoever may answer the task: of the transfer that the answer drafts, or that the case has drafted. Raises
    NotFound."""
    task = case_page.work(session, actor, task_id).task
    step = flow.step_for(session, task.case, actor)
    return drafted(step, step.plan.task(task.key), data) or at_stake(step)


def drafted(step: Transition, form: Form, data: Mapping[str, Any]) -> Say | None:
    """What a draft would move; nothing where it transfers nothing."""
    given = [data.get(one.key) for one in form.fields if one.type == "changes"]
    rows = [row for one in given if isinstance(one, list) for row in one if _moves(row)]
    return _sentence(step, [str(row.get("resource")) for row in rows], str(rows[0]["to"])) if rows else None


def at_stake(step: Transition) -> Say | None:
    """What the transfer drafted in this case would move, on its later steps."""
    for element in step.plan.bundle.elements_with(transfer_of_duties.TRANSFERS):
        fact = step.facts.get(element) or {}
        if fact.get("to") and fact.get("resources"):
            return _sentence(step, fact["resources"], fact["to"])
    return None


def _moves(row: Any) -> bool:
    return isinstance(row, Mapping) and row.get("action") == TRANSFER and isinstance(row.get("to"), str)


def _sentence(step: Transition, codes: list[str], to: str) -> Say:
    seat = step.case.lanes.get("provider") or {}
    along = transfer_of_duties.weigh(step.session, step.case.jurisdiction, codes, seat.get("id", 0), step.case.id)
    return say(
        "Once it is published, %(entries)s go to %(department)s, and with them grants: %(grants)s, open cases: "
        "%(cases)s, running clocks: %(clocks)s. No due date moves.",
        entries=series([_entry(step, one) for one in codes]),
        department=_department(step, to), grants=along.grants, cases=along.cases, clocks=along.clocks,
    )  # fmt: skip


def _entry(step: Transition, code: str) -> Text:
    found = step.entry(code)
    return Text(f"{found.name}（{code}）", f"{found.name} ({code})") if found else both(code)


def _department(step: Transition, code: str) -> Text:
    found = step.department(code)
    return found.name if found else both(code)
