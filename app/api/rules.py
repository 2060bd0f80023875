"""What two administrators enter above a rule pack: one proposes, another confirms, and until then nothing changes."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from app import entry
from app.api.parsing import MOST_ID, Among, Between, Code, DayField, RequestBody, Sentence
from app.api.routes import Routes
from app.api.schemas import AnswerSchema, day, maybe, moment, page_of, text
from app.api.serialization import answer
from app.cases import policy
from app.cases.commands.recalculation import MovedDeadline, apply_rules
from app.entry import access
from app.jurisdictions import overrides
from app.jurisdictions.proposals import Proposed, RuleProposal, confirm, proposal, proposals, propose, withdraw

routes = Routes(
    "api_rules", __name__, url_prefix="/api/v1/jurisdictions/<jurisdiction>/rules", description="Rules entered 规则录入"
)
STATES = ("proposed", "confirmed", "withdrawn")


class Articles(fields.List):
    """A list of articles; one alone may stand without brackets."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> list[Any]:
        return super()._deserialize([value] if isinstance(value, str) else value, attr, data, **options)


class NewProposal(RequestBody):
    key = Code(required=True)
    value = fields.Raw(metadata={"description": "Left out with `ends`"})
    unit = fields.String(
        validate=Among(("days", "months")), metadata={"description": "Of a period; else the key's own"}
    )
    superior = Code(metadata={"description": "The text above; without it, the number that this copy has lost"})
    article = Articles(fields.String(), metadata={"description": "Of the superior text"})
    source = Sentence(overrides.LONGEST_SOURCE, required=True, metadata={"description": "Where it is printed"})
    from_on = DayField(metadata={"description": "In force from"})
    applies_to_open = fields.Boolean(load_default=False, metadata={"description": "Reaches what had begun before"})
    open_article = Articles(fields.String(), metadata={"description": "The article that says so, else `article`"})
    ends = fields.Boolean(load_default=False, metadata={"description": "Take back what was entered as law"})


class Confirming(RequestBody):
    dry_run = fields.Boolean(load_default=False, metadata={"description": "Only tell what would move"})


class ProposalsFilter(Schema):
    state = fields.String(validate=Among(STATES))
    after = fields.Integer(load_default=MOST_ID, metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=Between(1, 200))


class ProposalShape(AnswerSchema):
    id = fields.Integer(required=True)
    jurisdiction = text()
    key = text()
    what = text(metadata={"description": "number, superior or end"})
    state = text(metadata={"description": ", ".join(STATES)})
    value = fields.Raw(required=True, allow_none=True)
    unit = maybe()
    superior = maybe()
    article = fields.List(fields.String(), required=True)
    source = text()
    from_on = day()
    applies_to_open = fields.Boolean(required=True)
    open_article = fields.List(fields.String(), required=True)
    proposed_at = moment()
    proposed_by = text()
    decided_at = moment()
    decided_by = maybe()


class MoveShape(AnswerSchema):
    case = text()
    rule = text()
    kind = text()
    before = day()
    after = day()
    direction = text(metadata={"description": "earlier, later or same"})
    certainty = maybe()
    held = maybe(
        metadata={"description": "Why it stays as it is: `missed` (past due), `later` (a superior gives no more time)"}
    )
    overdue = fields.Boolean(required=True, metadata={"description": "Past due from this change on"})


class Confirmed(ProposalShape):
    rule_version = text()
    dry_run = fields.Boolean(required=True)
    moves = fields.List(fields.Nested(MoveShape), required=True)


@routes.route("/proposals", methods=["GET"])
@access("supervisor", "administrator")
@routes.arguments(ProposalsFilter(), location="query")
@routes.response(200, page_of(ProposalShape))
def list_proposals(asked: dict[str, Any], jurisdiction: str) -> Response:
    """What was proposed here, newest first."""
    with entry.reading() as (session, actor):
        policy.require_place(actor, jurisdiction)
        found = [one for one in proposals(session, jurisdiction, asked.get("state")) if one.id < asked["after"]]
        shown = found[: asked["limit"]]
        following = str(shown[-1].id) if len(found) > len(shown) else None
        return answer({"items": [as_json(one) for one in shown], "next": following})


@routes.route("/proposals", methods=["POST"])
@access("administrator")
@routes.arguments(NewProposal())
@routes.response(202, ProposalShape)
def propose_rule(given: dict[str, Any], jurisdiction: str) -> Response:
    """A figure of a superior text, or a number that this copy has lost. It counts once a second person confirms it."""
    proposed = Proposed(**given | {name: tuple(given.get(name, ())) for name in ("article", "open_article")})
    with entry.writing() as (session, actor):
        return answer(as_json(propose(session, jurisdiction, proposed, actor)), 202)


@routes.route("/proposals/<id:n>", methods=["GET"])
@access("supervisor", "administrator")
@routes.response(200, ProposalShape)
def read_proposal(jurisdiction: str, n: int) -> Response:
    """One proposal."""
    with entry.reading() as (session, actor):
        policy.require_place(actor, jurisdiction)
        return answer(as_json(proposal(session, jurisdiction, n)))


@routes.route("/proposals/<id:n>/confirm", methods=["POST"])
@access("administrator")
@routes.arguments(Confirming())
@routes.response(200, Confirmed)
def confirm_rule(given: dict[str, Any], jurisdiction: str, n: int) -> Response:
    """The second person's word; the open deadlines that follow are listed. `dry_run` tells them and changes nothing."""
    with entry.writing(alone=True) as (session, actor):
        book = confirm(session, jurisdiction, n, actor, trial=given["dry_run"])
        moves = [move_json(one) for one in apply_rules(session, jurisdiction, actor)]
        told = as_json(proposal(session, jurisdiction, n))
        if given["dry_run"]:
            session.rollback()
        return answer(told | {"rule_version": book.version, "moves": moves, "dry_run": given["dry_run"]})


@routes.route("/proposals/<id:n>/withdraw", methods=["POST"])
@access("administrator")
@routes.response(200, ProposalShape)
def withdraw_rule(jurisdiction: str, n: int) -> Response:
    """Take a proposal back, or turn it down."""
    with entry.writing() as (session, actor):
        return answer(as_json(withdraw(session, jurisdiction, n, actor)))


def as_json(row: RuleProposal) -> dict[str, Any]:
    names = ("id", "jurisdiction", "key", "what", "state", "superior", "article", "source", "from_on", "open_article")
    told = {name: getattr(row, name) for name in names}
    by = {name: getattr(row, name) for name in ("proposed_at", "proposed_by", "decided_at", "decided_by")}
    return told | row.value | {"applies_to_open": bool(row.open_article)} | by


def move_json(move: MovedDeadline) -> dict[str, Any]:
    return {**vars(move), "direction": move.direction}
