"""A dispute that stands alone about a refusal, or about an entry that is withheld: which application was refused, and
the grant that the dispute comes to where it is won. The case of that application tells of it, as of any it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from app.accounts import Card, directory
from app.cases import audit, contesting, reviewing, terms
from app.cases.models import Case, Party
from app.cases.plans import plan_of
from app.cases.reviewing import CREATES
from app.catalogue import grants
from app.catalogue.models import Grant, Resource
from app.db import connection_of
from app.engine.vocabulary import PREPARES
from app.errors import Invalid
from app.rows import next_key
from app.words import say

if TYPE_CHECKING:
    from app.cases.step import Step

AWARDS = "grant.award"
REFUSAL = "refusal"
LOOKED_AT = 50
"""So many applications of a department for one entry are looked at, the newest first."""


@dataclass(frozen=True)
class Refused:
    """What is in dispute. Without a number nothing was applied for here: a withheld entry is needed for the first time,
    or the refusal was never a case of ours. Where no purpose is known either, whoever wins applies with the result."""

    number: str | None
    items: list[str]
    deciders: list[str]
    awards: bool = True
    """Whether a grant follows where the claimant wins."""


def contested(
    step: Step, outcomes: Sequence[str], kind: str, claimant: str, named: Sequence[str] | None, purpose: str | None
) -> Refused:
    """The latest application of the claimant for the entry that came to one of these outcomes, and its items that were
    not granted; a withheld entry can be needed without one. Raises Invalid (`kind`) where it is decided elsewhere,
    (`items`) for what was not refused."""
    department = step.department(claimant)
    entry = step.entry(step.case.resource or "")
    if department is None or entry is None:
        raise Invalid({"resource": [say("There is no such resource in the catalogue of this jurisdiction.")]})
    for one in _applications(step, department, "open"):
        told = say("Case %(number)s is open, in which this is decided; please dispute it there.", number=one.number)
        raise Invalid({"kind": [told]})
    closed = (one for one in _applications(step, department, "closed") if one.outcome in outcomes)
    found = next((one for one in closed if left_of(step.session, one, entry)), None)
    disputes = _disputes(step, department)
    _require_uncontested(disputes)
    if found is None:
        awards = kind != REFUSAL and purpose is not None
        return Refused(None, list(named or grants.codes_of(entry)), [], awards)
    left = left_of(step.session, found, entry)
    foreign = [code for code in named or () if code not in left]
    if foreign:
        raise Invalid({"items": [say("The item %(code)s was not refused.", code=code) for code in foreign]})
    before = [one for one, opened in disputes if opened["refused"] == found.number]
    decided = dict.fromkeys(code for one in (found, *before) for code in contesting.decided_in(step.session, one))
    return Refused(found.number, list(named or left), list(decided))


def _applications(step: Step, department: Card, status: str) -> Iterator[Case]:
    """The department's cases about the entry, of procedures that make grants, the newest first."""
    mine = exists().where(Party.case_id == Case.id, Party.department_id == department.id)
    about = select(Case).where(
        Case.jurisdiction == step.case.jurisdiction, Case.resource == step.case.resource, Case.status == status, mine
    )
    for one in step.session.scalars(about.order_by(Case.id.desc()).limit(LOOKED_AT)):
        applied = (one.lanes.get("applicant") or {}).get("id") == department.id
        if applied and plan_of(step.session, one).bundle.elements_with(CREATES):
            yield one


def left_of(session: Session, case: Case, entry: Resource) -> list[str]:
    """The items that were asked for in the case and never granted in it."""
    asked = (case.facts or {}).get("application", {}).get("items") or grants.codes_of(entry)
    given = {code for items in session.scalars(select(Grant.items).where(Grant.case_id == case.id)) for code in items}
    return [code for code in asked if code not in given]


def _disputes(step: Step, department: Card) -> list[tuple[Case, Mapping[str, Any]]]:
    """The department's other disputes that would grant it this entry, or have been about that; each with its terms."""
    others = select(Case).where(
        Case.jurisdiction == step.case.jurisdiction, Case.resource == step.case.resource,
        Case.procedure == step.case.procedure, Case.id != step.case.id,
    )  # fmt: skip
    found = []
    for one in step.session.scalars(others.order_by(Case.id.desc()).limit(LOOKED_AT)):
        named = plan_of(step.session, one).bundle.elements_with(PREPARES)
        opened = next((fact for name in named if (fact := (one.facts or {}).get(name))), None)
        if opened is not None and opened.get("awards") and opened["claimant"] == department.code:
            found.append((one, opened))
    return found


def _require_uncontested(disputes: Sequence[tuple[Case, Mapping[str, Any]]]) -> None:
    """Raises Invalid while one of them is open."""
    for one, _ in disputes:
        if one.status == "open":
            told = say("Case %(number)s is open, in which this is contested; please go on there.", number=one.number)
            raise Invalid({"kind": [told]})


def award(
    step: Step,
    element: str,
    refused: str | None,
    purpose: str | None,
    decision: str,
    items: list[str] | None,
    conditions: str | None = None,
    months: int | None = None,
    mode: str | None = None,
    agreed_text: str | None = None,
) -> dict[str, Any]:
    """What was settled for the claimant, or signed by both, is granted: as it was applied for, as far as it was not
    said otherwise, on the entry's own conditions. Raises Invalid where the entry, as it is now, does not bear it."""
    case = _locked(step, refused) if refused is not None else step.case
    applied = ((case.facts or {}) if refused is not None else step.facts)["application"]
    entry = step.entry(step.case.resource or "")
    wanted = terms.asked(step) if items is None else items
    there = [code for code in (grants.codes_of(entry) if entry else ()) if wanted is None or code in wanted]
    if entry is None or not there or not entry.published:
        told = say("The entry, as it is now, does not bear this: nothing of it can be granted.")
        raise Invalid({"agreed" if decision == "agreed" else "decision": [told]})
    own, claimant = grants.own_conditions(entry.share_type, entry.conditions), terms.opened(step)["claimant"]
    grant = grants.create_grant(
        step.session,
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        number=f"{step.case.number}-SQ{step.case.history_seq}",
        department_id=directory(step.session).by_code[case.jurisdiction, claimant].id,
        resource=entry.code,
        items=there,
        purpose=applied.get("purpose") or purpose or "",
        mode=mode or applied.get("share_mode"),
        conditions=own if conditions is None else conditions,
        agreed_text=agreed_text,
        months=months or applied.get("period_months"),
        decided_by_id=(step.case.lanes.get("ladder") or {}).get("id"),
        now=step.now,
    )
    grant.id = connection_of(step.session).scalars(select(next_key(Grant))).one()
    step.case.grant_id = grant.id
    reviewing.tell(step.session, step.actor, case, audit.GRANTED, grant, items=there, by=step.case.number)
    until = grant.valid_until.isoformat() if grant.valid_until else None
    said = {"number": grant.number, "items": there, "conditions": grant.conditions or None, "until": until}
    return {**said, "refused": refused}


def _locked(step: Step, number: str) -> Case:
    return step.session.scalars(select(Case).where(Case.number == number).with_for_update(of=Case)).one()
