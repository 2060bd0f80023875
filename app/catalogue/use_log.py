"""The log of uses: a line for each answer whether data may be used, kept as long as the regulation wants it kept."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from app.accounts.csv_tables import has_hidden
from app.catalogue.models import Use
from app.catalogue.paging import MOST, RowPage, SortOrder, page
from app.catalogue.use_checks import Verdict
from app.floor import clock

NEWEST = SortOrder(Use.at, Use.id, descending=True)
KINDS = ("fetch", "supply")
USED, SUPPLIED = SIDES = ("used", "supplied")
MOST_COUNTED = 1000


def log_use(session: Session, verdict: Verdict, *, asked: dict[str, Any], jurisdiction: str, asked_by: str) -> None:
    """Write down what was asked and answered; one insert, with the commit of the answer."""
    found = verdict.grant
    named = None if found is not None else asked.get("grant")
    session.add(
        Use(
            at=clock.now(),
            jurisdiction=jurisdiction,
            department=asked["department"],
            provider=verdict.provider,
            resource=asked["resource"],
            items=list(asked["items"]),
            purpose=asked.get("purpose"),
            grant_number=found.number if found is not None else None if named is None else str(named),
            kind=asked.get("kind") or KINDS[0],
            amount=asked.get("amount"),
            allowed=verdict.allowed,
            reason=verdict.reason.stored(),
            asked_by=asked_by,
        )
    )


def find_uses(
    session: Session,
    *,
    jurisdiction: str | None = None,
    department: str | None = None,
    resource: str | None = None,
    grant: str | None = None,
    concerns: str | None = None,
    side: str | None = None,
    first: date | None = None,
    last: date | None = None,
    after: str | None = None,
    limit: int = 50,
) -> RowPage[Use]:
    """Lines of the log, the newest first, of these days (both belong to them). `concerns` keeps what the department of
    that code has fetched, and what others have of its entries: each asked by its own index, and then put together; or
    one `side` of it."""
    if any(has_hidden(text) for text in (jurisdiction, department, resource, grant) if text):
        return RowPage([])
    asked = [
        *([Use.jurisdiction == jurisdiction] if jurisdiction is not None else []),
        *([Use.department == department] if department is not None else []),
        *([Use.resource == resource] if resource is not None else []),
        *([Use.grant_number == grant] if grant is not None else []),
        *_days(first, last),
    ]
    query = select(Use).where(*asked)
    if concerns is None:
        return page(session, query, NEWEST, after, limit)
    limit = max(1, min(limit, MOST))
    fetched = query.where(Use.department == concerns)
    supplied = query.where(Use.provider == concerns, Use.department != concerns)
    sides = [one for name, one in ((USED, fetched), (SUPPLIED, supplied)) if side in (None, name)]
    found = [page(session, one, NEWEST, after, limit) for one in sides]
    return _together(found[0], found[-1], limit) if len(found) > 1 else found[0]


def _together(one: RowPage[Use], other: RowPage[Use], limit: int) -> RowPage[Use]:
    lines = sorted([*one.items, *other.items], key=lambda use: (use.at, use.id), reverse=True)
    more = len(lines) > limit or one.next is not None or other.next is not None
    kept = lines[:limit]
    return RowPage(kept, NEWEST.cursor(kept[-1]) if more and kept else None)


def count_of(session: Session, grant: str, since: datetime) -> tuple[int, datetime | None]:
    """How often data were used under a grant since then (counted up to `MOST_COUNTED`), and when it was last."""
    used = select(Use.at).where(Use.grant_number == grant, Use.allowed, Use.at >= since).order_by(Use.at.desc())
    moments = session.scalars(used.limit(MOST_COUNTED)).all()
    return len(moments), moments[0] if moments else None


def _days(first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
    """Days of the office, as conditions on moments."""
    if first is not None:
        yield Use.at >= datetime.combine(first, time(), clock.OFFICE)
    if last is not None:
        yield Use.at <= datetime.combine(last, time.max, clock.OFFICE)
