"""Errors as `application/problem+json`: type, title, status, detail and, for 422, `errors: {field: [sentence, …]}`."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import structlog
from flask import Blueprint, Flask, Response, request
from sqlalchemy.exc import DataError, IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException, default_exceptions
from werkzeug.routing import RequestRedirect

from app import entry
from app.api.serialization import answer
from app.database.transactions import OUT_OF_REACH
from app.diagrams.findings import DiagramError
from app.floor.errors import EngineError, FileError, Invalid, ShuliuError, Unauthenticated
from app.floor.messages import Say, say

MIMETYPE = "application/problem+json"
TITLES = {
    400: say("The request cannot be read"),
    401: say("Not signed in"),
    403: say("Not permitted"),
    404: say("Not found"),
    405: say("Method not allowed"),
    409: say("Conflict with how it is now"),
    413: say("The request is too large"),
    415: say("Unsupported content type"),
    422: say("Some fields need correcting"),
    429: say("Too many requests"),
    500: say("Something went wrong on our side"),
    503: say("Not available at the moment"),
}
DETAILS = {
    404: say("There is nothing at this address."),
    405: say("This address does not know the method."),
    413: say("The request is larger than this service takes."),
    500: say("The fault has been noted. Nothing was changed."),
    503: say("The database cannot be reached. Please try again in a moment."),
}
log = structlog.get_logger()


def problem(status: int, code: str, detail: Say | str, **more: Any) -> Response:
    title = TITLES.get(status) or HTTPStatus(status).phrase
    body = {"type": code, "title": entry.words(title), "status": status, "detail": entry.words(detail), **more}
    return answer(body, status, MIMETYPE)


def from_ours(error: ShuliuError) -> Response:
    """Any error of our families. A step that could not run is written down first, for supervisors."""
    if isinstance(error, EngineError):
        entry.note_incident(error)
    more: dict[str, Any] = {}
    if isinstance(error, Invalid):
        more["errors"] = error.errors
    elif isinstance(error, FileError):
        more["errors"] = _by_key(error)
        more["places"] = [{"file": p.file, "line": p.line, "key": p.key, "message": p.message} for p in error.places]
    elif isinstance(error, DiagramError):
        more["errors"], more["findings"] = _by_element(error), [vars(one) for one in error.report.findings]
    response = problem(error.status, error.code, error.detail, **more)
    if isinstance(error, Unauthenticated):
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _by_key(error: FileError) -> dict[str, list[Say]]:
    found: dict[str, list[Say]] = {}
    for place in error.places:
        found.setdefault(place.key or "file", []).append(place.message)
    return found


def _by_element(error: DiagramError) -> dict[str, list[Say]]:
    found: dict[str, list[Say]] = {}
    for finding in error.report.findings:
        found.setdefault(finding.element, []).append(finding.message)
    return found


def from_http(error: HTTPException) -> Response:
    """What Flask or Werkzeug refused by itself, and what nobody expected (which Flask has logged)."""
    status = error.code or 500
    detail = DETAILS.get(status) or error.description or HTTPStatus(status).phrase
    response = problem(status, HTTPStatus(status).phrase.lower().replace(" ", "-"), detail)
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        response.headers["Allow"] = ", ".join(sorted(allowed))
    return response


def from_database(error: Exception) -> Response:
    """What only the database could notice: somebody was quicker, a value that no column takes, no database at all."""
    if isinstance(error, IntegrityError | StaleDataError):
        return problem(409, "conflict", say("Somebody else changed the same thing at this moment. Please try again."))
    if isinstance(error, DataError):
        log.warning("unkeepable value", error=str(error.orig))
        return problem(422, "invalid", say("A value cannot be kept."), errors={})
    log.error("database unavailable", error=str(error))
    response = problem(503, "unavailable", DETAILS[503])
    response.headers["Retry-After"] = entry.RETRY_AFTER
    return response


def handle_in(blueprint: Blueprint) -> None:
    """All errors of this blueprint's views. Codes are named one by one: they go before what pages handle app-wide."""
    blueprint.register_error_handler(ShuliuError, from_ours)
    for code in default_exceptions:
        blueprint.register_error_handler(code, from_http)
    blueprint.register_error_handler(HTTPException, from_http)
    for kind in (IntegrityError, StaleDataError, DataError, *OUT_OF_REACH):
        blueprint.register_error_handler(kind, from_database)


def handle_unknown_addresses(app: Flask, prefix: str) -> None:
    """An address that no route knows belongs to no blueprint, so it is answered before Flask dispatches it."""

    def refuse() -> Response | None:
        error = request.routing_exception
        ours = f"{request.path}/".startswith(prefix)
        if error is None or isinstance(error, RequestRedirect) or not ours:
            return None
        return from_http(error)

    app.before_request(refuse)
