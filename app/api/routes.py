"""What every route of the API has in common: strict parsing, a token, errors as problem+json, answers for no cache."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from app.api import problems
from app.api.parsing import LONGEST_BODY, RequestParser, refuse_unkeepable
from app.entry import PUBLIC, access_of
from app.floor.errors import Unauthenticated
from app.floor.messages import say


class Routes(Blueprint):
    """The routes of one resource."""

    ARGUMENTS_PARSER = RequestParser()

    def __init__(self, *args: Any, **options: Any):
        super().__init__(*args, **options)
        problems.handle_in(self)
        self.before_request(_enter)
        self.after_request(_leave)


def _enter() -> None:
    """Who shows no token is told so before anything is read."""
    request.max_content_length = LONGEST_BODY
    if PUBLIC not in (access_of(request.endpoint or "") or ()) and "Authorization" not in request.headers:
        raise Unauthenticated(say("This needs a token: Authorization: Bearer …"))
    refuse_unkeepable(request.view_args or {})


def _leave(response: Response) -> Response:
    """Answers are private and belong to nobody's cache."""
    response.headers.setdefault("Cache-Control", "no-store")
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Vary"] = "Authorization, Accept-Language"
    return response
