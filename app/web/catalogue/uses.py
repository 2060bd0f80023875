"""The log of uses: what was fetched and supplied, for both sides and their bureau; and the same as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from typing import Any

from flask import Response, render_template, stream_with_context, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Actor, directory
from app.cases import policy
from app.catalogue import use_log
from app.catalogue.models import Resource, Use
from app.catalogue.paging import MOST
from app.entry import database
from app.entry import words as spoken
from app.floor import clock
from app.floor.languages import series
from app.floor.messages import Say, Text, said, say
from app.jurisdictions.rulebook import editions
from app.web.catalogue.routes import pages, reads
from app.web.fields import a_date
from app.web.filters import asked, cell, choice, day, page_of, words
from app.web.layout import page, place_of

Names = dict[tuple[str, str], Text]
FETCH, SUPPLY = use_log.KINDS
KIND = {FETCH: say("fetched"), SUPPLY: say("supplied")}
SIDES = {use_log.USED: say("fetched by my department"), use_log.SUPPLIED: say("of my department's entries")}
COLUMNS: dict[str, Say] = {
    "at": say("Time"),
    "department": say("User department"), "department_code": say("Code of the user department"),
    "provider": say("Provider"), "provider_code": say("Code of the provider"),
    "resource": say("Resource"), "code": say("Resource code"),
    "items": say("Items"), "item_codes": say("Codes of the items"),
    "purpose": say("Purpose"), "grant_number": say("Sharing grant"), "kind": say("Kind"),
    "amount": say("Records"), "allowed": say("Allowed"), "reason": say("Reason"), "asked_by": say("Asked by"),
}  # fmt: skip


@pages.get("/uses")
@reads
def used() -> str:
    with page() as (session, actor):
        filters, wanted = _filters(session, actor), _wanted(actor)
        found = use_log.find_uses(session, **wanted, after=asked("after"))
        names, entries = _names(session, found.items), _entries(session, found.items)
        return render_template(
            "catalogue/uses.html",
            filters=filters,
            page=page_of(len(found.items), found.next, "at", filters),
            uses=[_line(one, names, entries.get(one.resource)) for one in found.items],
            export_url=url_for("catalogue.used_as_csv", **{one["name"]: one["value"] for one in filters}),
        )


@pages.get("/uses.csv")
@reads
def used_as_csv() -> Response:
    """All lines that fit the filter, however many: written as they are read, some at a time."""
    with page() as (_, actor):
        wanted = _wanted(actor)
    name = f"uses-{clock.today().isoformat()}.csv"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(stream_with_context(_written(wanted)), mimetype="text/csv", headers=headers)


def _written(wanted: dict[str, Any]) -> Iterator[bytes]:
    """With a mark at the beginning, by which spreadsheets know UTF-8."""
    yield _rows([[spoken(title) for title in COLUMNS.values()]]).encode("utf-8-sig")
    after: str | None = None
    while True:
        with database().transaction(write=False) as session:
            found = use_log.find_uses(session, **wanted, after=after, limit=MOST)
            names, entries = _names(session, found.items), _entries(session, found.items)
            lines = [_in_file(one, _line(one, names, entries.get(one.resource))) for one in found.items]
            rows = [[cell(line[name]) for name in COLUMNS] for line in lines]
        yield _rows(rows).encode()
        after = found.next
        if after is None:
            return


def _rows(rows: list[list[str]]) -> str:
    file = io.StringIO()
    csv.writer(file).writerows(rows)
    return file.getvalue()


def _in_file(one: Use, line: dict[str, Any]) -> dict[str, str]:
    """A line as it is read, and beside each name the code that it was asked by."""
    written = {
        **line,
        "at": one.at.astimezone(clock.OFFICE).strftime("%Y-%m-%d %H:%M:%S"),
        "department_code": one.department, "provider_code": one.provider, "items": series(line["items"]),
        "item_codes": "、".join(one.items), "grant_number": one.grant_number, "asked_by": one.asked_by,
        "allowed": say("yes") if one.allowed else say("no"), "amount": one.amount,
    }  # fmt: skip
    return {name: _spelled(written[name]) for name in COLUMNS}


def _spelled(value: Any) -> str:
    return spoken(value) if isinstance(value, Say | Text) else "" if value is None else str(value)


def _wanted(actor: Actor) -> dict[str, Any]:
    """The filter, within what this reader may see. A day that is none is told at its field."""
    within = policy.uses_of(actor)
    if actor.jurisdiction is None and asked("jurisdiction"):
        within["jurisdiction"] = asked("jurisdiction")
    return {
        **within,
        "side": asked("side") if asked("side") in SIDES else None,
        "department": asked("department"),
        "resource": asked("resource"),
        "grant": asked("grant"),
        "first": _day("from"),
        "last": _day("to"),
    }


def _day(name: str) -> date | None:
    return a_date(name, asked(name) or "") if asked(name) else None


def _filters(session: Session, actor: Actor) -> list[dict[str, Any]]:
    filters = [day("from", say("From the day")), day("to", say("To the day"))]
    if policy.uses_of(actor).get("concerns"):
        filters.append(choice("side", say("Whose"), list(SIDES.items())))
    if actor.jurisdiction is None:
        places = [(one, place_of(session, one)) for one in editions(session)]
        filters.append(choice("jurisdiction", say("Jurisdiction"), places))
    else:
        known = [one for one in accounts.departments(session, actor.jurisdiction) if one.kind != "platform"]
        filters.append(choice("department", say("User department"), [(one.code, one.name) for one in known]))
    return [*filters, words("resource", say("Resource code")), words("grant", say("Number of a grant"))]


def _names(session: Session, lines: list[Use]) -> Names:
    """Departments as they are called; codes that are known no more stay codes."""
    known = directory(session).by_code
    asked_for = {(one.jurisdiction, code) for one in lines for code in (one.department, one.provider)}
    return {one: known[one].name for one in asked_for if one in known}


def _entries(session: Session, lines: list[Use]) -> dict[str, Resource]:
    """The entries as they are now, for the names of them and of their items; what is gone stays a code."""
    codes = {one.resource for one in lines}
    return {one.code: one for one in session.scalars(select(Resource).where(Resource.code.in_(sorted(codes))))}


def _line(one: Use, names: Names, entry: Resource | None) -> dict[str, Any]:
    items = {item["code"]: item["name"] for item in entry.items} if entry is not None else {}
    return {
        "at": one.at,
        "department": names.get((one.jurisdiction, one.department), one.department),
        "provider": names.get((one.jurisdiction, one.provider), one.provider),
        "code": one.resource,
        "resource": entry.name if entry is not None else None,
        "items": [items.get(code, code) for code in one.items],
        "purpose": one.purpose,
        "grant": one.grant_number,
        "kind": KIND.get(one.kind, one.kind),
        "amount": one.amount,
        "allowed": one.allowed,
        "reason": said(one.reason),
    }
