"""Grants: who may use what for which purpose; asked for at every use by the exchange platform."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from app import entry
from app.accounts import Actor
from app.api.cases import case_json
from app.api.parsing import MOST_ID, MOST_NUMBER, Among, Between, Code, Paged, RequestBody, Sentence, Sized, fault
from app.api.routes import Routes
from app.api.schemas import CaseShape, GrantShape, PreviewShape, VerdictShape, page_of
from app.api.serialization import answer, paged
from app.cases.commands import grant_lifecycle
from app.cases.read import api, grant_lists
from app.catalogue import grants, use_checks, use_log
from app.catalogue.models import Grant
from app.entry import ANYONE, access, language
from app.floor import clock
from app.floor.errors import Forbidden
from app.floor.messages import say

MOST_ITEMS = 500
routes = Routes("api_grants", __name__, url_prefix="/api/v1/grants", description="Grants 共享授权")


class GrantName(fields.Field[int | str]):
    """A grant's id or its number."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int | str:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if not isinstance(value, str) or not 0 < len(value) <= 120:
            raise fault(say("The number or the id of a grant is needed here."))
        return int(value) if value.isascii() and value.isdigit() and len(value) < 16 else value


class GrantFilter(Paged):
    case_id = fields.Integer(data_key="case", validate=Between(1, MOST_ID))
    department = Code()
    resource = Code()
    provider = Code()
    state = fields.String(validate=Among(grants.STATES))
    role = fields.String(
        validate=Among(grant_lists.ROLES),
        metadata={"description": "What the caller's own department holds, or provides"},
    )
    ends_within = fields.Integer(validate=Between(0, grant_lists.LONGEST), metadata={"description": "Days from today"})
    sort = fields.String(validate=Among(grant_lists.SORTS))


class Revoke(RequestBody):
    reason = Sentence(required=True)
    basis = fields.Dict(
        keys=fields.String(), allow_none=True,
        metadata={"description": "`{kind, title, article?}`, where the regulation wants a refusal to carry one"},
    )  # fmt: skip


def _not_too_many(items: list[str]) -> None:
    if len(items) > MOST_ITEMS:
        raise fault(say("At most %(max)s can be named.", max=MOST_ITEMS))


class UseCheck(RequestBody):
    department = Code(required=True)
    resource = Code(required=True)
    items = fields.List(fields.String(validate=Sized(120)), required=True, validate=_not_too_many)
    purpose = fields.String(validate=Sized(4000))
    grant = GrantName(metadata={"description": "Instead of the purpose: the id or the number of a grant"})
    kind = fields.String(validate=Among(use_log.KINDS), metadata={"description": "For the log of uses"})
    amount = fields.Integer(
        strict=True,
        validate=Between(0, MOST_NUMBER),
        metadata={"description": "Records, for the log of uses"},
    )


@routes.route("", methods=["GET"])
@access(ANYONE)
@routes.arguments(GrantFilter(), location="query")
@routes.response(200, page_of(GrantShape))
def list_grants(asked: dict[str, Any]) -> Response:
    """Grants, newest first, or by their end where that is asked for: those that the caller's department holds, provides
    or has decided; the bureau and the exchange platform see all of their jurisdiction."""
    with entry.reading() as (session, actor):
        return paged(grant_lists.find(session, actor, **asked), grant_json)


@routes.route("/<id:grant_id>/revoke", methods=["POST"])
@access(ANYONE)
@routes.arguments(Revoke())
@routes.response(200, GrantShape)
def revoke(given: dict[str, Any], grant_id: int) -> Response:
    """Take a grant back: the provider's right, and the bureau's; what a body of a ladder has decided only that body's,
    or one's above it. A case is opened for it, with its letter, in which the holder can contest it."""
    with entry.writing() as (session, actor):
        revoked = grant_lifecycle.revoke(session, actor, grant_id, given["reason"], given.get("basis"))
        return answer(grant_json(revoked))


@routes.route("/<id:grant_id>/preview", methods=["POST"])
@access(ANYONE)
@routes.arguments(Revoke())
@routes.response(200, PreviewShape)
def preview(given: dict[str, Any], grant_id: int) -> Response:
    """What a revocation will say, in the sentences of the notice that follows. Nothing is kept."""
    with entry.reading() as (session, actor):
        told = grant_lifecycle.foretell_revocation(session, actor, grant_id, given["reason"], given.get("basis"))
        return answer({"says": told.lines(language())})


@routes.route("/<id:grant_id>/renew", methods=["POST"])
@access(ANYONE)
@routes.response(201, CaseShape)
def renew(grant_id: int) -> Response:
    """Apply anew with what the first application said, by the department that holds the grant. One that is under way
    is given again."""
    with entry.writing() as (session, actor):
        case = grant_lifecycle.renew(session, actor, grant_id)
        return answer(case_json(api.case_view(session, case)), 201)


@routes.route("/check", methods=["POST"])
@access(ANYONE)
@routes.arguments(UseCheck())
@routes.response(200, VerdictShape)
def check(given: dict[str, Any]) -> Response:
    """Whether a department may use these items now. Asked by the department itself, its bureau or the platform; each
    answer is a line of the log of uses."""
    with entry.writing() as (session, actor):
        _require_asker(actor, given["department"])
        verdict = use_checks.check_grant(
            session,
            actor.jurisdiction or "",
            given["department"],
            given["resource"],
            given["items"],
            purpose=given.get("purpose"),
            grant=given.get("grant"),
        )
        place = actor.jurisdiction or ""
        use_log.log_use(session, verdict, asked=given, jurisdiction=place, asked_by=actor.username)
        found = verdict.grant
        said = {"grant": found and found.id, "number": found and found.number, "reason": verdict.reason}
        return answer({"allowed": verdict.allowed} | said)


def grant_json(grant: Grant) -> dict[str, Any]:
    kept = (
        "id",
        "number",
        "jurisdiction",
        "items",
        "purpose",
        "mode",
        "conditions",
        "agreed_text",
        "valid_from",
        "valid_until",
    )
    ended = ("revoked_at", "revoked_by", "reason", "basis", "resource_version", "suspended_at", "suspended_for")
    today = clock.today()
    return {
        **{name: getattr(grant, name) for name in (*kept, *ended)},
        "case": grant.case_id,
        "department": grant.department.code,
        "provider": grant.resource.provider.code,
        "resource": grant.resource.code,
        "renews": grant.renews_id,
        "state": grant.state_on(today),
        "usable": grant.usable_on(today),
    }


# who may


def _require_asker(actor: Actor, department: str) -> None:
    if actor.kind not in ("bureau", "platform") and actor.department_code != department:
        raise Forbidden(say("Only the department itself, its bureau and the exchange platform may ask this."))
