"""Browse the catalogue; from a resource an application begins."""

from __future__ import annotations

from typing import Any

from flask import render_template, request, url_for
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Actor
from app.cases.read import case_page as shown
from app.cases.read import grant_lists
from app.catalogue import entries
from app.catalogue.models import Grant, Resource, ResourceVersion
from app.floor import clock
from app.floor.errors import NotFound
from app.floor.messages import say
from app.jurisdictions.rulebook import editions, rulebook
from app.web.catalogue.routes import pages, reads
from app.web.changes import SHARE_TYPE
from app.web.filters import asked, choice, page_of, sort_by, words
from app.web.labels import entry_facts, grant_line
from app.web.layout import page, place_of


@pages.get("/catalogue")
@reads
def resources() -> str:
    with page() as (session, actor):
        filters, sort = _filters(session, actor), sort_by("name", "name", "code")
        found = entries.find(
            session, jurisdiction=actor.jurisdiction or asked("jurisdiction"), provider=asked("provider"),
            share_type=asked("share_type"), q=asked("q"), sort=sort, after=asked("after"),
        )  # fmt: skip
        return render_template(
            "catalogue/list.html",
            filters=filters,
            page=page_of(len(found.items), found.next, sort, filters),
            resources=[_line(one) for one in found.items],
            duties_url=url_for("catalogue.duties"),
        )


def _filters(session: Session, actor: Actor) -> list[dict[str, Any]]:
    filters = [choice("share_type", say("Sharing"), list(SHARE_TYPE.items()))]
    if actor.jurisdiction is None:
        places = [(one, place_of(session, one)) for one in editions(session)]
        filters.append(choice("jurisdiction", say("Jurisdiction"), places))
    else:
        providers = accounts.departments(session, actor.jurisdiction)
        named = [(one.code, one.name) for one in providers if one.kind == "department"]
        filters.append(choice("provider", say("Provider"), named))
    return [*filters, words("q", say("Words"), say("name or code"))]


def _line(one: Resource) -> dict[str, Any]:
    return {
        "code": one.code,
        "name": one.name,
        "provider": one.provider.name,
        "share_type": one.share_type,
        "sensitive": one.sensitive,
        "published": one.published,
        "items": len(one.items),
        "version": one.version,
        "url": url_for("catalogue.resource", code=one.code),
    }


@pages.get("/catalogue/<path:code>")
@reads
def resource(code: str) -> str:
    with page() as (session, actor):
        found = entries.entry(session, code)
        if actor.jurisdiction not in (None, found.jurisdiction):
            raise NotFound(say("There is no resource %(code)s.", code=code))
        versions = entries.versions_of(session, code)
        version = _asked_version(versions) or found.version
        return render_template(
            "catalogue/resource.html",
            resource=_entry(found, versions, version),
            starts=_starts(session, actor, found) if version == found.version and not found.withdrawn else [],
            versions=[_version(one, found, version) for one in reversed(versions)],
            grants=[grant_line(actor, one) for one in _grants(session, actor, found)],
            law=_law(session, found),
        )


def _asked_version(versions: list[ResourceVersion]) -> int | None:
    wanted = request.args.get("version", "")
    return next((one.version for one in versions if str(one.version) == wanted), None)


def _entry(found: Resource, versions: list[ResourceVersion], version: int) -> dict[str, Any]:
    """The entry as it is, or as it was in an older version."""
    kept = next((one.snapshot for one in versions if one.version == version), None)
    values = entries.content(found) if version == found.version or kept is None else kept
    return {
        "code": found.code,
        "name": values["name"],
        "provider": found.provider.name,
        "share_type": values["share_type"],
        "sensitive": values["sensitive"],
        "published": values["published"],
        "basic": values["basic"],
        "version": version,
        "facts": entry_facts(values),
        "items": [{"code": one["code"], "name": one["name"], "note": one.get("type")} for one in values["items"]],
    }


def _starts(session: Session, actor: Actor, found: Resource) -> list[dict[str, Any]]:
    """What can be started about this one resource; a department does not ask itself."""
    about = [(name, plan) for name, plan in shown.offered_procedures(session, actor) if plan.top.about == "resource"]
    own = found.provider_id == actor.department_id
    return [
        {
            "title": plan.top.title,
            "url": url_for("inbox.start", procedure=name, resource=found.code),
            "primary": number == 0,
        }
        for number, (name, plan) in enumerate(about)
        if not own or number > 0
    ]


def _version(one: ResourceVersion, found: Resource, current: int) -> dict[str, Any]:
    return {
        "version": one.version,
        "published_on": clock.office_date(one.at),
        "change": say("withdrawn") if one.snapshot.get("withdrawn") else None,
        "url": url_for("catalogue.resource", code=found.code, version=one.version),
        "current": one.version == current,
    }


def _grants(session: Session, actor: Actor, found: Resource) -> list[Grant]:
    """All of them for the bureau and the provider; for others, what their own department holds."""
    return grant_lists.find(session, actor, resource=found.code).items


def _law(session: Session, found: Resource) -> list[dict[str, Any]]:
    """What the regulation says of entries of this share type."""
    book, told = rulebook(session, found.jurisdiction), []
    for key in (f"basis.{found.share_type}", f"entry.{found.share_type}_states"):
        try:
            value = book.value(key, clock.today())
        except NotFound:
            continue
        if value.article and value.note:
            told.append({"article": list(value.article), "note": value.note})
    return told
