"""What a step does to grants: it suspends those that an entry no longer bears, and carries out what was decided on one.

The case that made a grant tells of all that happens to it, so its row is locked before the grant is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import history
from app.accounts import Actor
from app.cases import audit
from app.cases.models import Case
from app.cases.step import Step
from app.catalogue import grants
from app.catalogue.models import Grant, Resource
from app.errors import EngineError, Invalid
from app.words import say

SUSPENDED, KEPT, NARROWED, REINSTATED = "grant.suspended", "grant.kept", "grant.narrowed", "grant.reinstated"
DECISIONS = ("keep", "narrow", "revoke", "reinstate")


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
    step: Step,
    kind: str,
    items: Sequence[str] | None = None,
    reason: str | None = None,
    basis: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Carry out a decision on the grant that this case reviews. Raises Invalid where the entry does not bear it, and
    EngineError where the case reviews none."""
    if step.case.grant_id is None or kind not in DECISIONS:
        raise EngineError("action-failed", say("This case reviews no grant, or not so: %(kind)s.", kind=kind))
    session, actor = step.session, step.actor
    case = case_of(session, grants.grant_by_id(session, step.case.grant_id))
    grant = grants.locked_grant(session, step.case.grant_id)
    had = list(grant.items)
    if kind == "revoke":
        grants.revoke_grant(session, actor, grant.id, reason or "", basis)
        tell(session, actor, case, audit.REVOKED, grant, reason=grant.reason, review=step.case.number)
    else:
        told = _restore(step, grant, kind, items)
        tell(session, actor, case, told, grant, reason=reason, items=list(grant.items), review=step.case.number)
    step.record("review.settled", number=grant.number, decision=kind, state=grant.state)
    return {"number": grant.number, "state": grant.state, "items": had if kind == "revoke" else list(grant.items)}


def _restore(step: Step, grant: Grant, kind: str, items: Sequence[str] | None) -> str:
    """The grant counts again, whole or for fewer items. A dispute's body may share what is withheld; nobody else."""
    if kind == "reinstate":
        grants.reinstate_grant(grant, items)
        body = (step.case.lanes.get("ladder") or {}).get("id")
        grant.decided_by_id = body or grant.decided_by_id
        return REINSTATED
    foreign = sorted(set(items or ()) - set(grant.items))
    if foreign:
        raise Invalid({"items": [say("The item %(code)s was not asked for.", code=code) for code in foreign]})
    was = grant.items
    grant.items = [code for code in was if items is None or code in set(items)]
    why = grants.unfit(grant, grant.resource)
    if why is not None:
        raise Invalid({"decision": [say("The entry, as it is now, does not bear this: narrow or revoke the grant.")]})
    grants.reinstate_grant(grant)
    return KEPT if kind == "keep" else NARROWED


def tell(session: Session, actor: Actor, case: Case | None, kind: str, grant: Grant, **detail: Any) -> None:
    """A line in the history of the case that made the grant, with the seal of the grant as it is now."""
    if case is not None:
        said = {name: value for name, value in detail.items() if value is not None}
        history.append(session, case, kind, actor.username, {**said, **audit.sealed(grant)})


def case_of(session: Session, grant: Grant) -> Case | None:
    """The case that made the grant, locked."""
    return session.get(Case, grant.case_id, with_for_update=True) if grant.case_id else None


def _locked(session: Session, ids: Any) -> dict[int | None, Case]:
    query = select(Case).where(Case.id.in_(ids)).order_by(Case.id).with_for_update(of=Case)
    return {one.id: one for one in session.scalars(query.execution_options(populate_existing=True))}
