"""Errors as pages: what happened, why, and what to do next. The JSON door answers its own."""

from __future__ import annotations

import uuid

import structlog
from flask import Flask, g, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as Answer

from app import entry
from app.database.transactions import OUT_OF_REACH
from app.floor.errors import Invalid, ShuliuError, Unauthenticated
from app.floor.messages import Say, Text, say
from app.web.layout import looking

Page = tuple[str, int] | Answer
log = structlog.get_logger()


def answer_errors(app: Flask) -> None:
    app.register_error_handler(ShuliuError, from_ours)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(CSRFError, from_http)
    for kind in (IntegrityError, StaleDataError):
        app.register_error_handler(kind, from_race)
    app.register_error_handler(Exception, from_nowhere)


def from_ours(error: ShuliuError) -> Page:
    """A step that could not run is written down first, for supervisors. Strangers sign in and come back."""
    entry.note_incident(error)
    if isinstance(error, Unauthenticated) and request.method == "GET":
        return redirect(url_for("session.signin", next=request.full_path.rstrip("?")), 303)
    errors = error.errors if isinstance(error, Invalid) else None
    return failed(error.status, None if errors else error.detail, errors)


def from_http(error: HTTPException) -> Page:
    return failed(error.code or 500) if not isinstance(error, CSRFError) else failed(400)


def from_race(error: Exception) -> Page:
    return failed(409, say("Somebody else changed the same thing at this moment. Please try again."))


def from_nowhere(error: Exception) -> Page:
    """What nobody expected: noted with a reference that the reader can tell the operator."""
    reference = uuid.uuid4().hex[:8]
    log.error("unexpected", reference=reference, path=request.path, exc_info=error)
    if isinstance(error, OUT_OF_REACH):
        return render_plainly(reference)
    return failed(500, reference=reference)


def failed(
    status: int,
    detail: Say | Text | None = None,
    errors: dict[str, list[Say]] | None = None,
    reference: str | None = None,
) -> tuple[str, int]:
    if "frame" not in g:
        with looking():
            return _shown(status, detail, errors, reference), status
    return _shown(status, detail, errors, reference), status


def _shown(status: int, detail: Say | Text | None, errors: dict[str, list[Say]] | None, reference: str | None) -> str:
    return render_template(
        "error.html", status=status, detail=detail, errors=errors, now=None, back=None, reference=reference
    )


def render_plainly(reference: str) -> Answer:
    """Without a database there is no reader to ask for."""
    page = _shown(500, None, None, reference)
    return Answer(page, 503, {"Retry-After": entry.RETRY_AFTER}, mimetype="text/html")
