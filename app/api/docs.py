"""The OpenAPI document, and a page made of it that needs no script and no outside host."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from flask import Response, current_app, render_template

from app.api.routes import Routes
from app.api.serialization import answer
from app.entry import PUBLIC, access

routes = Routes("api_docs", __name__, url_prefix="/api/v1", template_folder="templates", description="Documents")
CSP = "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
STYLE = Path(__file__).with_name("docs.css")


def document(spec: dict[str, Any]) -> dict[str, Any]:
    """The spec, with our errors named for every operation."""
    for operations in spec["paths"].values():
        for method, operation in operations.items():
            if method != "parameters":
                operation["responses"]["default"] = {"$ref": "#/components/responses/DEFAULT_ERROR"}
    return spec


def openapi() -> dict[str, Any]:
    found: dict[str, Any] = current_app.extensions["shuliu.openapi"]
    return found


@routes.route("/openapi.json", methods=["GET"])
@access(PUBLIC)
def read_openapi() -> Response:
    """The OpenAPI document."""
    return answer(openapi())


@routes.route("/docs", methods=["GET"])
@access(PUBLIC)
def browse() -> Response:
    """The API's documentation as a page for people."""
    response = Response(render_template("api/docs.html", spec=openapi(), by_tag=_by_tag(openapi()), shown=_shown))
    response.headers["Content-Security-Policy"] = CSP
    return response


@routes.route("/docs.css", methods=["GET"])
@access(PUBLIC)
def style() -> Response:
    """What the page looks like."""
    return Response(STYLE.read_text("utf-8"), mimetype="text/css", headers={"Cache-Control": "max-age=3600"})


def _by_tag(spec: dict[str, Any]) -> dict[str, list[tuple[str, str, dict[str, Any]]]]:
    """Tag's description → its operations (method, path, operation)."""
    titles = {tag["name"]: tag["description"] for tag in spec["tags"]}
    found: dict[str, list[tuple[str, str, dict[str, Any]]]] = {title: [] for title in titles.values()}
    for path, operations in spec["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method != "parameters":
                whole = operation | {"parameters": [*shared, *operation.get("parameters", [])]}
                found[titles[operation["tags"][0]]].append((method.upper(), path, whole))
    return found


def _shown(schema: dict[str, Any]) -> dict[str, Any]:
    """How a schema is named in one line: `{type, ref}`, `ref` being a named schema to look up."""
    if "$ref" in schema:
        return {"type": "", "ref": schema["$ref"].rpartition("/")[2]}
    if schema.get("type") == "array":
        inner = _shown(schema.get("items", {}))
        return {"type": "list of " + (inner["type"] or ""), "ref": inner["ref"]}
    kinds = schema.get("type", "any")
    said = " or ".join(kinds) if isinstance(kinds, list) else kinds
    if "enum" in schema:
        said += ": " + ", ".join(str(one) for one in schema["enum"])
    return {"type": f"{said} ({schema['format']})" if "format" in schema else said, "ref": None}
