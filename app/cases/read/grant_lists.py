"""Grants as lists show them: what a reader may see of them, filtered and sorted in the database, page by page.

A department is asked for three times, each by its own index, and the answers are put together: what it holds, what
others hold of its entries, and what it has decided as a body of a ladder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, false, func, select
from sqlalchemy.orm import Session

from app.accounts import Actor, directory
from app.accounts.csv_tables import has_hidden
from app.cases import grant_decisions, policy
from app.cases.models import Case
from app.cases.paging import PAGE, cursor_of, rows_of
from app.catalogue import grants, use_log
from app.catalogue.models import Grant, Resource
from app.catalogue.paging import MOST, RowPage
from app.floor import clock
from app.history import HistoryEvent

HELD, PROVIDED = "held", "provided"
ROLES = (HELD, PROVIDED)
NEWEST, BY_END = "-number", "valid_until"
SORTS = (NEWEST, "number", BY_END, f"-{BY_END}")
"""Grants are numbered in the order in which they are made."""
LONGEST = 3660
"""So many days ahead of today somebody may ask for."""


def find(
    session: Session,
    actor: Actor,
    *,
    jurisdiction: str | None = None,
    case_id: int | None = None,
    department: str | None = None,
    provider: str | None = None,
    resource: str | None = None,
    state: str | None = None,
    ends_within: int | None = None,
    role: str | None = None,
    sort: str | None = None,
    after: str | None = None,
    limit: int = PAGE,
) -> RowPage[Grant]:
    """Grants that this actor may see. `department` (who holds it), `provider` and `resource` are codes; `ends_within`
    keeps those that are not revoked and end within so many days; `role` says as what the actor's own department is
    asked for. What has ended or ends soon is listed by its end, all else the newest first, unless `sort` says it."""
    place = actor.jurisdiction or jurisdiction
    if any(has_hidden(text) for text in (place, department, provider, resource) if text):
        return RowPage([])
    today = clock.today()
    asked = [
        *([Grant.case_id == case_id] if case_id is not None else []),
        *([Grant.department_id.in_(_ids(session, place, department))] if department is not None else []),
        *([_provided_by(_ids(session, place, provider))] if provider is not None else []),
        *([Grant.resource_id == _resource(resource)] if resource is not None else []),
        *([grants.in_state(state, today)] if state is not None else []),
        *(_ending(today, ends_within) if ends_within is not None else []),
    ]
    order = sort or order_of(state, ends_within)
    parts = [select(Grant).where(*asked, *within) for within in _seen(actor, place, role)]
    return _together(session, parts, order, after, max(1, min(limit, MOST)))


def order_of(state: str | None, ends_within: int | None) -> str:
    """The order of a list for which none was asked: the one in which its index has what is looked for."""
    if ends_within is not None:
        return BY_END
    return f"-{BY_END}" if state == "expired" else NEWEST


def _seen(actor: Actor, place: str | None, role: str | None) -> Iterator[Sequence[ColumnElement[bool]]]:
    """What this actor may see, in parts that have an index each."""
    here = [Grant.jurisdiction == place] if place is not None else []
    if role is None and policy.sees_all_grants(actor):
        yield here
        return
    own = actor.department_id
    if own is None:
        yield [false()]
        return
    if role != PROVIDED:
        yield [Grant.department_id == own]
    if role != HELD:
        yield [_provided_by([own])]
    if role is None:
        yield [Grant.decided_by_id == own]


def _ids(session: Session, place: str | None, code: str) -> list[int]:
    """The departments of that code, there or (for who sees everything) anywhere."""
    known = directory(session).by_code.items()
    return [card.id for (where, named), card in known if named == code and place in (None, where)]


def _provided_by(departments: Sequence[int]) -> ColumnElement[bool]:
    return Grant.resource_id.in_(select(Resource.id).where(Resource.provider_id.in_(departments)))


def _resource(code: str) -> Any:
    return select(Resource.id).where(Resource.code == code).scalar_subquery()


def _ending(today: date, days: int) -> list[ColumnElement[bool]]:
    until = today + timedelta(days=max(0, min(days, LONGEST)))
    return [Grant.state != "revoked", Grant.valid_until.between(today, until)]


def _together(
    session: Session, parts: Sequence[Select[Any]], order: str, after: str | None, limit: int
) -> RowPage[Grant]:
    column = Grant.valid_until if order.removeprefix("-") == BY_END else Grant.id
    descending = order.startswith("-")
    found: dict[int, Grant] = {}
    for part in parts:
        rows = rows_of(session.scalars, part, column, Grant.id, descending=descending, after=after, limit=limit)
        found |= {one.id: one for one in rows}
    lines = _sorted(found.values(), column.key, descending)
    kept = lines[:limit]
    more = len(lines) > limit
    return RowPage(kept, cursor_of(getattr(kept[-1], column.key), kept[-1].id) if more else None)


def _sorted(found: Any, key: str, descending: bool) -> list[Grant]:
    """As the database does it: rows without a value last, whatever the direction."""
    dated = [one for one in found if getattr(one, key) is not None]
    undated = [one for one in found if getattr(one, key) is None]
    dated.sort(key=lambda one: (getattr(one, key), one.id), reverse=descending)
    return dated + sorted(undated, key=lambda one: one.id, reverse=descending)


# one grant


@dataclass(frozen=True)
class RevocationPreview:
    """What revoking a grant would do, before it is done."""

    uses: int
    """How often it was used in the last days, counted up to `uses.MOST_COUNTED`."""
    used_last: datetime | None
    others: int
    """Grants that the holder could still use on this entry."""
    contestable: bool
    """Whether the regulation, or our convention, has a way to contest it."""


LOOKED_BACK = 30
"""Days of the log of uses that the outlook looks at."""


def outlook(session: Session, grant: Grant) -> RevocationPreview:
    often, last = use_log.count_of(session, grant.number, clock.now() - timedelta(days=LOOKED_BACK))
    beside = select(func.count()).where(
        Grant.department_id == grant.department_id, Grant.resource_id == grant.resource_id, Grant.id != grant.id
    )
    others = session.scalar(beside.where(grants.usable(clock.today()))) or 0
    return RevocationPreview(often, last, others, grant_decisions.is_contestable(session, grant.jurisdiction))


def renewals(session: Session, grant: Grant) -> tuple[Grant | None, Grant | None]:
    """The grant that this one renews, and the last one that renews it."""
    before = session.get(Grant, grant.renews_id) if grant.renews_id else None
    later = select(Grant).where(Grant.renews_id == grant.id).order_by(Grant.id.desc()).limit(1)
    return before, session.scalars(later).first()


def story_of(session: Session, grant: Grant) -> tuple[Case | None, list[HistoryEvent]]:
    """The case that made the grant, and what its history tells of the grant, the newest first."""
    case = session.get(Case, grant.case_id) if grant.case_id else None
    if case is None:
        return None, []
    told = select(HistoryEvent).where(HistoryEvent.stream == case.stream, HistoryEvent.kind.startswith("grant."))
    events = session.scalars(told.order_by(HistoryEvent.seq.desc()).limit(MOST)).all()
    return case, [one for one in events if one.detail.get("number") == grant.number]
