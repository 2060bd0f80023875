"""Grants: made by cases, revoked by people, asked for by the exchange platform at every use."""

from __future__ import annotations

import re
import unicodedata
from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session, lazyload

from app import clock
from app.accounts import Actor, Department
from app.accounts.tables import has_hidden
from app.catalogue.entries import entry
from app.catalogue.models import Grant, Resource
from app.catalogue.pages import Order, Page, page
from app.errors import Conflict, Invalid, NotFound
from app.history import append, ledger
from app.words import Say, say

NEWEST = Order(Grant.id, Grant.id, descending=True)
MOST_ID = 2**31 - 1
LOOKED_AT = 200
"""How many of a department's grants on one resource are compared; only the newest of them matter."""


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
    months: int | None = None,
    now: datetime | None = None,
) -> Grant:
    """A grant on the entry as it is now, from today, for some months or without end. Raises Invalid for items that the
    entry does not have; the case's own history records it."""
    found = entry(session, resource)
    foreign = sorted(set(items) - {item["code"] for item in found.items})
    if foreign:
        raise Invalid({"items": [say("The resource has no item %(code)s.", code=code) for code in foreign]})
    today = clock.office_date(now or clock.now())
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
        mode=mode or "",
        conditions=conditions or "",
        valid_from=today,
        valid_until=months_later(today, months) if months else None,
    )
    session.add(grant)
    return grant


def grant_by_id(session: Session, grant_id: int) -> Grant:
    """Raises NotFound."""
    found = session.get(Grant, grant_id) if 0 < grant_id <= MOST_ID else None
    if found is None:
        raise NotFound(say("There is no such grant."))
    return found


def revoke_grant(session: Session, actor: Actor, grant_id: int, reason: str) -> Grant:
    """Take a grant back for good. Raises Invalid without a reason, and Conflict when it has been revoked already."""
    if not reason.strip() or len(reason) > 4000 or has_hidden(reason):
        raise Invalid({"reason": [say("Please give the reason (at most %(most)s characters).", most=4000)]})
    grant_by_id(session, grant_id)
    locked = select(Grant).where(Grant.id == grant_id).with_for_update(of=Grant)
    grant = session.scalars(locked.execution_options(populate_existing=True)).one()
    if grant.revoked_at is not None:
        day = clock.office_date(grant.revoked_at).isoformat()
        raise Conflict(say("Grant %(number)s was revoked on %(day)s.", number=grant.number, day=day))
    grant.revoked_at, grant.revoked_by, grant.reason = clock.now(), actor.username, reason.strip()
    detail = {"number": grant.number, "case": grant.case_id, "reason": grant.reason}
    append(session, ledger(session, f"grants:{grant.jurisdiction}"), "grant_revoked", actor.username, detail)
    return grant


def find_grants(
    session: Session,
    *,
    jurisdiction: str | None = None,
    case_id: int | None = None,
    department: str | None = None,
    resource: str | None = None,
    concerns: int | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Grant]:
    """Grants, the newest first. `department` and `resource` are codes; `concerns` keeps those which the department of
    that id holds or provides."""
    if (case_id or 0) > MOST_ID or any(has_hidden(text) for text in (jurisdiction, department, resource) if text):
        return Page([])
    query = select(Grant)
    if jurisdiction is not None:
        query = query.where(Grant.jurisdiction == jurisdiction)
    if case_id is not None:
        query = query.where(Grant.case_id == case_id)
    if department is not None:
        query = query.where(Grant.department_id.in_(select(Department.id).where(Department.code == department)))
    if resource is not None:
        query = query.where(Grant.resource_id.in_(select(Resource.id).where(Resource.code == resource)))
    if concerns is not None:
        provided = select(Resource.id).where(Resource.provider_id == concerns)
        query = query.where(or_(Grant.department_id == concerns, Grant.resource_id.in_(provided)))
    return page(session, query, NEWEST, after, limit)


def usable(day: date) -> ColumnElement[bool]:
    return and_(
        Grant.revoked_at.is_(None),
        Grant.valid_from <= day,
        or_(Grant.valid_until.is_(None), Grant.valid_until >= day),
    )


