"""What all doors do in the same order: who is asking, may they, then one transaction for the whole action.

A view declares who may call it (`@access(...)`; a test walks every route and fails on one that does not), parses, and
enters `reading()` or `writing()`, which authenticate inside the transaction: one lock, one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from babel import Locale
from flask import Flask, Response, current_app, g, request
from flask_babel import get_locale
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from app import accounts
from app.accounts import Actor
from app.cases.commands import incidents
from app.database.statements import BoundStatement
from app.database.transactions import Database
from app.floor.errors import EngineError, Forbidden, NotFound, ShuliuError, Unauthenticated
from app.floor.languages import series
from app.floor.messages import Language, Say, Text, say, with_terms
from app.history import SYSTEM
from app.jurisdictions.rulebook import rulebook
from app.rules.terms import TERMS
from config import Config

LOCALES: Mapping[Language, Locale] = {"zh": Locale.parse("zh_CN"), "en": Locale.parse("en")}
View = TypeVar("View", bound=Callable[..., Any])
PUBLIC, ANYONE = "public", "anyone"
COOKIE = "shuliu"
ROLES_OF = "__access__"
RETRY_AFTER = "2"
"""How many seconds a caller should wait when the database cannot be reached."""


def access(*roles: str) -> Callable[[View], View]:
    """Who may call this endpoint: roles, `anyone` who is signed in, or `public`."""

    def declare(view: View) -> View:
        setattr(view, ROLES_OF, frozenset(roles))
        return view

    return declare


def access_of(endpoint: str) -> frozenset[str] | None:
    view = current_app.view_functions[endpoint]
    found = getattr(view, ROLES_OF, None)
    if found is None and hasattr(view, "view_class"):
        method = getattr(view.view_class, request.method.lower() if request else "get", None)
        found = getattr(method, ROLES_OF, None)
    return found


def database() -> Database:
    found: Database = current_app.extensions["shuliu.database"]
    return found


def settings() -> Config:
    """How this installation is set."""
    found: Config = current_app.config["SHULIU"]
    return found


@contextmanager
def reading(*, by_key: bool = False) -> Iterator[tuple[Session, Actor]]:
    """A read-only transaction and the actor who asks; `by_key` where no list is read. Raises Unauthenticated,
    Forbidden."""
    token = _credential()
    with database().transaction(write=False, by_key=by_key, ahead=_who(token)) as session:
        yield session, _admitted(session, token)


@contextmanager
def writing(*, alone: bool = False, ahead: Sequence[BoundStatement] = ()) -> Iterator[tuple[Session, Actor]]:
    """A writing transaction, committed once at the end of the block; `alone` where calendar or rules are moved. What is
    asked `ahead` may take a lock, which whoever is turned away has held until then. Raises Unauthenticated,
    Forbidden."""
    token = _credential()
    if token is None:
        raise _stranger()
    with database().transaction(alone=alone, ahead=(*_who(token), *ahead)) as session:
        yield session, _admitted(session, token)


def by_program() -> bool:
    """Whether a program asks: it has a token, and neither a session nor the cookies of a browser."""
    return request.path.startswith("/api/") or (request.blueprint or "").startswith("api")


def _stranger() -> Unauthenticated:
    """What somebody is told whom no token and no session makes known."""
    if by_program():
        return Unauthenticated(say("This token is not known, or no longer valid. Please ask the operator for another."))
    return Unauthenticated(say("Please sign in."))


def _credential() -> str | None:
    if by_program():
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" and token.strip() else None
    return request.cookies.get(COOKIE) or None


def _who(token: str | None) -> tuple[BoundStatement, ...]:
    """The question who is asking, for whoever says it."""
    if token is None:
        return ()
    return (accounts.whose_token(token) if by_program() else accounts.whose_visit(token),)


ROLE: Mapping[str, Say] = {
    "clerk": say("clerk"),
    "head": say("head of the department"),
    "supervisor": say("supervisor of the bureau"),
    "administrator": say("administrator"),
    "platform": say("exchange platform"),
}


def _admitted(session: Session, token: str | None) -> Actor:
    """The actor behind the token or cookie, if the endpoint admits them. What declares nothing admits nobody."""
    allowed = access_of(request.endpoint or "")
    if not allowed:
        raise Forbidden(say("Nobody may do this."))
    actor = None if token is None else _identify(session, token)
    if actor is None:
        raise _stranger()
    g.actor = actor
    speak_as(session, actor.jurisdiction)
    if ANYONE not in allowed and not any(actor.may(role) for role in allowed):
        raise Forbidden(
            say(
                "Your account may not do this. It needs one of these roles: %(roles)s.",
                roles=series(ROLE.get(one, one) for one in sorted(allowed)),
            )
        )
    return actor


def _identify(session: Session, token: str) -> Actor | None:
    if by_program():
        return accounts.actor_by_token(session, token)
    visit = accounts.visit_by_session(session, token)
    g.visit = visit
    return visit.actor if visit else None


def asked_language() -> Language:
    """What `Accept-Language` asks for; Chinese where it asks for nothing that we speak."""
    if not request.headers.get("Accept-Language"):
        return "zh"
    return request.accept_languages.best_match(LOCALES, default="zh")  # type: ignore[return-value]


def language() -> Language:
    """The reader's."""
    locale = get_locale()
    return "en" if locale is not None and locale.language == "en" else "zh"


def spoken(text: str) -> str:
    """A text with the words of the regulation that applies where the reader is."""
    return with_terms(text, g.get("terms") or TERMS, language())


def speak_as(session: Session, jurisdiction: str | None) -> None:
    """From here on this request speaks in the words of that jurisdiction's regulation."""
    try:
        g.terms = rulebook(session, jurisdiction).pack.terms if jurisdiction else TERMS
    except NotFound:
        g.terms = TERMS


def words(thing: Any) -> str:
    """A `Text` or a `Say` in the reader's language."""
    return spoken(_words(thing))


def _words(thing: Any) -> str:
    if isinstance(thing, Text):
        return thing.in_(language())
    if isinstance(thing, Say):
        from flask_babel import gettext

        params = {k: words(v) if isinstance(v, (Text, Say)) else v for k, v in thing.params.items()}
        return str(gettext(thing.english, **params)) if params else str(gettext(thing.english))
    return str(thing)


def note_incident(error: ShuliuError) -> None:
    """A step that could not run is written down in a transaction of its own, for supervisors (DESIGN: failures)."""
    if not isinstance(error, EngineError) or error.case_id is None:
        return
    actor = getattr(g, "actor", None)
    with database().transaction() as session:
        incidents.record(session, error, actor.username if actor else SYSTEM)


def open_doors(app: Flask, database: Database) -> None:
    app.extensions["shuliu.database"] = database
    app.after_request(_leave_nothing_unread)


def _leave_nothing_unread(response: Response) -> Response:
    """A server ends a connection with an unread body on it, and the client's next request with the connection: so read
    it, or say that the connection ends."""
    try:
        request.get_data(cache=False)
    except (HTTPException, OSError):  # longer than we take, or the client has gone
        response.headers["Connection"] = "close"
    return response
