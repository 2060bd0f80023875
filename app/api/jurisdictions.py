"""What there is: jurisdictions with the rules in force in them, and the procedures that they offer."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response
from marshmallow import fields
from sqlalchemy.orm import Session

from app import entry
from app.api.parsing import MOST, Between, DayField, Paged
from app.api.routes import Routes
from app.api.schemas import AnswerSchema, LevelShape, day, maybe, page_of, text
from app.api.serialization import answer
from app.cases.definition_cache import current_plan, offered
from app.entry import ANYONE, access, language
from app.floor import clock
from app.floor.errors import Invalid
from app.floor.messages import Language, say
from app.jurisdictions.rulebook import RuleBook, editions, rulebook
from app.jurisdictions.superior_texts import above
from app.rules.superior_text import SuperiorText

routes = Routes(
    "api_jurisdictions", __name__, url_prefix="/api/v1", description="Jurisdictions and procedures 辖区、程序"
)


class RegulationShape(AnswerSchema):
    title = text()
    rank = text(metadata={"description": "normative_document, law, administrative_regulation …"})
    from_ = fields.Date(required=True, allow_none=True, data_key="from")
    until = day()
    article = maybe()
    in_force = fields.Boolean(required=True)
    extended_until = day()
    extended_by = maybe(metadata={"description": "The document that carries on a regulation out of force"})


class JurisdictionShape(AnswerSchema):
    code = text()
    title = text()
    level = text()
    bureau = text()
    regulation = fields.Nested(RegulationShape, required=True)
    procedures = fields.List(fields.String(), required=True)


class RuleShape(AnswerSchema):
    key = text()
    title = text()
    type = text()
    value = fields.Raw(required=True, allow_none=True)
    kind = text(metadata={"description": "statutory, internal or convention"})
    reason = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Why the regulation gives no number: blank, promptly, silent"},
    )
    article = maybe()
    effective_from = day()
    effective_until = day()
    superior = fields.Dict(
        required=True,
        allow_none=True,
        metadata={"description": "The text above that gives the value; null: the jurisdiction's own regulation"},
    )
    levels = fields.List(fields.Nested(LevelShape), required=True)


class ProcedureShape(AnswerSchema):
    key = text()
    process = text()
    title = text()
    startable = fields.Boolean(required=True)
    starters = fields.List(fields.String(), required=True)
    jurisdictions = fields.List(fields.String(), required=True)
    tasks = fields.List(fields.Dict(), required=True)


class Few(Paged):
    """For lists that are short by nature: whole unless a limit is asked for."""

    limit = fields.Integer(load_default=MOST, validate=Between(1, MOST))


class RulesFilter(Few):
    on = DayField(metadata={"description": "The rules in force on that day; today if left out"})


@routes.route("/jurisdictions", methods=["GET"])
@access(ANYONE)
@routes.arguments(Few(), location="query")
@routes.response(200, page_of(JurisdictionShape))
def list_jurisdictions(asked: dict[str, Any]) -> Response:
    """Every jurisdiction with its regulation."""
    with entry.reading() as (session, _):
        return answer(_page([_jurisdiction(book) for book in _books(session)], asked, "code"))


@routes.route("/jurisdictions/<jurisdiction>/rules", methods=["GET"])
@access(ANYONE)
@routes.arguments(RulesFilter(), location="query")
@routes.response(200, page_of(RuleShape))
def list_rules(asked: dict[str, Any], jurisdiction: str) -> Response:
    """The rules in force: value, whether the regulation says it, article, effective days."""
    with entry.reading() as (session, _):
        book = rulebook(session, jurisdiction)
        on = asked.get("on") or clock.today()
        rules = [_rule(rule, language()) for rule in book.rules_in_force(on)]
        texts = [_above(one) for one in above(session, book.pack).values()]
        slips = [{"article": ", ".join(slip.article), "note": slip.note} for slip in book.pack.slips]
        about = {"rule_version": book.version, "regulation": _regulation(book, on), "slips": slips, "superior": texts}
        return answer(_page(rules, asked, "key") | about)


@routes.route("/procedures", methods=["GET"])
@access(ANYONE)
@routes.arguments(Few(), location="query")
@routes.response(200, page_of(ProcedureShape))
def list_procedures(asked: dict[str, Any]) -> Response:
    """Every procedure that some jurisdiction offers, with its steps; once for each drawing by which it goes. In the
    words of the reader's own regulation where it offers it."""
    with entry.reading() as (session, actor):
        items = [_procedure(session, *pair, where, actor.jurisdiction) for pair, where in offered(session).items()]
        return answer(_page(items, asked, "key", "process"))


