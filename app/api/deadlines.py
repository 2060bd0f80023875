"""Deadlines: each explains itself day by day; pause, resume, extend, correct; and a preview that stores nothing."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields, validates_schema

from app import entry
from app.api.parsing import Between, Code, DayField, RequestBody, Sentence
from app.api.routes import Routes
from app.api.schemas import Count, DeadlineShape
from app.api.serialization import answer
from app.cases.commands import clock_commands, start_corrections
from app.cases.models import Deadline
from app.cases.read import deadlines
from app.deadlines.calendar import asked_in
from app.entry import ANYONE, access, language
from app.floor.errors import Invalid
from app.floor.messages import say

routes = Routes("api_deadlines", __name__, url_prefix="/api/v1/deadlines", description="Deadlines 时限")


class PauseRequest(RequestBody):
    ground = Code(required=True, metadata={"description": "A ground that the rule pack lists"})


class Extend(RequestBody):
    days = fields.Integer(required=True, strict=True, validate=Between(1, 999))
    reason = Sentence(required=True)


class Correct(RequestBody):
    started_on = DayField(required=True)
    reason = Sentence(required=True)


class Reject(RequestBody):
    reason = Sentence(required=True)


class Preview(RequestBody):
    jurisdiction = Code(required=True)
    rule = Code()
    working_days = fields.Integer(strict=True, validate=Between(-2000, 2000))
    from_ = DayField(required=True, data_key="from")

    @validates_schema
    def one_of_both(self, data: dict[str, Any], **_: Any) -> None:
        if ("rule" in data) == ("working_days" in data):
            raise Invalid({"rule": [say("Please name either a rule or a number of working days.")]})


@routes.route("/<id:deadline_id>", methods=["GET"])
@access(ANYONE)
@routes.response(200, DeadlineShape)
def read_deadline(deadline_id: int) -> Response:
    """A clock with each counted and each skipped day."""
    with entry.reading(by_key=True) as (session, actor):
        return _shown(session, deadlines.visible(session, actor, deadline_id))


@routes.route("/<id:deadline_id>/pause", methods=["POST"])
@access(ANYONE)
@routes.arguments(PauseRequest())
@routes.response(200, DeadlineShape)
def pause(given: dict[str, str], deadline_id: int) -> Response:
    """Stop a clock on a ground that the regulation, or for internal targets the rule pack, knows."""
    with entry.writing() as (session, actor):
        return _shown(session, clock_commands.pause(session, actor, deadline_id, given["ground"]))


@routes.route("/<id:deadline_id>/resume", methods=["POST"])
@access(ANYONE)
@routes.response(200, DeadlineShape)
def resume(deadline_id: int) -> Response:
    """Let a paused clock go on."""
    with entry.writing() as (session, actor):
        return _shown(session, clock_commands.resume(session, actor, deadline_id))


@routes.route("/<id:deadline_id>/extend", methods=["POST"])
@access(ANYONE)
@routes.arguments(Extend())
@routes.response(200, DeadlineShape)
def extend(given: dict[str, Any], deadline_id: int) -> Response:
    """Ask for an extension where the regulation allows one; whose consent it needs, the procedure says."""
    with entry.writing() as (session, actor):
        return _shown(session, clock_commands.extend(session, actor, deadline_id, given["days"], given["reason"]))


@routes.route("/<id:deadline_id>/correct", methods=["POST"])
@access(ANYONE)
@routes.arguments(Correct())
@routes.response(200, DeadlineShape)
@routes.alt_response(202, schema=DeadlineShape, success=True, description="Proposed; a second person confirms")
def correct(given: dict[str, Any], deadline_id: int) -> Response:
    """Set right the day on which a clock began: a bureau's that is no party, with a reason that stays. What would
    remove a breach, and a start later than the day on which it was recorded, is proposed (202); the same call of a
    second person confirms it."""
    with entry.writing() as (session, actor):
        deadline, proposal = start_corrections.correct(
            session, actor, deadline_id, given["started_on"], given["reason"]
        )
        return _shown(session, deadline, 202 if proposal else 200)


@routes.route("/<id:deadline_id>/correct/confirm", methods=["POST"])
@access(ANYONE)
@routes.response(200, DeadlineShape)
def confirm_correction(deadline_id: int) -> Response:
    """A second person confirms the correction that was proposed."""
    with entry.writing() as (session, actor):
        return _shown(session, start_corrections.confirm(session, actor, deadline_id))


@routes.route("/<id:deadline_id>/correct/reject", methods=["POST"])
@access(ANYONE)
@routes.arguments(Reject())
@routes.response(200, DeadlineShape)
def reject_correction(given: dict[str, str], deadline_id: int) -> Response:
    """A second person rejects it; the clock stays as it is."""
    with entry.writing() as (session, actor):
        return _shown(session, start_corrections.reject(session, actor, deadline_id, given["reason"]))


@routes.route("/preview", methods=["POST"])
@access(ANYONE)
@routes.arguments(Preview())
@routes.response(200, Count)
def preview(given: dict[str, Any]) -> Response:
    """What a deadline from that day would be. Nothing is stored."""
    with entry.reading() as (session, _), asked_in("from"):
        about, told = clock_commands.preview(
            session,
            given["jurisdiction"],
            given["from_"],
            rule=given.get("rule"),
            working_days=given.get("working_days"),
        )
        standing = told.standing
        names = ("state", "certainty", "started_on", "due_on", "due_at", "unpaused_due_on")
        counted = {name: getattr(standing, name) for name in names}
        return answer(about | counted | told.lists(language()) | {"paragraph": told.paragraph})


def _shown(session: Any, deadline: Deadline, status: int = 200) -> Response:
    proposal = start_corrections.waiting(session, deadline.case, deadline.id)
    waits = proposal and {"started_on": proposal.started_on, "reason": proposal.reason, "by": proposal.by}
    return answer(deadlines.as_json(deadlines.view(session, deadline), language()) | {"correction": waits}, status)
