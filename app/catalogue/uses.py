"""The log of uses: a line for each answer whether data may be used, kept as long as the regulation wants it kept."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.orm import Session

from app import clock
from app.accounts.tables import has_hidden
from app.catalogue.models import Use
from app.catalogue.pages import MOST, Order, Page, page
from app.catalogue.verdicts import Verdict
from app.history import SYSTEM, append, ledger

NEWEST = Order(Use.at, Use.id, descending=True)
KINDS = ("fetch", "supply")
AT_ONCE = 5000
"""So many lines are taken out in one statement, so that nobody waits long for it."""


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
    concerns: str | None = None,
    first: date | None = None,
    last: date | None = None,
    after: str | None = None,
    limit: int = 50,
) -> Page[Use]:
    """Lines of the log, the newest first, of these days (both belong to them). `concerns` keeps what the department of
    that code has fetched, and what others have of its entries: each asked by its own index, and then put together."""
    if any(has_hidden(text) for text in (jurisdiction, department, resource) if text):
        return Page([])
    asked = [
        *([Use.jurisdiction == jurisdiction] if jurisdiction is not None else []),
        *([Use.department == department] if department is not None else []),
        *([Use.resource == resource] if resource is not None else []),
        *_days(first, last),
    ]
    query = select(Use).where(*asked)
    if concerns is None:
        return page(session, query, NEWEST, after, limit)
    limit = max(1, min(limit, MOST))
    own = page(session, query.where(Use.department == concerns), NEWEST, after, limit)
    supplied = page(session, query.where(Use.provider == concerns, Use.department != concerns), NEWEST, after, limit)
    return _together(own, supplied, limit)


def _together(one: Page[Use], other: Page[Use], limit: int) -> Page[Use]:
    lines = sorted([*one.items, *other.items], key=lambda use: (use.at, use.id), reverse=True)
    more = len(lines) > limit or one.next is not None or other.next is not None
    kept = lines[:limit]
    return Page(kept, NEWEST.cursor(kept[-1]) if more and kept else None)


def _days(first: date | None, last: date | None) -> Iterator[ColumnElement[bool]]:
    """Days of the office, as conditions on moments."""
    if first is not None:
        yield Use.at >= datetime.combine(first, time(), clock.OFFICE)
    if last is not None:
        yield Use.at <= datetime.combine(last, time.max, clock.OFFICE)


def forget_before(session: Session, jurisdiction: str, day: date) -> int:
    """Take out the lines of a jurisdiction that are older than that day, some thousands at most; returns how many. The
    ledger of the log keeps that it was done."""
    old = select(Use.id).where(Use.jurisdiction == jurisdiction, *_older(day)).order_by(Use.at, Use.id).limit(AT_ONCE)
    ids: Sequence[int] = session.scalars(old).all()
    if not ids:
        return 0
    session.execute(delete(Use).where(Use.id.in_(ids)).execution_options(synchronize_session=False))
    detail = {"before": day.isoformat(), "lines": len(ids)}
    append(session, ledger(session, f"uses:{jurisdiction}"), "uses.forgotten", SYSTEM, detail)
    return len(ids)


def _older(day: date) -> list[ColumnElement[bool]]:
    return [Use.at < datetime.combine(day, time(), clock.OFFICE)]
