"""Whether a use is covered: asked by the exchange platform each time data are to be fetched.

The law of today decides, and the entry as it is now. What is open to every department, and what is a department's own,
needs no grant; what is conditional needs one that is active; what is withheld needs one that was given on it as such.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, select
from sqlalchemy.orm import Session, aliased, lazyload

from app.accounts import Department
from app.accounts.csv_tables import has_hidden
from app.catalogue.checks import FREE
from app.catalogue.grants import MOST_ID, WITHHELD, purpose_key, usable
from app.catalogue.models import Grant, Resource
from app.floor import clock
from app.floor.errors import Invalid
from app.floor.languages import series
from app.floor.messages import Say, Text, say

LOOKED_AT = 200
"""How many of a department's grants on one resource are compared; only the newest of them matter."""
Provider = aliased(Department)
NOTHING = say("The department holds no grant on this resource.")


class CheckedEntry(NamedTuple):
    """What of an entry decides."""

    id: int
    share_type: str
    published: bool
    withdrawn: bool
    items: list[dict[str, Any]]
    provider_id: int
    provider: str
    asker_id: int


@dataclass(frozen=True)
class Verdict:
    """Whether a use is covered, by which grant, and why or why not; `provider` is the code of whose data they are."""

    allowed: bool
    grant: Grant | None
    reason: Say
    provider: str = ""


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
    """Whether the department may use these items now. Where a grant is needed, one that is usable must cover them all,
    or the usable ones of one application; found by purpose or named by number or id. One statement, a second one to say
    why no grant does. Raises Invalid without purpose and grant where one is needed."""
    too_large = isinstance(grant, int) and grant > MOST_ID
    if too_large or any(has_hidden(text) for text in (jurisdiction, department, resource)):
        return Verdict(False, None, NOTHING)
    today = today or clock.today()
    found = _found(session, jurisdiction, department, resource, and_(usable(today), *_named(purpose, grant)))
    if not found:
        return Verdict(False, None, NOTHING)
    entry = CheckedEntry(*found[0][:-1])
    refused = _refused(entry, items)
    if refused is not None:
        return Verdict(False, None, refused, entry.provider)
    if entry.provider_id == entry.asker_id:
        return Verdict(True, None, say("These are the department's own data: no grant is needed."), entry.provider)
    if entry.share_type in FREE:
        return Verdict(True, None, say("The entry is open to every department: no grant is needed."), entry.provider)
    if purpose is None and grant is None:
        raise Invalid({"purpose": [say("Please name the purpose or the grant.")]})
    usable_ones = [
        line[-1] for line in found if line[-1] is not None and line[-1].share_type in BEARS[entry.share_type]
    ]
    covering = _covering(usable_ones, items)
    if covering:
        numbers = series(one.number for one in covering)
        return Verdict(True, covering[0], say("Covered by grant %(number)s.", number=numbers), entry.provider)
    why = _why_not(session, entry, items, today, purpose, grant)
    return Verdict(False, None, why, entry.provider)


def _covering(grants: Sequence[Grant], items: Sequence[str]) -> list[Grant]:
    """The grant that covers them all; or those of one application, what was won in its dispute beside what its provider
    had approved: they are for one purpose, and together what was applied for. Empty where there are none."""
    wanted, together = set(items), dict[int, list[Grant]]()
    for one in grants:
        if wanted <= set(one.items):
            return [one]
        if one.case_id is not None:
            together.setdefault(one.case_id, []).append(one)
    return next((all_ for all_ in together.values() if wanted <= {code for one in all_ for code in one.items}), [])


def _found(
    session: Session, jurisdiction: str, department: str, resource: str, which: ColumnElement[bool]
) -> Sequence[Any]:
    """The entry, once with each grant of the department on it that may do, or alone."""
    query = (
        select(
            Resource.id, Resource.share_type, Resource.published, Resource.withdrawn, Resource.items,
            Resource.provider_id, Provider.code, Department.id, Grant,
        )
        .options(lazyload(Grant.department), lazyload(Grant.resource))
        .select_from(Resource)
        .join(Provider, Provider.id == Resource.provider_id)
        .join(
            Department,
            and_(
                Department.jurisdiction == jurisdiction,
                Department.code == department,
                Department.closed_on.is_(None),
            ),
        )
        .outerjoin(Grant, and_(Grant.resource_id == Resource.id, Grant.department_id == Department.id, which))
        .where(Resource.code == resource, Resource.jurisdiction == jurisdiction)
        .order_by(Grant.id.desc())
        .limit(LOOKED_AT)
    )  # fmt: skip
    return session.execute(query).all()


