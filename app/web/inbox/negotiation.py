"""The one text of a dispute as pages draw it (macros/_dispute.html): the present version, who has signed it, what each
version changed, and what this reader can do about it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.cases import negotiation, policy
from app.cases.disputes.negotiation_history import Version, versions_told
from app.cases.disputes.summary import Dispute, Side
from app.cases.documents.wording import MODE
from app.cases.models import Task
from app.cases.read.case_page import people
from app.cases.transition import Transition
from app.floor.messages import Say, say
from app.web.labels import Naming
from app.web.text_diff import compared, compared_lists

MOST_VERSIONS = 30
TITLE: Mapping[str, Say] = {
    "items": say("Items"),
    "conditions": say("Conditions of sharing"),
    "months": say("Period"),
    "mode": say("Mode of sharing"),
    "text": say("Further terms"),
}
Shown = dict[str, Any]


def negotiated(session: Session, step: Transition, dispute: Dispute, task: Task | None) -> Shown | None:
    """What a page shows of the text; None where none has been put forward. `task`: whose page it is."""
    told = versions_told(session, step.case)[:MOST_VERSIONS]
    if not told:
        return None
    naming = Naming(step)
    names = people(session, {one.actor for version in told for one in version.signatures})
    shown = [_version(one, before, dispute, names, naming) for one, before in zip(told, [*told[1:], None], strict=True)]
    shown[0]["left_out"] = negotiation.left_out(step, told[0].conditions)
    waits, state = _state(dispute, told[0], step)
    return {
        "now": shown[0],
        "earlier": shown[1:],
        "state": state,
        "look": "green" if dispute.agreed else "amber" if waits else "grey",
        "mine": _mine(dispute, told[0], step, task),
    }


def _state(dispute: Dispute, last: Version, step: Transition) -> tuple[bool, Say]:
    """Whether a side has yet to answer, and how it stands in words."""
    if dispute.agreed:
        return False, say("Both sides have signed this version")
    if not dispute.negotiating:
        return False, say("Not agreed; put before the next body")
    side = next((one for one in dispute.sides if last.signed_by(one.lane) is None), dispute.sides[0])
    if side.department is not None and side.department.id == step.actor.department_id:
        return True, say("Waits for your department: sign it, or put forward another version")
    name: Any = side.department.name if side.department else say("Citizen or organisation")
    return True, say("Waits for %(department)s", department=name)


def _mine(dispute: Dispute, last: Version, step: Transition, task: Task | None) -> Shown | None:
    """The version that this reader can sign, on the page of its task; elsewhere the way there."""
    for side in dispute.sides:
        if side.department is None or last.signed_by(side.lane) is not None:
            continue
        for one in dispute.negotiation:
            if one.status != "open" or one.department_id != side.department.id or not policy.may_work(step.actor, one):
                continue
            here = task is not None and task.id == one.id
            return {
                "version": last.number,
                "sign": url_for("inbox.complete", id=one.id) if here else None,
                "url": url_for("inbox.task", id=one.id),
            }
    return None


def _version(
    one: Version, before: Version | None, dispute: Dispute, names: Mapping[str, tuple[str, Any]], naming: Naming
) -> Shown:
    return {
        "number": one.number,
        "by": _named(_side(dispute, one.by)),
        "rows": [{"title": TITLE[name], "value": value} for name, value in _values(one, naming).items()],
        "signatures": [_signature(one, side, names) for side in dispute.sides],
        "hash": one.hash,
        "before": before.number if before else None,
        "changes": list(_changes(before, one, naming)) if before else [],
    }


def _side(dispute: Dispute, lane: str) -> Side:
    return next(side for side in dispute.sides if side.lane == lane)


def _named(side: Side) -> Any:
    return side.department.name if side.department else say("Citizen or organisation")


def _signature(one: Version, side: Side, names: Mapping[str, tuple[str, Any]]) -> Shown:
    signed = one.signed_by(side.lane)
    name = names.get(signed.actor, (signed.actor, None))[0] if signed else None
    return {"department": _named(side), "by": name, "at": signed.at if signed else None}


def _values(one: Version, naming: Naming) -> dict[str, Any]:
    months = say("%(months)s months", months=one.months) if one.months else None
    items = naming.items(one.items) if one.items else None
    found = {"items": items, "conditions": one.conditions, "months": months, "mode": _mode(one), "text": one.text}
    return {name: value for name, value in found.items() if value}


def _mode(one: Version) -> Say | None:
    return MODE.get(one.mode or "")


def _changes(before: Version, after: Version, naming: Naming) -> Iterator[Shown]:
    """What the later version says otherwise, field by field."""
    if before.items != after.items:
        lists = (naming.items(before.items or []), naming.items(after.items or []))
        yield {"title": TITLE["items"], "pieces": compared_lists(*lists), "series": True}
    if before.mode != after.mode:
        modes = [[str(told)] if (told := _mode(one)) else [] for one in (before, after)]
        yield {"title": TITLE["mode"], "pieces": compared_lists(*modes), "series": True}
    for name in ("conditions", "months", "text"):
        old, new = (str(getattr(one, name) or "") for one in (before, after))
        if old != new:
            yield {"title": TITLE[name], "pieces": compared(old, new), "series": False}
