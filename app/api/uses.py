"""The log of uses: what was fetched and supplied, and what was not allowed."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from app import entry
from app.api.parsing import Among, Code, DayField, Paged, Sized
from app.api.routes import Routes
from app.api.schemas import UseShape, page_of
from app.api.serialization import paged
from app.cases import policy
from app.catalogue import use_log
from app.catalogue.models import Use
from app.entry import ANYONE, access
from app.floor.messages import said

routes = Routes("api_uses", __name__, url_prefix="/api/v1/uses", description="Log of uses 使用日志")


class UseFilter(Paged):
    department = Code()
    resource = Code()
    grant = fields.String(validate=Sized(120), metadata={"description": "The number of a grant"})
    side = fields.String(
        validate=Among(use_log.SIDES),
        metadata={"description": "What the caller's own department has fetched, or others of its entries"},
    )
    first = DayField(data_key="from")
    last = DayField(data_key="to")


@routes.route("", methods=["GET"])
@access(ANYONE)
@routes.arguments(UseFilter(), location="query")
@routes.response(200, page_of(UseShape))
def list_uses(asked: dict[str, Any]) -> Response:
    """Answers of `grants/check`, newest first: what the caller's department has fetched and what others have of its
    entries; the bureau and the exchange platform see all of their jurisdiction. `from` and `to` are days, both in."""
    with entry.reading() as (session, actor):
        return paged(use_log.find_uses(session, **asked, **policy.uses_of(actor)), use_json)


def use_json(use: Use) -> dict[str, Any]:
    kept = ("at", "department", "provider", "resource", "items", "purpose", "kind", "amount", "allowed", "asked_by")
    return {**{name: getattr(use, name) for name in kept}, "grant": use.grant_number, "reason": said(use.reason)}