def _above(one: SuperiorText) -> dict[str, Any]:
    """A text that stands above the regulation: since when, and what it leaves out altogether."""
    out = [{"key": key, "title": what.title, "article": ", ".join(what.article)} for key, what in one.excluded.items()]
    text = {"code": one.text.code, "title": one.text.title, "document": one.text.document, "rank": one.text.rank}
    return text | {"from": one.from_on, "until": one.until, "excluded": out}


def _page(items: list[dict[str, Any]], asked: dict[str, Any], *names: str) -> dict[str, Any]:
    """A page of what is listed whole; an item's cursor is its code, or several. Raises Invalid for one of none."""
    cursors = ["|".join(item[name] for name in names) for item in items]
    after = asked.get("after")
    if after is not None and after not in cursors:
        raise Invalid({"after": [say("This is not a cursor of this list.")]})
    first = cursors.index(after) + 1 if after is not None else 0
    last = first + asked["limit"]
    return {"items": items[first:last], "next": cursors[last - 1] if last < len(items) else None}


def _books(session: Session) -> list[RuleBook]:
    return [rulebook(session, jurisdiction, edition) for jurisdiction, edition in editions(session).items()]


def _jurisdiction(book: RuleBook) -> dict[str, Any]:
    pack = book.pack
    return {
        "code": pack.jurisdiction,
        "title": pack.title,
        "level": pack.level,
        "bureau": pack.bureau.department,
        "bureau_title": pack.bureau.title,
        "number_code": pack.number_code,
        "procedures": sorted(pack.procedures),
        "rule_version": book.version,
        "regulation": _regulation(book, clock.today()),
    }


def _regulation(book: RuleBook, on: date) -> dict[str, Any]:
    """The text itself, and by what it is carried on where it is out of force on that day."""
    regulation, extension = book.pack.regulation, book.extended_on(on)
    return {
        "title": regulation.title,
        "rank": regulation.rank,
        "document": regulation.document,
        "from": regulation.from_on,
        "until": regulation.until,
        "article": ", ".join(regulation.article) or None,
        "in_force": book.pack.in_force(on),
        "extended_until": extension and extension.until,
        "extended_by": extension and extension.ground,
    }


def _rule(rule: dict[str, Any], language: Language) -> dict[str, Any]:
    """A rule with its title and note in the reader's language; a text value stays in both."""
    told = rule | {name: rule[name] and rule[name][language] for name in ("title", "note")}
    return told | {
        "superior": _titled(rule["superior"], "title", language),
        "levels": [_titled(one, "regulation", language) for one in rule["levels"]],
    }


def _titled(told: dict[str, Any] | None, name: str, language: Language) -> dict[str, Any] | None:
    return told and told | {name: told[name][language]}


def _procedure(
    session: Session, procedure: str, process: str, jurisdictions: list[str], own: str | None
) -> dict[str, Any]:
    plan = current_plan(session, process, own if own in jurisdictions else None)
    top = plan.top
    return {
        "key": procedure,
        "process": process,
        "title": top.title,
        "startable": top.startable,
        "starters": top.starters,
        "about": top.about,
        "diagram_version": plan.version,
        "jurisdictions": jurisdictions,
        "start": [
            {"key": one.key, "type": one.type, "title": one.title, "required": one.required is True}
            for one in top.start.fields
        ],
        "tasks": [{"key": key, "title": task.title, "rules": task.rules} for key, (_, task) in plan.tasks.items()],
        "outcomes": top.outcomes,
    }
