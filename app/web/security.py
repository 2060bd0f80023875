"""What every answer carries so that a browser does no harm with it, and the token that every form must bring back."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Request, Response, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface
from flask_wtf import CSRFProtect

from app.entry import by_program
from config import Config

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
A_DAY = 86_400


class FormCookie(SecureCookieSessionInterface):
    """The signed cookie of our forms. Programs have no forms: nothing is unpacked and signed for them."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        return None if by_program() else super().open_session(app, request)


def guard(app: Flask) -> None:
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", A_DAY // 2)
    CSRFProtect(app)
    app.session_interface = FormCookie()
    settings: Config = app.config["SHULIU"]
    always = HEADERS | ({"Strict-Transport-Security": "max-age=31536000; includeSubDomains"} if settings.https else {})
    unkept = always | {"Cache-Control": "no-store"}

    @app.after_request
    def headers(response: Response) -> Response:
        said = {name.lower() for name, _ in response.headers}
        ours = always if request.endpoint == "static" else unkept
        response.headers.extend([(name, value) for name, value in ours.items() if name.lower() not in said])
        return response


def own_address(given: str | None) -> str | None:
    """An address of ours to go to next, or None: never another host, however it is written."""
    if not given or not given.startswith("/") or given[1:2] in ("/", "\\"):
        return None
    if any(character < " " or character == "\\" for character in given):
        return None
    parts = urlsplit(given)
    return given if not parts.scheme and not parts.netloc else None
