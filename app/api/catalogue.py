"""The catalogue: what can be applied for."""

from __future__ import annotations

from typing import Any

from flask import Response
from marshmallow import fields

from app import entry
from app.api.parsing import Among, Code, Paged, Sized
from app.api.routes import Routes
from app.api.schemas import ResourceShape, page_of
from app.api.serialization import paged
from app.catalogue import entries
from app.catalogue.models import Resource
from app.entry import ANYONE, access
from app.floor.messages import SHARE_TYPES

routes = Routes("api_catalogue", __name__, url_prefix="/api/v1/catalogue", description="Catalogue 信息资源目录")


class ResourceFilter(Paged):
    jurisdiction = Code()
    provider = Code()
    share_type = fields.String(validate=Among(SHARE_TYPES))
    q = fields.String(validate=Sized(200), metadata={"description": "In code and name"})
    published = fields.Boolean()
    sort = fields.String(load_default="code", validate=Among(tuple(entries.SORTS)))


@routes.route("/resources", methods=["GET"])
@access(ANYONE)
@routes.arguments(ResourceFilter(), location="query")
@routes.response(200, page_of(ResourceShape))
def list_resources(asked: dict[str, Any]) -> Response:
    """Entries of the catalogue as they are now; withdrawn ones are left out."""
    with entry.reading() as (session, _):
        return paged(entries.find(session, **asked), resource_json)


def resource_json(resource: Resource) -> dict[str, Any]:
    return {
        "code": resource.code,
        "jurisdiction": resource.jurisdiction,
        "provider": resource.provider.code,
        "version": resource.version,
        **entries.content(resource),
    }
