"""Cases: open one, read it with its tasks and clocks, list, withdraw, and the history."""

from __future__ import annotations

import re
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from app import entry
from app.api.parsing import Among, Code, Moment, Paged, RequestBody, Sentence, Sized
from app.api.routes import Routes
from app.api.schemas import CaseLine, CaseShape, EventShape, OpeningShape, page_of
from app.api.serialization import answer, paged
from app.cases.commands import flow, withdrawal
from app.cases.read import act_preview, api, deadlines
from app.entry import ANYONE, access, language
from app.floor.errors import Conflict, Invalid
from app.floor.messages import say

routes = Routes("api_cases", __name__, url_prefix="/api/v1/cases", description="Cases 办件")
KEY = re.compile(r"[\x21-\x7e]{1,150}")


class OpenCase(RequestBody):
    procedure = Code(required=True)
    jurisdiction = Code(required=True)
    data = fields.Dict(required=True, metadata={"description": "The fields of the procedure's start form"})
    occurred_at = Moment(metadata={"description": "When it was received, if that was not now"})
    reason = Sentence(metadata={"description": "Why it is entered so late"})
    on_behalf_of = Code(metadata={"description": "The department whose paper application the bureau enters"})


class Repeatable(Schema):
    key = fields.String(
        data_key="Idempotency-Key", metadata={"description": "The same key and body again give the first case"}
    )


class CaseFilter(Paged):
    status = fields.String(validate=Among(("open", "closed")))
    overdue = fields.Boolean()
    procedure = Code()
    jurisdiction = Code()
    department = Code(metadata={"description": "Who holds an open task of it"})
    q = fields.String(validate=Sized(200))
    sort = fields.String(
        load_default="-id", metadata={"description": "id, opened_at, due_at, closed_at; - for descending"}
    )


class Withdraw(RequestBody):
    reason = Sentence(required=True)


@routes.route("", methods=["POST"])
@access(ANYONE)
@routes.arguments(OpenCase())
@routes.arguments(Repeatable(), location="headers")
@routes.response(201, CaseShape)
def open_case(given: dict[str, Any], headers: dict[str, str]) -> Response:
    """Open a case for the caller's department."""
    key = headers.get("key")
    if key is not None and not KEY.fullmatch(key):
        raise Invalid({"Idempotency-Key": [say("An idempotency key has 1 to 150 visible ASCII characters.")]})
    try:
        return _opened(given, key)
    except Conflict as conflict:
        if conflict.code != "in-progress":
            raise
        return _opened(given, key)  # the same key came twice at one moment, and the other call has won


def _opened(given: dict[str, Any], key: str | None) -> Response:
    with entry.writing() as (session, actor):
        step = flow.begin(session, actor, **given, idempotency_key=key)
        return answer(case_json(api.case_opened(step)), 201)


@routes.route("/preview", methods=["POST"])
@access(ANYONE)
@routes.arguments(OpenCase())
@routes.response(200, OpeningShape)
def preview(given: dict[str, Any]) -> Response:
    """What a case would begin with: its deadlines, and a warning where one would be overdue. Nothing is kept."""
    with entry.writing() as (session, actor):
        says, begun = act_preview.of_opening(session, actor, **given)
        return answer({"says": says, "deadlines": [deadlines.as_json(one, language()) for one in begun]})


@routes.route("", methods=["GET"])
@access(ANYONE)
@routes.arguments(CaseFilter(), location="query")
@routes.response(200, page_of(CaseLine))
def list_cases(asked: dict[str, Any]) -> Response:
    """The cases that the caller may see."""
    with entry.reading() as (session, actor):
        return paged(api.cases(session, actor, **asked))


@routes.route("/<id:case_id>", methods=["GET"])
@access(ANYONE)
@routes.response(200, CaseShape)
def read_case(case_id: int) -> Response:
    """A case with its tasks and its deadlines, oldest first."""
    with entry.reading(by_key=True) as (session, actor):
        return answer(case_json(api.case(session, actor, case_id)))


@routes.route("/<id:case_id>/withdraw", methods=["POST"])
@access(ANYONE)
@routes.arguments(Withdraw())
@routes.response(200, CaseShape)
def withdraw(given: dict[str, str], case_id: int) -> Response:
    """Take the case back, while nothing has been decided."""
    with entry.writing() as (session, actor):
        case = withdrawal.withdraw(session, actor, case_id, given["reason"])
        return answer(case_json(api.case_view(session, case)))


@routes.route("/<id:case_id>/annul", methods=["POST"])
@access(ANYONE)
@routes.arguments(Withdraw())
@routes.response(200, CaseShape)
def annul(given: dict[str, str], case_id: int) -> Response:
    """Take a duty off the books that was opened by mistake: a bureau's that is no party. What was missed stays so."""
    with entry.writing() as (session, actor):
        case = withdrawal.annul(session, actor, case_id, given["reason"])
        return answer(case_json(api.case_view(session, case)))


@routes.route("/<id:case_id>/events", methods=["GET"])
@access(ANYONE)
@routes.arguments(Paged(), location="query")
@routes.response(200, page_of(EventShape))
def list_events(asked: dict[str, Any], case_id: int) -> Response:
    """The case's append-only history, oldest first."""
    with entry.reading() as (session, actor):
        return paged(api.events(session, actor, case_id, **asked))


def case_json(view: dict[str, Any]) -> dict[str, Any]:
    return view | {"deadlines": [deadlines.as_json(one, language()) for one in view["deadlines"]]}
