"""Taking a grant back, with all that follows from it: the holder is told, and the case that made the grant says so."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import history, outbox
from app.accounts import Actor
from app.cases import audit, policy
from app.cases.models import Case
from app.catalogue import grants
from app.catalogue.models import Grant


def revoke(session: Session, actor: Actor, grant_id: int, reason: str) -> Grant:
    """For good. Raises NotFound, Forbidden, Invalid without a reason, Conflict where somebody has done it before."""
    found = grants.grant_by_id(session, grant_id)
    policy.require_revoker(actor, found)
    case = session.get(Case, found.case_id, with_for_update=True) if found.case_id else None  # first of all, as ever
    grant = grants.revoke_grant(session, actor, grant_id, reason)
    if case is not None:
        detail = {"reason": grant.reason, **audit.sealed(grant)}
        history.append(session, case, audit.REVOKED, actor.username, detail)
    outbox.put(
        session,
        key=f"grant:{grant.id}:revoked",
        channel="notice",
        kind="grant_revoked",
        case_id=grant.case_id,
        recipient_department_id=grant.department_id,
        payload={"number": grant.number, "subject": grant.resource.name},
    )
    return grant
