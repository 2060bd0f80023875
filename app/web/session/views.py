"""Sign in, sign out, choose the language."""

from __future__ import annotations

from flask import Blueprint, current_app, g, make_response, redirect, render_template, request, url_for
from flask import session as form_session
from werkzeug.wrappers import Response as Answer

from app import accounts
from app.accounts import Demo
from app.cases.read import case_page as shown
from app.entry import COOKIE, LOCALES, PUBLIC, access, database, settings
from app.floor.errors import TooMany, Unauthenticated
from app.floor.messages import Say
from app.web.i18n import LANGUAGE_COOKIE, chosen_language
from app.web.layout import identify, looking
from app.web.security import own_address

pages = Blueprint("session", __name__)
A_YEAR = 31_536_000


@pages.get("/sign-in")
@access(PUBLIC)
def signin() -> Answer | str:
    with looking() as (_, visit):
        if visit is not None:
            return redirect(url_for("home"), 303)
        return _form("", None)


@pages.post("/sign-in", endpoint="sign_in")
@access(PUBLIC)
def sign_in() -> Answer | tuple[str, int]:
    username = request.form.get("username", "")
    language = chosen_language()
    try:
        _, token = accounts.sign_in(
            database(), username, request.form.get("password", ""), request.remote_addr or "", demo=_demo()
        )
    except (Unauthenticated, TooMany) as error:
        return _form(username, error.detail), error.status
    with database().transaction() as session:
        accounts.choose_language(session, token, language)
    form_session.clear()
    response = redirect(own_address(request.form.get("next")) or url_for("home"), 303)
    response.set_cookie(COOKIE, token, httponly=True, samesite="Lax", secure=settings().https)
    return response


def _form(username: str, error: Say | None) -> str:
    wanted = own_address(request.values.get("next"))
    has_public = "public.places" in current_app.view_functions
    with database().transaction(write=False) as session:
        example = shown.example(session)
    return render_template(
        "signin.html",
        username=username,
        next=wanted,
        error=error,
        public_url=url_for("public.places") if has_public else None,
        example=example,
        sso_url=None,
        demo=_demo_accounts(),
    )


@pages.post("/sign-out")
@access(PUBLIC)
def signout() -> Answer:
    token = request.cookies.get(COOKIE)
    if token:
        with database().transaction() as session:
            accounts.sign_out(session, token)
    form_session.clear()
    response = redirect(url_for("session.signin"), 303)
    response.delete_cookie(COOKIE)
    return response


@pages.post("/language")
@access(PUBLIC)
def language() -> Answer:
    """The language of the visit and of this browser."""
    wanted = request.form.get("language")
    response = make_response(redirect(own_address(request.form.get("next")) or url_for("home"), 303))
    if wanted is None or wanted not in LOCALES:
        return response
    with database().transaction() as session:
        if identify(session) is not None:
            accounts.choose_language(session, request.cookies[COOKIE], wanted)  # type: ignore[arg-type]
    g.visit = None
    response.set_cookie(LANGUAGE_COOKIE, wanted, max_age=A_YEAR, httponly=True, samesite="Lax", secure=settings().https)
    return response


def _demo_accounts() -> list[str]:
    """In the demonstration: somebody of each role to sign in as."""
    if not settings().demo:
        return []
    with database().transaction(write=False) as session:
        some = {role: account.username for account, _ in accounts.accounts(session) for role in account.roles}
    return sorted(some.values())


def _demo() -> Demo:
    return Demo(settings().demo_password, allowed=settings().demo)
