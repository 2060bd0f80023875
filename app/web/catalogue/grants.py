"""One grant: what it allows, to whom and until when; the form by which it is taken back, and its renewal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app.accounts import Actor
from app.cases import policy
from app.cases.commands import grant_lifecycle
from app.cases.definition_cache import definition_of
from app.cases.models import Case
from app.cases.read import api, grant_lists
from app.cases.read import case_page as shown
from app.catalogue import grants, use_log
from app.catalogue.models import Grant
from app.catalogue.use_checks import suspended
from app.diagrams.forms import BASIS_KINDS, basis_words
from app.entry import language, words, writing
from app.floor import clock
from app.floor.errors import Conflict, Invalid, NotFound
from app.floor.messages import Say, say
from app.jurisdictions.rulebook import rulebook
from app.web.catalogue.routes import pages, reads, works
from app.web.fields import option, plain_field, plain_form
from app.web.forms import UNSAID, Trial, Tried, tried_out
from app.web.inbox.timeline import of_a_grant
from app.web.labels import grant_line
from app.web.layout import page
from app.web.letters import drawn

ID = "int(max=2147483647)"
SOON = 90
"""A grant that ends within so many days says how many are left."""
REVIEWS = 20
"""So many of a grant's later cases are listed."""


@pages.get(f"/grants/<{ID}:id>")
@reads
def grant(id: int) -> str:
    with page() as (session, actor):
        return _page(session, actor, id)


@pages.post(f"/grants/<{ID}:id>/revoke")
@works
def revoke(id: int) -> Answer | str | tuple[str, int]:
    """Take it back, or show what the notice would say. Who comes second is told what the first has done, and who is not
    the one to decide, who is."""
    reason, basis = request.form.get("reason", ""), _basis()
    try:
        if "preview" in request.form:
            return _previewed(id, reason, basis)
        with writing() as (session, actor):
            number = grant_lifecycle.revoke(session, actor, id, reason, basis).number
    except Invalid as error:
        with page() as (session, actor):
            return _page(session, actor, id, ("revoke", {"reason": reason, "basis": basis}, error.errors)), error.status
    except Conflict as error:
        with page() as (session, actor):
            flash(words(error.detail), "error")
            return _page(session, actor, id), error.status
    flash(words(say("Grant %(number)s was revoked.", number=number)), "success")
    return redirect(url_for("catalogue.grant", id=id), 303)


@pages.post(f"/grants/<{ID}:id>/renew")
@works
def renew(id: int) -> Answer | tuple[str, int]:
    """Apply anew with what the first application said; leads to the new case."""
    try:
        with writing() as (session, actor):
            case = grant_lifecycle.renew(session, actor, id)
            number, case_id = case.number, case.id
    except (Invalid, Conflict) as error:
        with page() as (session, actor):
            flash(words(error.detail), "error")
            return _page(session, actor, id), error.status
    flash(words(say("Started: case %(number)s.", number=number)), "success")
    return redirect(url_for("inbox.case", id=case_id), 303)


def _previewed(id: int, reason: str, basis: Mapping[str, Any] | None) -> str:
    with page() as (session, actor):
        told = grant_lifecycle.foretell_revocation(session, actor, id, reason, basis)
        trial = tried_out((), request.form, says=drawn(told.blocks(language())))
        return _page(session, actor, id, ("revoke", {"reason": reason, "basis": basis}, {}), trial)


def _basis() -> dict[str, str] | None:
    """A text by its parts; none where nothing was entered."""
    parts = {name: request.form.get(f"basis-{name}", "").strip() for name in ("kind", "title", "article")}
    return {name: value for name, value in parts.items() if value} or None


def _page(session: Session, actor: Actor, id: int, tried: Tried | None = None, trial: Trial = UNSAID) -> str:
    found = grants.grant_by_id(session, id)
    policy.require_grant(actor, found)
    return render_template(
        "catalogue/grant.html",
        grant=grant_line(actor, found) | _more(session, found),
        case=_case(session, actor, found),
        events=_events(session, found),
        reviews=_reviews(session, actor, found),
        renews=_renewal(session, actor, found),
        revoke=_form(session, found, tried, trial) if grant_lifecycle.may_revoke(session, actor, found) else None,
    )


def _more(session: Session, found: Grant) -> dict[str, Any]:
    by = shown.people(session, {found.revoked_by} if found.revoked_by else set())
    return {
        "code": found.resource.code,
        "provider": found.resource.provider.name,
        "conditions": found.conditions,
        "agreed_text": found.agreed_text,
        "since": found.valid_from,
        "version": found.resource_version,
        "kind": found.state_on(clock.today()),
        "left": _left(found),
        "renewals": _renewed(session, found),
        "uses_url": url_for("catalogue.used", grant=found.number),
        "suspended": {"at": found.suspended_at, "why": suspended(found)} if found.suspended_at else None,
        "revoked": {
            "at": found.revoked_at,
            "by": by.get(found.revoked_by or "", (found.revoked_by, None))[0],
            "reason": found.reason,
            "basis": basis_words(found.basis) if found.basis else None,
        }
        if found.revoked_at
        else None,
    }


