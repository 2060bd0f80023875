"""The responsibility list: read by edition and department, and written to a file."""

from __future__ import annotations

import csv
import io
from typing import Any

from flask import Response, render_template, url_for
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Actor
from app.catalogue import responsibility
from app.catalogue.models import ResponsibilityEdition, ResponsibilityLine
from app.floor import clock
from app.floor.errors import NotFound
from app.floor.messages import say
from app.jurisdictions.rulebook import editions
from app.web.catalogue.routes import pages, reads
from app.web.filters import asked, cell, choice, page_of, words
from app.web.layout import page, place_of

EDITIONS_OFFERED = 200
COLUMNS = ("edition", "resource", "resource_name", "item", "item_name", "department", "department_name")


@pages.get("/responsibility")
@reads
def duties() -> str:
    with page() as (session, actor):
        place = _place(session, actor)
        edition = responsibility.edition(session, place, _number())
        filters = _filters(session, actor, place)
        found = responsibility.lines_in(
            session, place, edition.number if edition else 0, department=asked("department"),
            resource=asked("resource"), after=asked("after"),
        )  # fmt: skip
        return render_template(
            "catalogue/responsibility.html",
            edition=_edition(edition) if edition else None,
            filters=filters,
            page=page_of(len(found.items), found.next, "resource", filters),
            lines=[_line(one) for one in found.items],
            export_url=url_for("catalogue.duties_as_csv", **_kept(place, edition)) if edition else None,
        )


@pages.get("/responsibility.csv")
@reads
def duties_as_csv() -> Response:
    with page() as (session, actor):
        place = _place(session, actor)
        edition = responsibility.edition(session, place, _number())
        if edition is None:
            raise NotFound(say("There is no responsibility list here yet."))
        written = _written(session, place, edition.number)
    name = f"responsibility-{place}-{edition.number}.csv"
    headers = {"Content-Disposition": f"attachment; filename={name}"}
    return Response(written, mimetype="text/csv", headers=headers)


def _written(session: Session, place: str, number: int) -> bytes:
    """With a mark at the beginning, by which spreadsheets know UTF-8."""
    file = io.StringIO()
    sheet = csv.writer(file)
    sheet.writerow(COLUMNS)
    for one in responsibility.every_line(session, place, number, asked("department")):
        sheet.writerow([number, *(cell(getattr(one, name)) for name in COLUMNS[1:])])
    return file.getvalue().encode("utf-8-sig")


def _place(session: Session, actor: Actor) -> str:
    """The reader's jurisdiction; an administrator says which, or gets the first that has a list."""
    if actor.jurisdiction is not None:
        return actor.jurisdiction
    known = list(editions(session))
    wanted = asked("jurisdiction")
    if wanted is not None and wanted not in known:
        raise NotFound(say("There is no responsibility list of %(jurisdiction)s.", jurisdiction=wanted))
    return wanted or next((one for one in known if responsibility.latest(session, one)), known[0])


def _number() -> int | None:
    wanted = asked("edition")
    return int(wanted) if wanted and wanted.isascii() and wanted.isdigit() and 0 < int(wanted) < 2**31 else None


def _filters(session: Session, actor: Actor, place: str) -> list[dict[str, Any]]:
    numbers = responsibility.editions_of(session, place, limit=EDITIONS_OFFERED).items
    named = [(str(one.number), say("Edition %(number)s", number=one.number)) for one in numbers]
    providers = [(one.code, one.name) for one in accounts.departments(session, place) if one.kind != "platform"]
    filters = [choice("edition", say("Edition"), named), choice("department", say("Department"), providers)]
    if actor.jurisdiction is None:
        places = [(one, place_of(session, one)) for one in editions(session)]
        filters.insert(0, choice("jurisdiction", say("Jurisdiction"), places))
    return [*filters, words("resource", say("Resource code"))]


def _kept(place: str, edition: ResponsibilityEdition) -> dict[str, Any]:
    return {"jurisdiction": place, "edition": edition.number, "department": asked("department")}


def _edition(one: ResponsibilityEdition) -> dict[str, Any]:
    return {"number": one.number, "made_on": clock.office_date(one.made_at), "lines": one.lines}


def _line(one: ResponsibilityLine) -> dict[str, Any]:
    return {
        "resource": one.resource,
        "resource_name": one.resource_name,
        "item": one.item,
        "item_name": one.item_name,
        "department_name": one.department_name,
        "since": one.since,
    }
