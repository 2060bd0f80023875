"""A form as JSON Schema, for callers of the API: `json_schema`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.diagrams.forms.basis import BASIS_KINDS
from app.diagrams.forms.field_values import (
    BASIS_PARTS,
    ENTRY_ACTIONS,
    MAX_INTEGER,
    MAX_ITEMS,
    POINT_CODES,
    POINT_TEXTS,
)
from app.diagrams.forms.model import LONGEST, Form
from app.diagrams.forms.validation import ShownField, shown_fields
from app.floor.messages import Language


def json_schema(
    form: Form, facts: Mapping[str, Any], functions: Mapping[str, Callable[..., Any]], language: Language
) -> dict[str, Any]:
    """The fields that this case asks for. What depends on the answer itself is carried as an expression in `x-shown`
    and `x-required`: such a field is never in `required`."""
    fields = shown_fields(form, facts=facts, functions=functions)
    alone = [shown for shown in fields if shown.field.group is None]
    groups = {
        group: [shown for shown in fields if shown.field.group == group]
        for group in dict.fromkeys(shown.field.group for shown in fields if shown.field.group)
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": form.title.in_(language),
        **_object(alone, language),
        "properties": {
            **{shown.field.key: _property(shown, language) for shown in alone},
            **{group: _object(parts, language) | {"type": ["object", "null"]} for group, parts in groups.items()},
        },
    }


def _object(fields: Sequence[ShownField], language: Language) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {shown.field.name: _property(shown, language) for shown in fields},
        "required": [shown.field.name for shown in fields if shown.required],
        "additionalProperties": False,
    }


def _property(shown: ShownField, language: Language) -> dict[str, Any]:
    field = shown.field
    schema: dict[str, Any] = {"title": field.title.in_(language), **_type(shown)}
    if field.help is not None:
        schema["description"] = field.help.in_(language)
    if field.default is not None:
        schema["default"] = field.default
    if shown.options:
        schema["x-titles"] = {option.value: option.title.in_(language) for option in shown.options}
    if shown.depends:
        conditions = {"x-shown": field.shown, "x-required": field.required}
        schema |= {name: source for name, source in conditions.items() if isinstance(source, str)}
    if field.type in ("department", "resource", "resources", "items", "changes", "basis", "item_reasons", "points"):
        schema["x-type"] = field.type
    if not shown.required:
        schema["type"] = [schema["type"], "null"]
        if "enum" in schema:
            schema["enum"] = [*schema["enum"], None]
    return schema


def _type(shown: ShownField) -> dict[str, Any]:
    field, values = shown.field, [option.value for option in shown.options]
    match field.type:
        case "text" | "longtext":
            return {"type": "string", "minLength": field.min or 0, "maxLength": field.max or LONGEST[field.type]}
        case "choice":
            return {"type": "string", "enum": values}
        case "boolean":
            return {"type": "boolean"}
        case "integer":
            low, high = field.min, field.max
            return {
                "type": "integer",
                "minimum": -MAX_INTEGER if low is None else low,
                "maximum": MAX_INTEGER if high is None else high,
            }
        case "date":
            return {"type": "string", "format": "date"}
        case "choices":
            return _list({"type": "string", "enum": values}, shown)
        case "changes":
            return _list(_change(field.of or ENTRY_ACTIONS), shown)
        case "points":
            return _list(_point(values), shown)
        case "basis":
            return _basis(values)
        case "item_reasons":
            return _list(_own_reason(values, field.max or LONGEST["longtext"]), shown)
        case "resources" | "items":
            return _list({"type": "string"}, shown)
    return {"type": "string"}


def _change(actions: Sequence[str]) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "resource": {"type": "string"},
            "action": {"type": "string", "enum": [*actions]},
            "basis": {**_basis([one.value for one in BASIS_KINDS]), "type": ["object", "null"]},
        },
        "required": ["resource", "action"],
    }


def _own_reason(kinds: Sequence[str], longest: int) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": {
            "item": {"type": "string"},
            "reason": {"type": "string", "maxLength": longest},
            "basis": {**_basis(kinds), "type": ["object", "null"]},
        },
        "required": ["item", "reason"],
        "additionalProperties": False,
    }


def _basis(kinds: Sequence[str]) -> dict[str, Any]:
    texts = {name: {"type": ["string", "null"], "maxLength": most} for name, most in BASIS_PARTS.items()}
    return {
        "type": "object",
        "properties": {
            "kind": {"type": "string", "enum": list(kinds)},
            **texts,
            "title": {**texts["title"], "type": "string"},
        },
        "required": ["kind", "title"],
        "additionalProperties": False,
    }


def _point(results: Sequence[str]) -> dict[str, Any]:
    """One point of a decision; which of its parts are needed follows from its result."""
    codes: dict[str, Any] = {name: {"type": ["string", "null"]} for name in POINT_CODES}
    texts = {name: {"type": ["string", "null"], "maxLength": most} for name, most in POINT_TEXTS.items()}
    return {
        "type": "object",
        "properties": {
            **codes,
            **texts,
            "result": {"type": "string", "enum": list(results)},
            "ground": {"type": "string", "maxLength": POINT_TEXTS["ground"]},
            "basis": {**_basis([one.value for one in BASIS_KINDS]), "type": ["object", "null"]},
        },
        "required": ["result", "ground"],
        "additionalProperties": False,
    }


def _list(items: dict[str, Any], shown: ShownField) -> dict[str, Any]:
    field = shown.field
    least = max(field.min or 0, 1 if shown.required else 0)
    return {
        "type": "array",
        "items": items,
        "uniqueItems": True,
        "minItems": least,
        "maxItems": min(field.max or MAX_ITEMS, MAX_ITEMS),
    }