def _left(found: Grant) -> int | None:
    """Days until it ends, for one that can be used and ends soon enough to say so."""
    if found.valid_until is None or not found.usable_on(clock.today()):
        return None
    left = (found.valid_until - clock.today()).days
    return left if left <= SOON else None


def _renewed(session: Session, found: Grant) -> list[dict[str, Any]]:
    """The grant before this one, and the one after it."""
    before, after = grant_lists.renewals(session, found)
    named = ((say("Renews"), before), (say("Renewed by"), after))
    return [
        {"title": title, "number": one.number, "url": url_for("catalogue.grant", id=one.id)}
        for title, one in named
        if one is not None
    ]


def _events(session: Session, found: Grant) -> list[dict[str, Any]]:
    """What has happened to it, the newest first, by whom and why."""
    case, events = grant_lists.story_of(session, found)
    people = shown.people(session, {one.actor for one in events})
    return of_a_grant(definition_of(session, case), events, people) if case is not None else []


def _case(session: Session, actor: Actor, found: Grant) -> dict[str, Any] | None:
    """The case that made it, for who may see that case."""
    try:
        row = api.visible_case(session, actor, found.case_id or 0)
    except NotFound:
        return None
    return {"id": row.id, "number": row.number}


def _renewal(session: Session, actor: Actor, found: Grant) -> str | None:
    """Where this reader has it renewed, if they may and nobody has yet."""
    may = found.state != "revoked" and grant_lifecycle.may_renew(actor, found)
    later = grant_lifecycle.renewed_by(session, found) if may else None
    may = may and (later is None or not set(found.items) <= set(later.items))
    return url_for("catalogue.renew", id=found.id) if may else None


def _reviews(session: Session, actor: Actor, found: Grant) -> list[dict[str, Any]]:
    """The cases in which the grant is or was reviewed or renewed, for who may see them."""
    query = policy.only_visible(select(Case).where(Case.grant_id == found.id), actor)
    return [
        {
            "number": one.number,
            "url": url_for("inbox.case", id=one.id),
            "on": clock.office_date(one.opened_at),
            "title": definition_of(session, one).top.title,
            "outcome": definition_of(session, one).outcome(one.outcome) if one.outcome else None,
        }
        for one in session.scalars(query.order_by(Case.id.desc()).limit(REVIEWS))
    ]


def _form(session: Session, found: Grant, tried: Tried | None, trial: Trial) -> dict[str, Any]:
    _, answers, errors = tried or ("revoke", {}, {})
    return plain_form(
        [plain_field("reason", "longtext", say("Reason"), max=2000), *_basis_field(session, found)],
        id="revoke",
        action=url_for("catalogue.revoke", id=found.id),
        title=say("Revoke this grant"),
        send=say("Revoke"),
        answers=answers,
        errors=errors,
        effect=None,
        trial=trial,
        question=say("Revoke grant %(number)s?", number=found.number),
    ) | {"effects": _effects(session, found)}


def _effects(session: Session, found: Grant) -> list[Say]:
    """What will happen, before it does."""
    seen = grant_lists.outlook(session, found)
    told = [say("From now on the platform refuses every use under this grant.")]
    words = {"days": grant_lists.LOOKED_BACK, "count": seen.uses}
    if seen.used_last is None:
        told.append(say("It was not used in the last %(days)s days.", **words))
    elif seen.uses >= use_log.MOST_COUNTED:
        told.append(say("It was used %(count)s times or more in the last %(days)s days.", **words))
    else:
        last = str(clock.office_date(seen.used_last))
        told.append(say("It was used %(count)s times in the last %(days)s days, last on %(last)s.", **words, last=last))
    if seen.others:
        told.append(say("Its holder keeps %(count)s other grants on this entry that can be used.", count=seen.others))
    return [
        *told,
        say("Its holder is told, with a letter, and may contest it in the case that is opened.")
        if seen.contestable
        else say("Its holder is told, with a letter; there is no way to contest it."),
    ]


def _basis_field(session: Session, found: Grant) -> list[dict[str, Any]]:
    """Compulsory where a refusal carries one; of the kinds of text that bear a refusal."""
    book, today = rulebook(session, found.jurisdiction), clock.today()
    try:
        kinds, carried = (book.value(key, today).plain for key in ("refusal.basis_kinds", "refusal.carries"))
    except NotFound:
        return []
    options = [option(one.value, one.title) for one in BASIS_KINDS if one.value in kinds]
    needed = "basis" in carried
    return [plain_field("basis", "basis", say("Legal basis"), required=needed, options=options, cited=[])]
