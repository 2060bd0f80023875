"""What did not go through, and having it tried again: steps of cases, messages to other systems."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import outbox
from app.accounts import Actor
from app.cases.commands import incidents as cases
from app.entry import words, writing
from app.floor.messages import say
from app.jurisdictions.rulebook import editions
from app.web.admin.routes import administers, pages, supervises
from app.web.filters import asked, choice, page_of, sort_by
from app.web.layout import page, place_of


@pages.get("/admin/incidents")
@supervises
def incidents() -> str:
    with page() as (session, actor):
        filters, sort = _incident_filters(session, actor), sort_by("-opened_at", "opened_at")
        solved = {"solved": True, "all": None}.get(request.args.get("state", ""), False)
        found = cases.incidents(
            session, actor, solved=solved, jurisdiction=asked("jurisdiction"), sort=sort, after=asked("after")
        )
        return render_template(
            "admin/incidents.html",
            filters=filters,
            page=page_of(len(found.items), found.next, sort, filters),
            incidents=[
                {
                    **one,
                    "jurisdiction": place_of(session, one["jurisdiction"]),
                    "message": say("The step could not run."),
                    "cause": one["message"],
                    "can_retry": True,
                }
                for one in found.items
            ],
            pushes=[_push(one) for one in outbox.undelivered(session)] if actor.may("administrator") else [],
        )


def _push(one: outbox.OutboxMessage) -> dict[str, Any]:
    """A message for another system that did not arrive. What is held goes out by itself once there is an address."""
    return {
        "target": one.target,
        "key": one.key,
        "since": one.created_at,
        "times": one.attempts,
        "error": one.error if one.state == "failed" else None,
        "retry_url": url_for("admin.push_again", id=one.id) if one.state == "failed" else None,
    }


@pages.post("/admin/pushes/<int(max=2147483647):id>/retry")
@administers
def push_again(id: int) -> Answer:
    with writing() as (session, actor):
        outbox.retry(session, actor, id)
    flash(words(say("The message will be sent again in a moment.")), "success")
    return redirect(url_for("admin.incidents", _anchor="pushes"), 303)


def _incident_filters(session: Session, actor: Actor) -> list[dict[str, Any]]:
    filters = [choice("state", say("State"), [("solved", say("Solved")), ("all", say("All"))])]
    if actor.jurisdiction is None:
        places = [(one, place_of(session, one)) for one in editions(session)]
        filters.append(choice("jurisdiction", say("Jurisdiction"), places))
    return filters


@pages.post("/admin/incidents/<int(max=2147483647):id>/retry")
@supervises
def retry(id: int) -> Answer:
    with writing() as (session, actor):
        case_id = cases.retry(session, actor, id).case_id
    flash(words(say("The step was tried again.")), "success")
    return redirect(url_for("inbox.case", id=case_id), 303)
