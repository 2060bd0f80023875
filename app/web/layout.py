"""What surrounds every page: who reads it, the navigation that is open to them, unread notices; and the transaction in
which a page is read and rendered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask, Response, current_app, g, redirect, request, url_for
from flask_babel import refresh
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as Answer

from app import accounts
from app.accounts import Actor, Visit
from app.cases.read import inbox
from app.entry import ANYONE, COOKIE, PUBLIC, access, access_of, database, reading
from app.floor import clock
from app.floor.errors import NotFound
from app.floor.messages import Say, Text, say
from app.jurisdictions.rulebook import rulebook
from app.web.i18n import counted


@dataclass(frozen=True)
class Link:
    """A place in the navigation. Who sees it is decided by the endpoint itself."""

    endpoint: str
    icon: str
    title: Say


NAVIGATION: tuple[tuple[Say | None, tuple[Link, ...]], ...] = (
    (
        None,
        (
            Link("inbox.tasks", "inbox", say("My tasks")),
            Link("inbox.cases", "files", say("Cases")),
            Link("dashboard.board", "chart-bar", say("Board")),
        ),
    ),
    (
        say("Resources"),
        (
            Link("catalogue.resources", "book-2", say("Catalogue of resources")),
            Link("catalogue.granted", "key", say("Sharing grants")),
            Link("catalogue.used", "history", say("Log of uses")),
        ),
    ),
    (
        say("Procedures and rules"),
        (
            Link("editor.diagrams", "sitemap", say("Diagrams")),
            Link("admin.rules", "scale", say("Rules and deadlines")),
            Link("admin.calendar", "calendar", say("Working calendar")),
            Link("admin.departments", "users", say("Departments")),
            Link("admin.incidents", "alert-triangle", say("Incidents")),
        ),
    ),
)
STRANGER: dict[str, Any] = {
    "reader": None,
    "nav": [],
    "public": None,
    "start_url": None,
    "unread": None,
    "finds": False,
}


def surround(app: Flask) -> None:
    app.add_url_rule("/", "home", home)
    app.context_processor(lambda: {**STRANGER, **g.get("frame", {}), "simulated_at": clock.stopped_at()})
    app.after_request(_keep_awake)


@access(PUBLIC)
def home() -> Answer:
    """To what each reader does first; strangers to the sign-in."""
    with looking() as (_, visit):
        actor = visit.actor if visit else None
    if actor is None:
        return redirect(url_for("session.signin"), 303)
    return redirect(url_for(_first(actor)), 303)


def _first(actor: Actor) -> str:
    return next(link.endpoint for _, links in NAVIGATION for link in links if _is_open(link.endpoint, actor))


@contextmanager
def page() -> Iterator[tuple[Session, Actor]]:
    """Read and render in one read-only transaction. Raises Unauthenticated, Forbidden."""
    with reading() as (session, actor):
        refresh()  # the reader's own language, from here on
        g.frame = _frame(session, actor)
        yield session, actor


@contextmanager
def looking() -> Iterator[tuple[Session, Visit | None]]:
    """A read-only transaction for pages that need no account; whoever has one keeps their frame."""
    with database().transaction(write=False) as session:
        visit = identify(session)
        if visit is not None:
            g.frame = _frame(session, visit.actor)
        yield session, visit


def identify(session: Session) -> Visit | None:
    token = request.cookies.get(COOKIE)
    g.visit = accounts.visit_by_session(session, token) if token else None
    refresh()
    visit: Visit | None = g.visit
    return visit


def place_of(session: Session, jurisdiction: str) -> Text:
    """How a jurisdiction is called."""
    try:
        return rulebook(session, jurisdiction).pack.title
    except NotFound:
        return Text(jurisdiction, jurisdiction)


def _frame(session: Session, actor: Actor) -> dict[str, Any]:
    waiting = inbox.waiting_for(session, actor)
    place = place_of(session, actor.jurisdiction) if actor.jurisdiction else say("All jurisdictions")
    reader = {
        "name": actor.name,
        "department": actor.department_name or say("Administration"),
        "jurisdiction": place,
    }
    starts = actor.department_id is not None and _is_open("inbox.start", actor)
    return {
        "reader": reader,
        "nav": _navigation(actor, {"inbox.tasks": counted(waiting.tasks, inbox.MOST_TASKS)} if waiting.tasks else {}),
        "start_url": url_for("inbox.start") if starts else None,
        "unread": waiting.notices if _is_open("inbox.notices", actor) else None,
        "finds": _is_open("inbox.cases", actor),
    }


def _navigation(actor: Actor, counts: dict[str, str]) -> list[dict[str, Any]]:
    groups = []
    for title, links in NAVIGATION:
        shown = [
            {
                "url": url_for(link.endpoint),
                "icon": link.icon,
                "title": link.title,
                "count": counts.get(link.endpoint),
                "current": request.endpoint == link.endpoint,
            }
            for link in links
            if _is_open(link.endpoint, actor)
        ]
        if shown:
            groups.append({"title": title, "links": shown})
    return groups


def _is_open(endpoint: str, actor: Actor) -> bool:
    """Whether there is such a screen and this actor may call it."""
    if endpoint not in current_app.view_functions:
        return False
    allowed = access_of(endpoint) or frozenset()
    return ANYONE in allowed or PUBLIC in allowed or any(actor.may(role) for role in allowed)


def _keep_awake(response: Response) -> Response:
    """Note, at most once a minute, that the visit goes on."""
    visit = g.get("visit")
    if visit is not None and visit.touch_due and (token := request.cookies.get(COOKIE)):
        with database().transaction() as session:
            accounts.touch_session(session, token)
    return response
