"""Grants: made by cases, suspended with their entry, revoked by people, and what lists ask of them. Whether one covers
a use is said in `verdicts`."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from app.accounts import Actor, Department
from app.accounts.csv_tables import has_hidden
from app.catalogue.checks import FREE
from app.catalogue.entries import entry
from app.catalogue.models import Grant, Resource
from app.catalogue.paging import RowPage, SortOrder, page
from app.floor import clock
from app.floor.errors import Conflict, Invalid, NotFound
from app.floor.messages import say, visible
from app.history import append, ledger

NEWEST = SortOrder(Grant.id, Grant.id, descending=True)
MOST_ID = 2**31 - 1
STATES = ("active", "suspended", "revoked", "expired")
WITHHELD = "withheld"
_CLAUSE = re.compile("[^。；;]+[。；;]*")


def purpose_key(purpose: str) -> str:
    """A purpose as it is compared: width, space and invisible characters do not matter, wording does."""
    key, before = purpose, None
    while key != before:  # what an invisible character held apart may combine when it is gone
        before = key
        spaced = re.sub(r"\s+", " ", unicodedata.normalize("NFKC", key))
        key = "".join(c for c in spaced if unicodedata.category(c) not in ("Cc", "Cf", "Cs")).strip()
    return key


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or that month's last."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def create_grant(
    session: Session,
    *,
    number: str,
    case_id: int | None,
    jurisdiction: str,
    department_id: int,
    resource: str,
    items: Sequence[str],
    purpose: str,
    mode: str | None = None,
    conditions: str | None = None,
    agreed_text: str | None = None,
    months: int | None = None,
    decided_by_id: int | None = None,
    renews_id: int | None = None,
    now: datetime | None = None,
    unpublished: bool = False,
) -> Grant:
    """A grant on the entry as it is now (`unpublished`: be it on the platform or not), from today. Raises Invalid where
    it does not bear one (`items`, `resource`); the case's own history records it."""
    found = _grantable(session, resource)
    today = clock.office_date(now or clock.now())
    said = {"mode": mode or "", "conditions": conditions or "", "agreed_text": agreed_text or ""}
    grant = Grant(
        number=number,
        case_id=case_id,
        jurisdiction=jurisdiction,
        department_id=department_id,
        resource_id=found.id,
        resource_version=found.version,
        items=list(dict.fromkeys(items)),
        purpose=purpose,
        purpose_key=purpose_key(purpose),
        **said,
        valid_from=today,
        valid_until=months_later(today, months) if months else None,
        state="active",
        share_type=found.share_type,
        decided_by_id=decided_by_id,
        renews_id=renews_id,
    )
    _require_borne(grant, found, unpublished)
    session.add(grant)
    return grant


def _require_borne(grant: Grant, entry: Resource, unpublished: bool) -> None:
    """Raises Invalid where the entry, as it is now, does not bear the new grant."""
    foreign = sorted(set(grant.items) - {item["code"] for item in entry.items})
    if foreign:
        raise Invalid({"items": [say("The resource has no item %(code)s.", code=code) for code in foreign]})
    if not unpublished and unfit(grant, entry, withheld=True) is not None:
        told = say(
            "The entry %(code)s is no longer published on the platform; nothing can be granted on it now. Have it "
            "published again and send the answer once more, or give another one.",
            code=entry.code,
        )
        raise Invalid({"resource": [told]})


def _grantable(session: Session, resource: str) -> Resource:
    found = entry(session, resource)
    if found.withdrawn:
        told = say("The entry %(code)s has left the catalogue; nothing can be granted on it.", code=resource)
        raise Invalid({"resource": [told]})
    return found


def grant_by_id(session: Session, grant_id: int) -> Grant:
    """Raises NotFound."""
    found = session.get(Grant, grant_id) if 0 < grant_id <= MOST_ID else None
    if found is None:
        raise NotFound(say("There is no such grant."))
    return found


def locked_grant(session: Session, grant_id: int) -> Grant:
    """The grant as it is now, and nobody else changes it meanwhile. Raises NotFound."""
    grant_by_id(session, grant_id)
    locked = select(Grant).where(Grant.id == grant_id).with_for_update(of=Grant)
    return session.scalars(locked.execution_options(populate_existing=True)).one()


def require_unrevoked(grant: Grant) -> None:
    """Raises Conflict for a grant that has been revoked already."""
    if grant.revoked_at is not None:
        day = clock.office_date(grant.revoked_at).isoformat()
        raise Conflict(say("Grant %(number)s was revoked on %(day)s.", number=grant.number, day=day))


