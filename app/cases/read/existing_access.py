"""What the applicant has already: grants on the same resource and running applications. Shown, never refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from app.cases.models import Case, Party
from app.cases.transition import Transition
from app.catalogue.grants import usable
from app.catalogue.models import Grant, Resource
from app.floor import clock

MOST = 5


@dataclass(frozen=True)
class Already:
    """A grant that can be used, or a running application; `case_id` is of the latter."""

    number: str
    items: list[str]
    purpose: str
    case_id: int | None = None
    grant_id: int | None = None


def already(step: Transition) -> list[Already]:
    """Of the case's applicant, on the case's resource and for some of the same items, once these are known."""
    seat = step.case.lanes.get("applicant")
    code = (step.facts.get("resource") or {}).get("code")
    if not seat or not code or step.plan.top.about != "resource":
        return []
    asked = set((step.facts.get("application") or {}).get("items") or ())
    found = [*_grants(step, seat["id"], code), *_running(step, seat["id"], code)]
    return [one for one in found if not asked or asked & set(one.items)]


def _grants(step: Transition, department_id: int, code: str) -> list[Already]:
    query = (
        select(Grant.id, Grant.number, Grant.items, Grant.purpose)
        .join(Resource, Resource.id == Grant.resource_id)
        .where(Grant.department_id == department_id, Resource.code == code, usable(clock.office_date(step.now)))
        .order_by(Grant.id.desc())
        .limit(MOST)
    )
    return [Already(number, items, purpose, grant_id=id) for id, number, items, purpose in step.session.execute(query)]


def _running(step: Transition, department_id: int, code: str) -> list[Already]:
    """Applications of the same kind; the department is a party of each, and its applicant."""
    query = (
        select(Case.id, Case.number, Case.lanes, Case.facts)
        .join(Party, Party.case_id == Case.id)
        .where(
            Party.department_id == department_id,
            Case.jurisdiction == step.case.jurisdiction,
            Case.resource == code,
            Case.procedure == step.case.procedure,
            Case.status == "open",
        )
        .order_by(Case.id.desc())
        .limit(MOST + 1)
    )
    return [
        Already(number, application.get("items") or [], application.get("purpose") or "", case_id=id)
        for id, number, lanes, facts in step.session.execute(query)
        if id != step.case.id and _applies(lanes, department_id)
        for application in [facts.get("application") or {}]
    ]


def _applies(lanes: dict[str, Any], department_id: int) -> bool:
    return (lanes.get("applicant") or {}).get("id") == department_id
