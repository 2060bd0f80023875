"""A dispute that stands alone, about a grant: which grant that is, and what the result makes of it. As a dispute does
that another case has called: the same acts, told in the history of the case which made the grant."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts import Account, directory
from app.cases import audit, grant_decisions, lanes, negotiation
from app.cases.definition_cache import definition_of
from app.cases.grant_decisions import Result
from app.cases.models import Case
from app.catalogue import grants
from app.catalogue.models import Grant, Resource
from app.engine.vocabulary import NOTES_RECUSAL, SETTLES
from app.floor import clock
from app.floor.errors import Conflict, Invalid
from app.floor.messages import Say, say

if TYPE_CHECKING:
    from app.cases.transition import Transition

CHANGES = "grant.dispute"
REVOCATION = "revocation"


def contested(step: Transition, state: str, sides: Sequence[str], number: str | None) -> Grant:
    """The grant, of that state, that the side which uses the entry holds. Raises Invalid (`kind`) where there is none:
    nobody disputes about nothing; (`grant`) where it is not clear which one; (`kind`) where another case is open in
    which it is contested; Conflict for one that has ended, or stands otherwise than such a dispute needs."""
    provider = (step.facts.get("provider") or {}).get("code")
    using = [one for code in sides if code != provider and (one := step.department(code))]
    holders = [one.id for side in using for one in lanes.taken_over(step, side)]
    on_it = select(Grant).join(Resource, Resource.id == Grant.resource_id).order_by(Grant.id)
    mine = on_it.where(Resource.code == step.case.resource, Grant.department_id.in_(holders))
    held, today = step.session.scalars(mine).all(), clock.office_date(step.now)
    found = [one for one in held if one.state_on(today) == state]
    named = [one for one in found if number in (None, one.number)]
    meant = [one for one in held if number == one.number] or ([] if found else held[-1:])
    if not named and meant:
        _require_standing(meant[0], state, today)
    if not found:
        raise Invalid({"kind": [say("There is no grant on this entry that such a dispute could be about.")]})
    if len(named) != 1:
        numbers = ", ".join(one.number for one in found)
        raise Invalid({"grant": [say("Please name one of these grants: %(numbers)s", numbers=numbers)]})
    _require_uncontested(step, named[0])
    step.case.grant_id = named[0].id
    return named[0]


def _require_standing(grant: Grant, state: str, today: date) -> None:
    """Raises Conflict, with what has become of the grant, where the dispute needs one that counts."""
    if state == "revoked":
        return
    grants.require_unrevoked(grant)
    grants.require_unended(grant, today)
    told = say("Grant %(number)s is suspended; it is decided on in its review.", number=grant.number)
    raise Conflict(told, "review-open")


def _require_uncontested(step: Transition, grant: Grant) -> None:
    """A case that is to renew the grant decides nothing on it."""
    made_by = select(Case.procedure).where(Case.id == grant.case_id).scalar_subquery()
    others = select(Case.number).where(Case.grant_id == grant.id, Case.status == "open", Case.id != step.case.id)
    decide = others.where(or_(Case.procedure.is_distinct_from(made_by), Case.procedure == step.case.procedure))
    number = step.session.scalars(decide.order_by(Case.id).limit(1)).first()
    if number is not None:
        told = say("Case %(number)s is open, in which this grant is contested; please go on there.", number=number)
        raise Invalid({"kind": [told]})


def deciders(step: Transition, grant: Grant) -> list[str]:
    """Who has decided what is contested: a body of a ladder, whoever revoked it, who authorised it beside its provider,
    and who has settled a dispute about it before, be it by letter."""
    known, ids = directory(step.session).by_id, [grant.decided_by_id]
    if grant.revoked_by is not None:
        by = select(Account.department_id).where(Account.username == grant.revoked_by)
        ids.append(step.session.scalar(by))
    acted = [known[one].code for one in ids if one is not None and one in known]
    return list(dict.fromkeys([*acted, *_decided_on(step, grant)]))


def _decided_on(step: Transition, grant: Grant) -> Iterator[str]:
    """Who has decided in the cases that made the grant, reviewed it, or settled a dispute about it; not by one that has
    renewed it, which made another one. Where it was revoked, that is contested, and not what made it."""
    made = step.session.get(Case, grant.case_id) if grant.case_id else None
    about = select(Case).where(Case.grant_id == grant.id, Case.id != step.case.id).order_by(Case.id)
    later = [one for one in step.session.scalars(about) if made is None or one.procedure != made.procedure]
    for case in (*([made] if made and grant.revoked_at is None else []), *later):
        yield from decided_in(step.session, case)
    if made is not None and made.procedure == step.case.procedure and made.grant_id not in (None, grant.id):
        yield from _decided_on(step, grants.grant_by_id(step.session, made.grant_id))


def decided_in(session: Session, case: Case) -> Iterator[str]:
    """The bodies that have decided in that case: who was asked to beside the provider, and who settled its dispute."""
    bundle, facts = definition_of(session, case).bundle, case.facts or {}
    for element in bundle.elements_with(NOTES_RECUSAL):
        noted = facts.get(element, {})
        if noted.get("department") and not noted["recused"]:
            yield str(noted["department"])
    for element in bundle.elements_with(SETTLES):
        body = facts.get(element, {}).get("body")
        if body is not None:
            yield str(body)


def follow_result(
    step: Transition,
    element: str,
    grant: str,
    kind: str,
    decision: str,
    items: list[str] | None,
    conditions: str | None,
    months: int | None,
    mode: str | None,
    unconditioned: str | None = None,
    agreed_text: str | None = None,
    stands: bool = False,
) -> dict[str, Any]:
    """What was settled for the claimant, or signed by both, is what the grant says from now on. Where conditions have
    fallen those of the entry hold, or what a drawing says that there be (`unconditioned`). Raises Invalid where the
    entry, or what has happened to the grant meanwhile, does not bear it and whoever decides can decide otherwise. What
    was decided elsewhere, or signed, `stands`: then the grant stays as it is, and the history says why."""
    session = step.session
    found = session.scalars(select(Grant).where(Grant.number == grant)).one()
    case = grant_decisions.case_of(session, found)
    held = grants.locked_grant(session, found.id)
    signed = (agreed_text or "") if decision == "agreed" else None
    was, result = grant_decisions.terms_of(held), Result(items, conditions, months, mode, text=signed)
    if kind == REVOCATION and grant_decisions.is_over(step, held, result):
        return _unchanged(step, held, "ended")
    try:
        told, changed = _followed(step, case, held, kind, decision, result, unconditioned)
    except Invalid:
        if not stands:
            raise
        why = "revoked" if held.state == "revoked" and kind != REVOCATION else "entry"
        return _unchanged(step, held, why)
    grant_decisions.tell(session, step.actor, case, told, held, was=was, items=list(held.items), by=step.case.number)
    step.record("review.settled", number=changed.number, decision=decision, state=changed.state)
    return _said(changed)


def _unchanged(step: Transition, grant: Grant, why: str) -> dict[str, Any]:
    step.record(grant_decisions.UNCHANGED, number=grant.number, why=why)
    return _said(grant, why)


def _said(grant: Grant, why: str | None = None) -> dict[str, Any]:
    until = grant.valid_until.isoformat() if grant.valid_until else None
    return {
        "number": grant.number, "state": grant.state, "items": list(grant.items),
        "conditions": grant.conditions or None, "until": until, "why": why,
    }  # fmt: skip


def _followed(
    step: Transition,
    case: Case | None,
    held: Grant,
    kind: str,
    decision: str,
    result: Result,
    unconditioned: str | None,
) -> tuple[str, Grant]:
    """The link that tells of it, and the grant that has the new terms. Nothing has changed where it raises."""
    if kind == REVOCATION:
        told = grant_decisions.reinstate(step, held, result, [] if held.state == "revoked" else list(held.items))
        held.department_id = lanes.standing(step, directory(step.session).by_id[held.department_id]).id
        return told, held
    _require_live(held, decision)
    if decision != "agreed" and _holder_prevails(step, held):
        asked = ((case.facts if case else None) or {}).get("application", {}).get("period_months")
        own = unconditioned or grants.own_conditions(held.resource.share_type, held.resource.conditions)
        result = replace(result, conditions=result.conditions or own, months=result.months or asked, anew=True)
    return grant_decisions.CHANGED, _amend(step, held, result, decision == "agreed")


def _holder_prevails(step: Transition, grant: Grant) -> bool:
    """Whether it is the holder for whom it was settled, and not whoever shares with it."""
    claimant = negotiation.opened(step).get("claimant")
    own = step.department(claimant) if isinstance(claimant, str) else None
    return own is not None and own.id == grant.department_id


def _require_live(grant: Grant, decision: str) -> None:
    if grant.state == "revoked":
        raise _refused(decision, say("Grant %(number)s was revoked meanwhile.", number=grant.number))


def _refused(decision: str, sentence: Say) -> Invalid:
    return Invalid({"agreed" if decision == "agreed" else "decision": [sentence]})


def _amend(step: Transition, grant: Grant, result: Result, agreed: bool) -> Grant:
    """The grant on its new terms. Where these were won for some of its items only, those become a grant of this case,
    and the first one keeps the rest as it was."""
    there = grants.codes_of(grant.resource)
    asked = grant.items if result.items is None else result.items
    items = [code for code in there if code in asked and (agreed or code in grant.items)]
    if not items or not grant.resource.published:
        told = say("The entry, as it is now, does not bear this: nothing of it can be given back.")
        raise _refused("agreed" if agreed else "decision", told)
    body = (step.case.lanes.get("ladder") or {}).get("id")
    if not agreed and set(items) < set(grant.items):
        grant.items = [code for code in grant.items if code not in items]
        return _of_this_case(step, grant, replace(result, items=items), body)
    grant.items, grant.decided_by_id = items, body or grant.decided_by_id
    grant_decisions.take_terms(step, grant, result)
    return grant


def _of_this_case(step: Transition, first: Grant, result: Result, body: int | None) -> Grant:
    made = grants.create_grant(
        step.session,
        case_id=step.case.id,
        jurisdiction=step.case.jurisdiction,
        number=f"{step.case.number}-SQ{step.case.history_seq}",
        department_id=first.department_id,
        resource=first.resource.code,
        items=list(result.items or ()),
        purpose=first.purpose,
        mode=result.mode or first.mode,
        conditions=result.conditions if result.conditions is not None else first.conditions,
        agreed_text=None if result.anew else first.agreed_text,
        months=result.months,
        decided_by_id=body or first.decided_by_id,
        now=step.now,
    )
    if result.months is None and not result.anew:
        made.valid_until = first.valid_until
    step.record(audit.GRANTED, items=list(made.items), **audit.sealed(made))
    return made
