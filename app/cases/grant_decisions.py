"""What a step does to grants: it suspends those that an entry no longer bears, and carries out what was decided on one.

The case that made a grant tells of all that happens to it, so its row is locked before the grant is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from app import history
from app.accounts import Actor
from app.cases import audit
from app.cases.models import Case
from app.cases.superior_decisions import superior_of
from app.cases.transition import Transition
from app.catalogue import grants
from app.catalogue.models import Grant, Resource
from app.floor import clock
from app.floor.errors import EngineError, Invalid, NotFound
from app.floor.languages import series
from app.floor.messages import say
from app.jurisdictions.rulebook import rulebook

SUSPENDED, KEPT, NARROWED, REINSTATED = "grant.suspended", "grant.kept", "grant.narrowed", "grant.reinstated"
CHANGED, UNCHANGED = "grant.changed", "award.unchanged"
DECISIONS = ("keep", "narrow", "revoke", "reinstate")
CREATES, SETTLES = "grant.create", "grant.settle"
UNBORNE = {
    "withdrawn": say("The entry has left the catalogue: the grant can only be revoked."),
    "unpublished": say("The entry is no longer published on the platform: revoke the grant, or restore it once it is."),
    "withheld": say("The entry has become withheld, so its provider cannot restore or narrow the grant: revoke it."),
}
"""Why a suspended grant cannot count again, as whoever decides on it is told."""
PATH, NO_PATH = "refusal.path", "accept_only"
"""The way that the regulation, or our convention, has after a refusal; and that there is none."""


@dataclass(frozen=True)
class Result:
    """On what terms a decision leaves a grant; what is None stays as it was."""

    items: Sequence[str] | None = None
    conditions: str | None = None
    months: int | None = None
    mode: str | None = None
    anew: bool = False
    """Whether the period is given anew: none is then without end."""
    text: str | None = None
    """What both sides have signed beside the conditions."""


def suspend(session: Session, actor: Actor, resources: Collection[Resource]) -> list[Grant]:
    """Suspend the grants that these entries, as they are now, no longer bear; the case of each says so."""
    ids = [one.id for one in resources]
    made = select(Grant.case_id).where(Grant.resource_id.in_(ids), Grant.state == "active", Grant.case_id.is_not(None))
    cases = _locked(session, made)
    suspended = grants.suspend_touched(session, resources)
    for grant in suspended:
        tell(session, actor, cases.get(grant.case_id), SUSPENDED, grant, why=grant.suspended_for)
    return suspended


def settle(
    step: Transition,
    kind: str,
    result: Result,
    reason: str | None = None,
    basis: Mapping[str, Any] | None = None,
    stands: bool | None = None,
) -> dict[str, Any]:
    """Carry out a decision on the grant that this case reviews. Raises Invalid where the entry does not bear it, or
    another has decided meanwhile, and EngineError where the case reviews none. `stands`: whether what gives a grant
    back was decided elsewhere, so that nobody here can decide otherwise; a drawing that says so goes on where there is
    nothing to give back (`why`)."""
    if step.case.grant_id is None or kind not in DECISIONS:
        raise EngineError("action-failed", say("This case reviews no grant, or not so: %(kind)s.", kind=kind))
    session, actor = step.session, step.actor
    case = case_of(session, grants.grant_by_id(session, step.case.grant_id))
    grant = grants.locked_grant(session, step.case.grant_id)
    had, there = list(grant.items), grants.codes_of(grant.resource)
    if kind != "reinstate":
        _require_open(step, grant)
    why = _nothing_left(step, grant, result, stands) if kind == "reinstate" and stands is not None else None
    if why in ("ended", "entry"):
        step.record(UNCHANGED, number=grant.number, why=why)
        return {"number": grant.number, "state": grant.state, "items": had, "taken": [], "why": why}
    if kind == "revoke":
        grants.revoke_grant(session, actor, grant.id, reason or "", basis)
        tell(session, actor, case, audit.REVOKED, grant, reason=grant.reason, review=step.case.number)
    else:
        told = (
            reinstate(step, grant, result, _left(step, grant))
            if kind == "reinstate"
            else _restore(step, grant, kind, result.items)
        )
        tell(session, actor, case, told, grant, reason=reason, items=list(grant.items), review=step.case.number)
    step.record("review.settled", number=grant.number, decision=kind, state=grant.state)
    left = () if kind == "revoke" else grant.items
    taken = [code for code in had if code not in left and code in there]
    return {"number": grant.number, "state": grant.state, "items": list(left or had), "taken": taken, "why": why}


def _require_open(step: Transition, grant: Grant) -> None:
    """Raises Invalid for what has been revoked meanwhile, and for what a body of a ladder, or a superior by letter, has
    decided since the case was opened: then nobody below it decides."""
    if grant.revoked_at is not None:
        day = clock.office_date(grant.revoked_at).isoformat()
        raise Invalid({"decision": [say("Grant %(number)s was revoked on %(day)s.", number=grant.number, day=day)]})
    if step.opening:
        return
    superior = superior_of(step.session, grant)
    since = superior is not None and (superior.case.closed_at or step.now) > step.case.opened_at
    if since or (not _puts_down(step) and grant.decided_by_id not in (None, step.actor.department_id)):
        raise Invalid({"decision": [say("A body of a ladder has decided on this grant meanwhile.")]})


def _puts_down(step: Transition) -> bool:
    """Whether this review puts down what a superior has decided by letter."""
    return step.facts["application"].get("above") is not None


def _restore(step: Transition, grant: Grant, kind: str, items: Sequence[str] | None) -> str:
    """The grant counts again, whole or for fewer items, as far as the entry bears it. A body that has decided on it may
    let go on what has become withheld, as it may share what is."""
    foreign = sorted(set(items or ()) - set(grant.items))
    if foreign:
        raise Invalid({"items": [say("The item %(code)s was not asked for.", code=code) for code in foreign]})
    _require_borne(step, grant, items)
    grant.items = [code for code in grant.items if items is None or code in set(items)]
    grants.reinstate_grant(grant)
    return KEPT if kind == "keep" else NARROWED


def _require_borne(step: Transition, grant: Grant, items: Sequence[str] | None) -> None:
    """Raises Invalid where the entry does not bear the grant with these items now, and says which are gone."""
    left = [code for code in grant.items if items is None or code in set(items)]
    decided_above = _puts_down(step) or grant.decided_by_id is not None
    why = grants.unfit(grant, grant.resource, withheld=decided_above, items=left)
    if why == "items":
        gone = [code for code in left if code not in grants.codes_of(grant.resource)]
        named = series(step.item_names(grant.resource.code, gone))
        told = say("The entry no longer has %(items)s: narrow the grant to what remains, or revoke it.", items=named)
        raise Invalid({"decision": [told]})
    if why is not None:
        raise Invalid({"decision": [UNBORNE[why]]})


def foresee(step: Transition, given: Mapping[str, Any]) -> dict[str, Any]:
    """What a decision would leave of the grant that the case reviews. Raises Invalid where the entry does not bear that
    it counts again, so that nobody reads that it will."""
    kind, items = given.get("kind"), given.get("items")
    if step.case.grant_id is not None and kind in ("keep", "narrow"):
        _require_borne(step, grants.grant_by_id(step.session, step.case.grant_id), items)
    return {"number": None, "state": None, "items": items, "taken": None, "why": None}


def _nothing_left(step: Transition, grant: Grant, result: Result, stands: bool) -> str | None:
    """Why there is nothing that could be used, whatever was decided; None where there is, or where whoever decides can
    still decide otherwise. What another case has revoked stays so, but takes the items: that case may still be lost."""
    left = _left(step, grant)
    if is_over(step, grant, result):
        return "ended"
    if stands and not _given_back(grant, result, left):
        return "entry"
    return "revoked" if grant.revoked_at is not None and left else None


def is_over(step: Transition, grant: Grant, result: Result) -> bool:
    """Whether the last day of the grant has passed, and the result gives it no new period."""
    renewed = result.months is not None or result.anew
    return not renewed and grant.valid_until is not None and grant.valid_until < clock.office_date(step.now)


def _given_back(grant: Grant, result: Result, left: Collection[str]) -> list[str]:
    """The items that the grant has after a dispute; none where its entry does not bear any."""
    given = grant.items if result.items is None else result.items
    there = grants.codes_of(grant.resource) if grant.resource.published else []
    return [code for code in there if code in {*left, *given}]


def _left(step: Transition, grant: Grant) -> list[str]:
    """The items that this review has left to the grant."""
    took = [step.facts[one] for one in step.plan.bundle.elements_with(SETTLES) if one in step.facts]
    return [] if any(one["state"] == "revoked" for one in took) else list(grant.items)


def reinstate(step: Transition, grant: Grant, result: Result, left: Sequence[str]) -> str:
    """What a dispute has given back, and nothing beside it: its items join those that had been `left`. It may share
    what is withheld; what the entry no longer has nobody can give. A case revives what it has revoked itself, not what
    another one has."""
    items, body = _given_back(grant, result, left), (step.case.lanes.get("ladder") or {}).get("id")
    if not items:
        field = "agreed" if body is None else "decision"
        raise Invalid({field: [say("The entry, as it is now, does not bear this: nothing of it can be given back.")]})
    grant.items, grant.decided_by_id = items, body or grant.decided_by_id
    take_terms(step, grant, result)
    if grant.revoked_at is None or not left:
        grants.reinstate_grant(grant)
    return REINSTATED


def take_terms(step: Transition, grant: Grant, result: Result) -> None:
    if result.conditions is not None:
        grant.conditions = result.conditions
    if result.mode is not None:
        grant.mode = result.mode
    if result.text is not None or result.anew:
        grant.agreed_text = result.text or ""
    if result.months is not None or result.anew:
        today = clock.office_date(step.now)
        grant.valid_until = grants.months_later(today, result.months) if result.months else None
        grant.warned_on = None


def terms_of(grant: Grant) -> dict[str, Any]:
    """What a history says of a grant that changes."""
    return {"items": list(grant.items), "conditions": grant.conditions, "until": str(grant.valid_until or "")}


def improve(step: Transition, result: Result) -> Grant | None:
    """A case that grants anew what it has granted before changes that grant, which keeps its number and says in its
    history what it was: there are never two of them. Of items that it grants anew only in part the first grant keeps
    the rest. None where there is nothing to change: what was revoked, or has ended, stays as it is."""
    made = [step.facts[one]["number"] for one in step.plan.bundle.elements_with(CREATES) if one in step.facts]
    mine = select(Grant).where(Grant.number.in_(made), Grant.state.in_(("active", "suspended")))
    live = mine.where(grants.not_ended(step.now)).order_by(Grant.id).with_for_update(of=Grant)
    asked, changed = list(result.items or ()), None
    for grant in step.session.scalars(live).all() if made else ():
        if not set(grant.items) & set(asked):
            continue
        was = terms_of(grant)
        if set(grant.items) <= set(asked) and changed is None:
            _change(step, grant, result)
            changed = grant
        else:
            grant.items = [code for code in grant.items if code not in asked]
        step.record(CHANGED, was=was, items=list(grant.items), **audit.sealed(grant))
    return changed


def _change(step: Transition, grant: Grant, result: Result) -> None:
    today, months = clock.office_date(step.now), result.months
    grant.items, grant.conditions = list(dict.fromkeys(result.items or ())), result.conditions or ""
    grant.mode, grant.agreed_text = result.mode or grant.mode, result.text or ""
    grant.valid_until, grant.warned_on = grants.months_later(today, months) if months else None, None
    grant.decided_by_id = (step.case.lanes.get("ladder") or {}).get("id") or grant.decided_by_id
    grant.share_type = grant.resource.share_type
    if grants.unfit(grant, grant.resource) is None:
        grants.reinstate_grant(grant)


def is_contestable(session: Session, jurisdiction: str) -> bool:
    """Whether whoever loses a grant there has a way to contest it."""
    try:
        path = rulebook(session, jurisdiction).value(PATH, clock.today())
    except NotFound:
        return False
    return path.plain != NO_PATH


def tell(session: Session, actor: Actor, case: Case | None, kind: str, grant: Grant, **detail: Any) -> None:
    """A line in the history of the case that made the grant, with the seal of the grant as it is now."""
    if case is not None:
        said = {name: value for name, value in detail.items() if value is not None}
        history.append(session, case, kind, actor.username, {**said, **audit.sealed(grant)})


def case_of(session: Session, grant: Grant) -> Case | None:
    """The case that made the grant, locked."""
    held = _held(session)
    if grant.case_id in held:
        return held[grant.case_id]
    return session.get(Case, grant.case_id, with_for_update=True) if grant.case_id else None


def _locked(session: Session, ids: Any) -> dict[int | None, Case]:
    held = _held(session)
    others = select(Case).where(Case.id.in_(ids), Case.id.not_in(list(held)) if held else true())
    query = others.order_by(Case.id).with_for_update(of=Case).execution_options(populate_existing=True)
    return {**held, **{one.id: one for one in session.scalars(query)}}


def _held(session: Session) -> dict[int | None, Case]:
    """The cases that this step has locked and changed already: read once more, they would forget it."""
    return {one.id: one for one in session.dirty if isinstance(one, Case)}
