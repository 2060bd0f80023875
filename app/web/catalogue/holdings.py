"""The list of grants: what a department holds, and what others hold of its entries; its bureau sees all of them."""

from __future__ import annotations

from typing import Any

from flask import render_template, url_for
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Actor
from app.cases.read import grant_lists
from app.catalogue import grants
from app.catalogue.models import Grant
from app.catalogue.use_checks import suspended
from app.floor import clock
from app.floor.messages import say
from app.jurisdictions.rulebook import editions
from app.web.catalogue.routes import pages, reads
from app.web.filters import asked, choice, page_of, sort_by, words
from app.web.labels import GRANT_STATE, grant_line
from app.web.layout import page, place_of

WITHIN = (30, 90, 180)
"""Days ahead that the filter offers."""


@pages.get("/grants")
@reads
def granted() -> str:
    with page() as (session, actor):
        filters, within = _filters(session, actor), _within()
        sort = sort_by(
            grant_lists.order_of(asked("state"), within), *(one.removeprefix("-") for one in grant_lists.SORTS)
        )
        found = grant_lists.find(
            session, actor, jurisdiction=asked("jurisdiction"), department=asked("department"),
            provider=asked("provider"), resource=asked("resource"), state=_known("state", grants.STATES),
            ends_within=within, role=_known("role", grant_lists.ROLES), sort=sort, after=asked("after"),
        )  # fmt: skip
        return render_template(
            "catalogue/grants.html",
            filters=filters,
            page=page_of(len(found.items), found.next, sort, filters),
            grants=[_line(actor, one) for one in found.items],
            uses_url=url_for("catalogue.used"),
        )


def _known(name: str, values: tuple[str, ...]) -> str | None:
    """What was asked for, where the list knows it."""
    wanted = asked(name)
    return wanted if wanted in values else None


def _within() -> int | None:
    wanted = asked("ends_within") or ""
    return int(wanted) if wanted in {str(days) for days in WITHIN} else None


def _filters(session: Session, actor: Actor) -> list[dict[str, Any]]:
    filters = [
        choice("state", say("State"), list(GRANT_STATE.items())),
        choice("ends_within", say("Ends"), [(str(days), say("within %(days)s days", days=days)) for days in WITHIN]),
    ]
    if actor.department_id is not None and actor.kind != "platform":
        as_what = [
            (grant_lists.HELD, say("held by my department")),
            (grant_lists.PROVIDED, say("on my department's entries")),
        ]
        filters.append(choice("role", say("Whose"), as_what))
    if actor.jurisdiction is None:
        places = [(one, place_of(session, one)) for one in editions(session)]
        filters.append(choice("jurisdiction", say("Jurisdiction"), places))
    else:
        known = accounts.departments(session, actor.jurisdiction)
        named = [(one.code, one.name) for one in known if one.kind != "platform"]
        filters += [choice("department", say("User department"), named), choice("provider", say("Provider"), named)]
    return [*filters, words("resource", say("Resource code"))]


def _line(actor: Actor, one: Grant) -> dict[str, Any]:
    state = one.state_on(clock.today())
    return {
        **grant_line(actor, one),
        "code": one.resource.code,
        "provider": one.resource.provider.name,
        "kind": state,
        "why": suspended(one) if state == "suspended" else None,
        "left": (one.valid_until - clock.today()).days if one.valid_until and state != "expired" else None,
    }