def require_unended(grant: Grant, today: date | None = None) -> None:
    """Raises Conflict for a grant whose last day is over."""
    if grant.valid_until is not None and grant.valid_until < (today or clock.today()):
        day = grant.valid_until.isoformat()
        raise Conflict(say("Grant %(number)s ended on %(day)s.", number=grant.number, day=day))


def require_reason(reason: str) -> None:
    """Raises Invalid for what nobody could read as a reason."""
    if not visible(reason) or len(reason) > 4000 or has_hidden(reason):
        raise Invalid({"reason": [say("Please give the reason (at most %(most)s characters).", most=4000)]})


def revoke_grant(
    session: Session, actor: Actor, grant_id: int, reason: str, basis: Mapping[str, Any] | None = None
) -> Grant:
    """Take a grant back. Raises Invalid without a reason that can be seen, and Conflict when it has been revoked
    already."""
    require_reason(reason)
    grant = locked_grant(session, grant_id)
    require_unrevoked(grant)
    grant.state, grant.revoked_at, grant.revoked_by = "revoked", clock.now(), actor.username
    grant.reason, grant.basis = reason.strip(), dict(basis) if basis else None
    detail = {"number": grant.number, "case": grant.case_id, "reason": grant.reason}
    append(session, ledger(session, f"grants:{grant.jurisdiction}"), "grant_revoked", actor.username, detail)
    return grant


def reinstate_grant(grant: Grant, items: Sequence[str] | None = None) -> None:
    """It counts again: decided on for the entry as it is now, for these items or all that it had. What was free to all
    has from then on the conditions that the entry has since got."""
    if grant.share_type in FREE and grant.resource.share_type not in FREE:
        grant.conditions = own_conditions(grant.resource.share_type, grant.resource.conditions)
    grant.state, grant.share_type = "active", grant.resource.share_type
    grant.suspended_at = grant.suspended_for = None
    grant.revoked_at = grant.revoked_by = grant.reason = grant.basis = None
    if items is not None:
        grant.items = [code for code in grant.items if code in set(items)]


def own_conditions(share_type: str, conditions: str | None, added: str | None = None) -> str:
    """The conditions of an entry as the catalogue has them, where it is shared on any, and those that were added, each
    a line of its own. What was typed once more is there once."""
    own = [] if share_type in FREE else _lines(conditions)
    known = {_clause(one) for line in own for one in _CLAUSE.findall(line)}
    for line in _lines(added):
        clauses = _CLAUSE.findall(line)
        new = [one for one in clauses if _clause(one) not in known]
        own += [line] if new == clauses else ["".join(new).strip()] if new else []
    return "\n".join(own)


def left_out(share_type: str, conditions: str | None, said: str | None) -> list[str]:
    """The clauses of an entry's own conditions that a text of conditions does not have."""
    known = {_clause(one) for line in _lines(said) for one in _CLAUSE.findall(line)}
    own = [] if share_type in FREE else _lines(conditions)
    return [one.strip() for line in own for one in _CLAUSE.findall(line) if _clause(one) not in known]


def _lines(text: str | None) -> list[str]:
    return [line.strip() for line in (text or "").splitlines() if visible(line)]


def _clause(text: str) -> str:
    return purpose_key(text).rstrip(".;。")


def unfit(grant: Grant, entry: Resource, *, withheld: bool = False, items: Collection[str] | None = None) -> str | None:
    """Why the entry, as it is now, does not bear the grant; None where it does. A withheld entry bears what was given
    on it as a withheld one, somebody had decided so, and (`withheld`) what somebody who may do so decides now.
    `items`: those that it is to have."""
    if entry.withdrawn:
        return "withdrawn"
    if not entry.published:
        return "unpublished"
    if entry.share_type == WITHHELD and grant.share_type != WITHHELD and not withheld:
        return WITHHELD
    return None if set(grant.items if items is None else items) <= set(codes_of(entry)) else "items"


def why_suspended(grant: Grant, entry: Resource) -> str | None:
    """Why the grant cannot go on without a decision: its entry does not bear it, or asks now for the decision that
    nobody took when the data were free to all."""
    undecided = grant.share_type in FREE and entry.share_type not in FREE
    return unfit(grant, entry) or (entry.share_type if undecided else None)


def codes_of(entry: Resource) -> list[str]:
    """The items that the entry has now; none once it was withdrawn."""
    return [] if entry.withdrawn else [item["code"] for item in entry.items]


