"""One grant: what it allows, to whom and until when; and the form by which it is taken back."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.accounts import Actor
from app.cases import granting, policy, queries
from app.cases import pages as shown
from app.catalogue import grants
from app.catalogue.models import Grant
from app.door import words, writing
from app.errors import Conflict, Invalid, NotFound
from app.web.asking import Tried
from app.web.catalogue.routes import pages, reads, works
from app.web.fields import plain_field, plain_form
from app.web.frame import page
from app.web.naming import grant_line
from app.words import say

ID = "int(max=2147483647)"


@pages.get(f"/grants/<{ID}:id>")
@reads
def grant(id: int) -> str:
    with page() as (session, actor):
        return _page(session, actor, id)


@pages.post(f"/grants/<{ID}:id>/revoke")
@works
def revoke(id: int) -> Answer | tuple[str, int]:
    """Take it back for good. Who comes second is told what the first has done."""
    reason = request.form.get("reason", "")
    try:
        with writing() as (session, actor):
            number = granting.revoke(session, actor, id, reason).number
    except Invalid as error:
        with page() as (session, actor):
            return _page(session, actor, id, ("revoke", {"reason": reason}, error.errors)), error.status
    except Conflict as error:
        with page() as (session, actor):
            flash(words(error.detail), "error")
            return _page(session, actor, id), error.status
    flash(words(say("Grant %(number)s was revoked.", number=number)), "success")
    return redirect(url_for("catalogue.grant", id=id), 303)


def _page(session: Session, actor: Actor, id: int, tried: Tried | None = None) -> str:
    found = grants.grant_by_id(session, id)
    policy.require_grant(actor, found)
    return render_template(
        "catalogue/grant.html",
        grant=grant_line(found) | _more(session, found),
        case=_case(session, actor, found),
        revoke=_form(found, tried) if found.revoked_at is None and policy.may_revoke(actor, found) else None,
    )


def _more(session: Session, found: Grant) -> dict[str, Any]:
    by = shown.people(session, {found.revoked_by} if found.revoked_by else set())
    return {
        "code": found.resource.code,
        "provider": found.resource.provider.name,
        "conditions": found.conditions,
        "since": found.valid_from,
        "version": found.resource_version,
        "revoked": {
            "at": found.revoked_at,
            "by": by.get(found.revoked_by or "", (found.revoked_by, None))[0],
            "reason": found.reason,
        }
        if found.revoked_at
        else None,
    }


def _case(session: Session, actor: Actor, found: Grant) -> dict[str, Any] | None:
    """The case that made it, for who may see that case."""
    try:
        row = queries.visible_case(session, actor, found.case_id or 0)
    except NotFound:
        return None
    return {"id": row.id, "number": row.number}


def _form(found: Grant, tried: Tried | None) -> dict[str, Any]:
    _, answers, errors = tried or ("revoke", {}, {})
    return plain_form(
        [plain_field("reason", "longtext", say("Reason"), max=4000)],
        id="revoke",
        action=url_for("catalogue.revoke", id=found.id),
        title=say("Revoke this grant"),
        send=say("Revoke"),
        answers=answers,
        errors=errors,
        effect=say("From now on the platform refuses every use under this grant. This cannot be undone."),
    )
