"""A department that was dissolved, merged or split up is closed: what is open with it goes to others, in one act."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from app import entry
from app.api.parsing import Code, DayField, RequestBody
from app.api.routes import Routes
from app.api.schemas import AnswerSchema
from app.api.serialization import answer
from app.cases import policy
from app.cases.commands import department_closure
from app.entry import access
from app.jurisdictions.rulebook import rules_today

routes = Routes(
    "api_departments",
    __name__,
    url_prefix="/api/v1/jurisdictions/<jurisdiction>/departments",
    description="Departments 部门",
)


class Closing(RequestBody):
    on = DayField(required=True, metadata={"description": "The day on which it ceased to be; none that is to come"})
    successor = Code(metadata={"description": "Takes over all that `others` does not name"})
    others = fields.Dict(
        keys=Code(),
        values=Code(),
        load_default=dict,
        metadata={"description": "Entries with the departments they go to"},
    )
    dry_run = fields.Boolean(load_default=False, metadata={"description": "Only tell what would go where"})


class ClosedShape(AnswerSchema):
    entries = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    cases = fields.List(fields.String(), required=True)
    stopped = fields.List(fields.String(), required=True, metadata={"description": "Cases that ended with it"})
    tasks = fields.Integer(required=True)
    clocks = fields.Integer(required=True)
    grants = fields.List(fields.String(), required=True)
    accounts = fields.List(fields.String(), required=True, metadata={"description": "User names that were closed"})
    dry_run = fields.Boolean(required=True)


@routes.route("/<code>/close", methods=["POST"])
@access("supervisor", "administrator")
@routes.arguments(Closing())
@routes.response(200, ClosedShape)
def close_department(given: dict[str, Any], jurisdiction: str, code: str) -> Response:
    """Close a department: entries, grants, open cases with their clocks and the responsibility list go to its
    successors, its accounts are closed. `dry_run` tells what would go where and changes nothing."""
    with entry.writing(alone=True) as (session, actor):
        policy.require_place(actor, jurisdiction)
        closed = department_closure.close_department(
            session,
            actor,
            jurisdiction,
            code,
            given["on"],
            given.get("successor"),
            rules_today(session),
            given["others"],
        )
        if given["dry_run"]:
            session.rollback()
        return answer({**vars(closed), "dry_run": given["dry_run"]})