def _refused(entry: CheckedEntry, items: Sequence[str]) -> Say | None:
    """What no grant can help: the entry is not there, or not so."""
    if entry.withdrawn:
        return say("The resource was withdrawn from the catalogue.")
    if not entry.published:
        return say("The resource is not published on the platform.")
    if not items:
        return say("Please name the items that are to be used.")
    gone = sorted(set(items) - {item["code"] for item in entry.items})
    return say("The entry has no item %(items)s now.", items=series(gone)) if gone else None


def _named(purpose: str | None, grant: int | str | None) -> list[ColumnElement[bool]]:
    asked: list[ColumnElement[bool]] = []
    if purpose is not None:
        asked.append(Grant.purpose_key == purpose_key(purpose))
    if grant is not None:
        asked.append(Grant.id == grant if isinstance(grant, int) else Grant.number == purpose_key(grant))
    return asked


def _held(entry: CheckedEntry) -> Select[Grant]:
    return (
        select(Grant)
        .options(lazyload(Grant.department), lazyload(Grant.resource))
        .where(Grant.department_id == entry.asker_id, Grant.resource_id == entry.id)
        .order_by(Grant.id.desc())
        .limit(LOOKED_AT)
    )


def _is_named(one: Grant, purpose: str | None, grant: int | str | None) -> bool:
    for_purpose = purpose is None or one.purpose_key == purpose_key(purpose)
    return for_purpose and (grant is None or grant in (one.id, one.number))


def _why_not(
    session: Session,
    entry: CheckedEntry,
    items: Sequence[str],
    today: date,
    purpose: str | None,
    grant: int | str | None,
) -> Say:
    """Of several grants that do not do, the newest usable one explains it, else the newest."""
    held = session.scalars(_held(entry)).all()
    named = [one for one in held if _is_named(one, purpose, grant)]
    if not held:
        return say("The resource is not shared.") if entry.share_type == WITHHELD else NOTHING
    if not named:
        return say("No grant on this resource is for this purpose, or has this number.")
    one = next((grant for grant in named if grant.usable_on(today)), named[0])
    return _what_is_wrong(one, entry, items, today)


def _what_is_wrong(one: Grant, entry: CheckedEntry, items: Sequence[str], today: date) -> Say:
    words = {"number": one.number}
    if one.revoked_at is not None:
        return say("Grant %(number)s was revoked on %(day)s.", **words, day=str(clock.office_date(one.revoked_at)))
    if one.valid_until is not None and one.valid_until < today:
        return say("Grant %(number)s ended on %(day)s.", **words, day=one.valid_until.isoformat())
    if one.suspended_at is not None:
        day = str(clock.office_date(one.suspended_at))
        return say("Grant %(number)s has been suspended since %(day)s: %(why)s", **words, day=day, why=suspended(one))
    if one.valid_from > today:
        return say("Grant %(number)s begins on %(day)s.", **words, day=one.valid_from.isoformat())
    missing = sorted(set(items) - set(one.items))
    if missing:
        named = {item["code"]: item["name"] for item in entry.items}
        told = series(_titled(named.get(code), code) for code in missing)
        return say("Grant %(number)s does not cover %(items)s.", **words, items=told)
    if one.share_type in FREE:
        return say("The entry is shared conditionally now, and nobody has decided on grant %(number)s.", **words)
    return say("The entry is withheld now, and grant %(number)s was not given on it as such.", **words)


def _titled(name: str | None, code: str) -> Text:
    return Text(f"{name}（{code}）", f"{name} ({code})") if name else Text(code, code)


BEARS = {"conditional": ("conditional", WITHHELD), WITHHELD: (WITHHELD,)}
"""On which grants an entry may be used: those that were decided on for a share type that is no freer than its own."""
SUSPENDED = {
    "conditional": say("the entry is shared conditionally now, and nobody has decided on the grant."),
    "withheld": say("the entry is withheld now."),
    "items": say("the entry has lost an item of the grant."),
    "withdrawn": say("the entry was withdrawn from the catalogue."),
    "unpublished": say("the entry is no longer published on the platform."),
}


def suspended(grant: Grant) -> Say | None:
    """Why the grant is suspended."""
    return SUSPENDED.get(grant.suspended_for or "")
