"""Diagrams: judge a drawing, keep versions, publish one with a second administrator."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields
from webargs.flaskparser import is_json_request

from app import entry
from app.api.parsing import MOST_ID, Among, Between, RequestBody
from app.api.routes import Routes
from app.api.schemas import AnswerSchema, maybe, moment, page_of, text
from app.api.serialization import answer
from app.diagrams import gate, library, publishing
from app.diagrams.findings import Report
from app.diagrams.forms import load_forms
from app.diagrams.models import DiagramVersion
from app.entry import ANYONE, access
from app.floor.errors import NotFound
from app.floor.messages import say

routes = Routes("api_diagrams", __name__, url_prefix="/api/v1/diagrams", description="Diagrams 流程图")
PROCESS = re.compile(rb"""<(?:\w{1,20}:)?process\s[^<>]{0,2000}?\bid=["']([^"']{1,100})["']""")


class Drawing(RequestBody):
    """A drawing with its forms; a body that is not JSON is the drawing alone."""

    bpmn = fields.String(required=True)
    forms = fields.String(metadata={"description": "The forms file; without it, that of the published version"})


class CheckLevel(Schema):
    level = fields.String(load_default="publish", validate=Among(("draft", "publish")))


class VersionFilter(Schema):
    after = fields.Integer(load_default=MOST_ID, metadata={"description": "`next` of the page before"})
    limit = fields.Integer(load_default=50, validate=Between(1, 200))


class FindingShape(AnswerSchema):
    check = text()
    level = text(metadata={"description": "refuse, publish or warn"})
    element = text()
    message = text()
    fix = text()


class ReportShape(AnswerSchema):
    file = text()
    ok = fields.Boolean(required=True)
    findings = fields.List(fields.Nested(FindingShape), required=True)


class VersionShape(AnswerSchema):
    key = text()
    n = fields.Integer(required=True)
    status = text(metadata={"description": "draft, proposed, published or retired"})
    hash = text()
    created_at = moment()
    created_by = text()
    proposed_by = maybe()
    published_at = moment()
    published_by = maybe()


class WholeVersion(VersionShape):
    bpmn = text()
    forms = text()


XML = {"requestBody": {"content": {"application/xml": {"schema": {"type": "string"}}}}}


@routes.route("/check", methods=["POST"])
@access("administrator")
@routes.arguments(CheckLevel(), location="query")
@routes.response(200, ReportShape)
@routes.doc(**XML)
def check(asked: dict[str, str]) -> Response:
    """Judge a drawing (XML body): for publishing, or with `level=draft` for danger only."""
    drawn, forms = _drawing()
    key = _process_of(drawn)
    with entry.reading() as (session, _):
        published = library.library(session)
    said = published[key].forms if key in published else None
    if forms is not None:
        said = load_forms(forms, f"{key}.forms.yaml")
    others = {name: known for name, known in published.items() if name != key}
    report = gate.check(drawn, forms=said, library=others, level=asked["level"])  # type: ignore[arg-type]
    return answer({"file": f"{key}.bpmn" if key else "", **report_json(report)})


@routes.route("/<key>/versions", methods=["GET"])
@access(ANYONE)
@routes.arguments(VersionFilter(), location="query")
@routes.response(200, page_of(VersionShape))
def list_versions(asked: dict[str, Any], key: str) -> Response:
    """All versions of a diagram, newest first."""
    with entry.reading() as (session, _):
        found = library.versions(session, key)
        if not found:
            raise NotFound(say("There is no diagram %(key)s.", key=key))
        older = [one for one in found if one.n < asked["after"]]
        shown = older[: asked["limit"]]
        following = str(shown[-1].n) if len(older) > len(shown) else None
        return answer({"items": [version_json(one) for one in shown], "next": following})


@routes.route("/<key>/versions/<id:n>", methods=["GET"])
@access(ANYONE)
@routes.response(200, WholeVersion)
def read_version(key: str, n: int) -> Response:
    """One version with its drawing and its forms file."""
    with entry.reading() as (session, _):
        found = library.find_version(session, key, n)
        return answer(version_json(found) | {"bpmn": found.bpmn, "forms": found.forms})


@routes.route("/<key>/versions", methods=["POST"])
@access("administrator")
@routes.response(201, VersionShape)
@routes.doc(**XML)
def store(key: str) -> Response:
    """Keep a drawing as a new version (a draft). The same content again is the same version."""
    drawn, forms = _drawing()
    with entry.writing() as (session, actor):
        if forms is None:
            forms = next((one.forms for one in library.versions(session, key) if one.status == "published"), "")
        return answer(version_json(publishing.store_version(session, key, drawn, forms, actor)), 201)


@routes.route("/<key>/versions/<id:n>/publish", methods=["POST"])
@access("administrator")
@routes.response(200, VersionShape)
@routes.alt_response(202, schema=VersionShape, success=True, description="Proposed; a second administrator publishes")
def publish(key: str, n: int) -> Response:
    """Propose a version; the call of a second administrator publishes it for new cases."""
    with entry.reading() as (session, _):
        publishing.judge(session, library.find_version(session, key, n))  # takes its time, and is remembered
    with entry.writing() as (session, actor):
        version = library.find_version(session, key, n)
        if version.status == "proposed" and version.proposed_by != actor.username:
            publishing.publish(session, version, actor)
        elif version.status in ("draft", "retired"):
            publishing.propose(session, version, actor)
        return answer(version_json(version), 200 if version.status == "published" else 202)


def report_json(report: Report) -> dict[str, Any]:
    names = ("check", "level", "element", "message", "fix")
    return {"ok": report.ok, "findings": [{name: getattr(one, name) for name in names} for one in report.findings]}


def version_json(version: DiagramVersion) -> dict[str, Any]:
    names = ("key", "n", "status", "hash", "created_at", "created_by")
    later = ("proposed_at", "proposed_by", "published_at", "published_by")
    return {name: getattr(version, name) for name in (*names, *later)}


def _drawing() -> tuple[bytes, str | None]:
    """The drawing as it was sent, and its forms where they came along."""
    if not is_json_request(request):
        return request.get_data(), None
    given = Routes.ARGUMENTS_PARSER.parse(Drawing(), request, location="json")
    return given["bpmn"].encode(), given.get("forms")


def _process_of(drawn: bytes) -> str:
    found = PROCESS.search(drawn)
    return found[1].decode("utf-8", "replace") if found else ""
