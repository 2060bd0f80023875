"""The JSON door for machines: a file a resource, schemas on top, routes below. What it promises: docs/api.md."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import Babel
from flask_smorest import Api
from werkzeug.routing import IntegerConverter, Map

from app.api import (
    cases,
    catalogue,
    deadlines,
    departments,
    diagrams,
    docs,
    grants,
    health,
    jurisdictions,
    problems,
    responsibility,
    rules,
    tasks,
    uses,
)
from app.api.parsing import MOST_ID
from app.api.schemas import Problem
from app.api.serialization import speak_json
from app.entry import LOCALES, asked_language

PREFIX = "/api/"
RESOURCES = (
    jurisdictions,
    departments,
    rules,
    catalogue,
    responsibility,
    cases,
    tasks,
    deadlines,
    grants,
    uses,
    diagrams,
)


class Id(IntegerConverter):
    """An id that a row can have; anything else is no address of ours."""

    regex = r"\d{1,10}"

    def __init__(self, map: Map):
        super().__init__(map, min=1, max=MOST_ID)


class Door(Api):
    """flask-smorest for the OpenAPI document; errors and the document's pages are ours."""

    ERROR_SCHEMA = Problem

    def _register_error_handlers(self) -> None:
        """None app-wide: pages answer errors as pages."""

    def _register_responses(self) -> None:
        content = {problems.MIMETYPE: {"schema": Problem}}
        for name in ("UNPROCESSABLE_ENTITY", "DEFAULT_ERROR"):
            self.spec.components.response(name, {"description": "An error", "content": content})


def register(app: Flask) -> None:
    if "babel" not in app.extensions:
        Babel(app, locale_selector=lambda: LOCALES[asked_language()])
    speak_json(app)
    health.measure(app)
    problems.handle_unknown_addresses(app, PREFIX)
    app.url_map.converters["id"] = Id
    api = Door(app, spec_kwargs=_about())
    api.spec.components.security_scheme("token", {"type": "http", "scheme": "bearer"})
    for resource in RESOURCES:
        api.register_blueprint(resource.routes)
    for public in (health, docs):
        app.register_blueprint(public.routes)
    app.extensions["shuliu.openapi"] = docs.document(api.spec.to_dict())
    for blueprint in app.blueprints.values():
        if blueprint.name.startswith("api") and "csrf" in app.extensions:
            app.extensions["csrf"].exempt(blueprint)


def _about() -> dict[str, Any]:
    about = "JSON for programs. Errors are application/problem+json; lists are paged by cursor."
    return {
        "title": "Shuliu",
        "version": "v1",
        "openapi_version": "3.1.0",
        "info": {"description": about},
        "security": [{"token": []}],
    }