def holders_of(session: Session, jurisdiction: str, resource: str, today: date | None = None) -> list[int]:
    """The departments (ids) that hold a usable grant on the entry."""
    query = select(Grant.department_id).join(Resource, Resource.id == Grant.resource_id).distinct()
    mine = query.where(Resource.code == resource, Grant.jurisdiction == jurisdiction, usable(today or clock.today()))
    return list(session.scalars(mine.order_by(Grant.department_id)))


@dataclass(frozen=True)
class Verdict:
    """Whether a use is covered, by which grant, and why or why not."""

    allowed: bool
    grant: Grant | None
    reason: Say


def check_grant(
    session: Session,
    jurisdiction: str,
    department: str,
    resource: str,
    items: Sequence[str],
    *,
    purpose: str | None = None,
    grant: int | str | None = None,
    today: date | None = None,
) -> Verdict:
    """Whether the department may use these items now: one usable grant must cover them all, found by purpose or named
    by number or id. One statement, a second one to say why not. Raises Invalid without purpose and grant."""
    if purpose is None and grant is None:
        raise Invalid({"purpose": [say("Please name the purpose or the grant.")]})
    nothing = Verdict(False, None, say("The department holds no grant on this resource."))
    too_large = isinstance(grant, int) and grant > MOST_ID
    if too_large or any(has_hidden(text) for text in (jurisdiction, department, resource)):
        return nothing
    today = today or clock.today()
    held = _held(jurisdiction, department, resource)
    for found, _ in session.execute(held.where(usable(today), ~Resource.withdrawn, *_named(purpose, grant))):
        if items and set(items) <= set(found.items):
            return Verdict(True, found, say("Covered by grant %(number)s.", number=found.number))
    others = session.execute(held).all()
    if not others:
        return nothing
    named = [one for one, _ in others if _is_named(one, purpose, grant)]
    if not named:
        return Verdict(False, None, say("No grant on this resource is for this purpose, or has this number."))
    return Verdict(False, None, _why_not(named, others[0].withdrawn, items, today))


def _held(jurisdiction: str, department: str, resource: str) -> Select[Grant, bool]:
    """The grants alone, without the rows that they point to: this is asked at every use."""
    return (
        select(Grant, Resource.withdrawn)
        .options(lazyload(Grant.department), lazyload(Grant.resource))
        .join(Department, Grant.department_id == Department.id)
        .join(Resource, Grant.resource_id == Resource.id)
        .where(Department.jurisdiction == jurisdiction, Department.code == department, Resource.code == resource)
        .order_by(Grant.id.desc())
        .limit(LOOKED_AT)
    )


def _named(purpose: str | None, grant: int | str | None) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if purpose is not None:
        asked.append(Grant.purpose_key == purpose_key(purpose))
    if grant is not None:
        asked.append(Grant.id == grant if isinstance(grant, int) else Grant.number == purpose_key(grant))
    return asked


def _is_named(one: Grant, purpose: str | None, grant: int | str | None) -> bool:
    for_purpose = purpose is None or one.purpose_key == purpose_key(purpose)
    return for_purpose and (grant is None or grant in (one.id, one.number))


def _why_not(named: Sequence[Grant], withdrawn: bool, items: Sequence[str], today: date) -> Say:
    """Of several grants that do not do, the newest usable one explains it, else the newest."""
    one = next((grant for grant in named if grant.usable_on(today)), named[0])
    words = {"number": one.number}
    if one.revoked_at is not None:
        return say("Grant %(number)s was revoked on %(day)s.", **words, day=str(clock.office_date(one.revoked_at)))
    if one.valid_until is not None and one.valid_until < today:
        return say("Grant %(number)s ended on %(day)s.", **words, day=one.valid_until.isoformat())
    if one.valid_from > today:
        return say("Grant %(number)s begins on %(day)s.", **words, day=one.valid_from.isoformat())
    if withdrawn:
        return say("The resource was withdrawn from the catalogue.")
    if not items:
        return say("Please name the items that are to be used.")
    missing = ", ".join(sorted(set(items) - set(one.items)))
    return say("Grant %(number)s does not cover %(items)s.", **words, items=missing)
