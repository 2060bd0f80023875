"""The responsibility list: which department collects which item, by edition."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from app import entry
from app.accounts import Actor
from app.api.parsing import MOST_ID, Between, Code, Paged
from app.api.routes import Routes
from app.api.schemas import AnswerSchema, page_of, text
from app.api.serialization import answer, paged
from app.catalogue import responsibility
from app.catalogue.models import ResponsibilityEdition, ResponsibilityLine
from app.entry import ANYONE, access
from app.floor.errors import Invalid, NotFound
from app.floor.messages import say

routes = Routes(
    "api_responsibility", __name__, url_prefix="/api/v1/responsibility", description="Responsibility list 责任清单"
)


class Editions(Paged):
    jurisdiction = Code(metadata={"description": "Left out: the caller's"})


class Lines(Editions):
    edition = fields.Integer(validate=Between(1, MOST_ID), metadata={"description": "Left out: the newest"})
    department = Code()
    resource = Code()


class LineShape(AnswerSchema):
    edition = fields.Integer(required=True)
    resource = text()
    resource_name = text()
    item = text(metadata={"description": "Empty for an entry without items"})
    item_name = text()
    department = text()
    department_name = text(metadata={"description": "As it was called then"})
    since = fields.Integer(required=True, metadata={"description": "The edition that brought the line"})


class EditionShape(AnswerSchema):
    number = fields.Integer(required=True)
    jurisdiction = text()
    made_at = fields.DateTime(required=True)
    made_by = text()
    case = fields.Integer(required=True, allow_none=True, metadata={"description": "The case that made it"})
    lines = fields.Integer(required=True)


@routes.route("", methods=["GET"])
@access(ANYONE)
@routes.arguments(Lines(), location="query")
@routes.response(200, page_of(LineShape))
def list_lines(asked: dict[str, Any]) -> Response:
    """The lines of an edition, by entry: who collects which item. Old editions stay readable."""
    with entry.reading() as (session, actor):
        place = _place(actor, asked.pop("jurisdiction", None))
        found = responsibility.edition(session, place, asked.pop("edition", None))
        if found is None:
            return answer({"items": [], "next": None})
        lines = responsibility.lines_in(session, place, found.number, **asked)
        return paged(lines, lambda line: line_json(line, found.number))


@routes.route("/editions", methods=["GET"])
@access(ANYONE)
@routes.arguments(Editions(), location="query")
@routes.response(200, page_of(EditionShape))
def list_editions(asked: dict[str, Any]) -> Response:
    """The editions of the list, newest first."""
    with entry.reading() as (session, actor):
        place = _place(actor, asked.pop("jurisdiction", None))
        return paged(responsibility.editions_of(session, place, **asked), edition_json)


def _place(actor: Actor, asked: str | None) -> str:
    """The caller's jurisdiction; who belongs to none says which. Raises NotFound for somebody else's."""
    place = asked or actor.jurisdiction
    if place is None:
        raise Invalid({"jurisdiction": [say("Please say which jurisdiction.")]})
    if actor.jurisdiction not in (None, place):
        raise NotFound(say("There is no responsibility list of %(jurisdiction)s.", jurisdiction=place))
    return place


def line_json(line: ResponsibilityLine, edition: int) -> dict[str, Any]:
    told = ("resource", "resource_name", "item", "item_name", "department", "department_name", "since")
    return {"edition": edition, **{name: getattr(line, name) for name in told}}


def edition_json(one: ResponsibilityEdition) -> dict[str, Any]:
    told = {name: getattr(one, name) for name in ("number", "jurisdiction", "made_at", "made_by", "lines")}
    return {**told, "case": one.case_id}