def left_of(grant: Grant) -> list[str]:
    """The items of a grant that its entry still has. Raises Conflict where there are none."""
    left = [code for code in grant.items if code in codes_of(grant.resource)]
    if not left:
        code = grant.resource.code
        raise Conflict(say("The entry %(code)s has left the catalogue; nothing can be granted on it.", code=code))
    return left


def suspend_touched(session: Session, resources: Collection[Resource], now: datetime | None = None) -> list[Grant]:
    """Suspend every active grant on these entries that they no longer bear; returns the grants, which are locked. The
    caller owns the rest of the story: holder and provider hear of it, and the provider decides anew."""
    now, by_id = now or clock.now(), {one.id: one for one in resources}
    held = select(Grant).where(Grant.resource_id.in_(sorted(by_id)), Grant.state == "active", not_ended(now))
    locked = held.order_by(Grant.id).with_for_update(of=Grant).execution_options(populate_existing=True)
    suspended = []
    for grant in session.scalars(locked) if by_id else ():
        why = why_suspended(grant, by_id[grant.resource_id])
        if why is not None:
            grant.state, grant.suspended_at, grant.suspended_for = "suspended", now, why
            suspended.append(grant)
    return suspended


def not_ended(now: datetime) -> ColumnElement[bool]:
    return or_(Grant.valid_until.is_(None), Grant.valid_until >= clock.office_date(now))


def ending(session: Session, jurisdiction: str, until: date, limit: int = 200) -> Sequence[Grant]:
    """Active grants that end by that day and of which nobody has been warned yet."""
    soon = select(Grant).where(
        Grant.jurisdiction == jurisdiction,
        Grant.state == "active",
        Grant.warned_on.is_(None),
        Grant.valid_until.is_not(None),
        Grant.valid_until.between(clock.today(), until),
    )
    return session.scalars(soon.order_by(Grant.valid_until, Grant.id).limit(limit)).all()


def find_grants(
    session: Session,
    *,
    jurisdiction: str | None = None,
    case_id: int | None = None,
    department: str | None = None,
    resource: str | None = None,
    state: str | None = None,
    concerns: int | None = None,
    after: str | None = None,
    limit: int = 50,
) -> RowPage[Grant]:
    """Grants, the newest first. `department` and `resource` are codes; `concerns` keeps those which the department of
    that id holds, provides or has decided."""
    if (case_id or 0) > MOST_ID or any(has_hidden(text) for text in (jurisdiction, department, resource) if text):
        return RowPage([])
    query = select(Grant)
    if jurisdiction is not None:
        query = query.where(Grant.jurisdiction == jurisdiction)
    if case_id is not None:
        query = query.where(Grant.case_id == case_id)
    if department is not None:
        query = query.where(Grant.department_id.in_(select(Department.id).where(Department.code == department)))
    if resource is not None:
        query = query.where(Grant.resource_id.in_(select(Resource.id).where(Resource.code == resource)))
    if state is not None:
        query = query.where(in_state(state, clock.today()))
    if concerns is not None:
        provided = select(Resource.id).where(Resource.provider_id == concerns)
        own = or_(Grant.department_id == concerns, Grant.decided_by_id == concerns, Grant.resource_id.in_(provided))
        query = query.where(own)
    return page(session, query, NEWEST, after, limit)


def in_state(state: str, day: date) -> ColumnElement[bool]:
    """The condition on rows that are in that state on the day, as `Grant.state_on` has it."""
    if state == "revoked":
        return Grant.state == "revoked"
    if state == "expired":
        return and_(Grant.state != "revoked", Grant.valid_until < day)
    return and_(Grant.state == state, or_(Grant.valid_until.is_(None), Grant.valid_until >= day))


def usable(day: date) -> ColumnElement[bool]:
    return and_(
        Grant.state == "active",
        Grant.valid_from <= day,
        or_(Grant.valid_until.is_(None), Grant.valid_until >= day),
    )


def holders_of(session: Session, jurisdiction: str, resource: str, today: date | None = None) -> list[int]:
    """The departments (ids) that hold a usable grant on the entry."""
    query = select(Grant.department_id).join(Resource, Resource.id == Grant.resource_id).distinct()
    mine = query.where(Resource.code == resource, Grant.jurisdiction == jurisdiction, usable(today or clock.today()))
    return list(session.scalars(mine.order_by(Grant.department_id)))
