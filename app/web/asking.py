"""Forms of the diagrams as pages ask and read them: fields with titles, options, the law beside them, and answers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import accounts, clock
from app.cases.outlook import Shift
from app.cases.step import Step
from app.catalogue import entries
from app.catalogue.checks import BASIS_KINDS, SWITCHES, TEXTS
from app.diagrams import forms
from app.diagrams.forms import Field, Form, ShownField
from app.engine.expressions import compile_expression
from app.errors import EngineError, Invalid, NotFound
from app.words import SHARE_MODES, SHARE_TYPES, Say, Text, say

MOST_OPTIONS = 200
MOST_ROWS = 50
ROW = re.compile(r"(\d{1,3})-([a-z_]+)")
ITEM = re.compile(r"(\S+)\s+(.+)")

SHARE_TYPE = {
    "public": say("Open to the public"),
    "unconditional": say("Unconditional"),
    "conditional": say("Conditional"),
    "withheld": say("Withheld"),
}
MODE = {
    "interface": say("Interface"),
    "file": say("File exchange"),
    "batch": say("Batch download"),
    "query": say("Online query"),
}
BASIS = {
    "law": say("Law"),
    "administrative_regulation": say("Administrative regulation"),
    "local_regulation": say("Local regulation"),
    "rule": say("Government rule"),
    "national_policy": say("National policy"),
    "municipal_policy": say("Municipal policy"),
    "party_state_council_policy": say("Policy of the Central Committee and the State Council"),
}
ENTRY_TITLE = {
    "resource": say("Resource code"),
    "action": say("What changes"),
    "name": say("Name"),
    "share_type": say("Sharing"),
    "conditions": say("Conditions of sharing"),
    "scope": say("Scope"),
    "purpose": say("Purpose"),
    "basis_kind": say("Kind of basis"),
    "basis_text": say("Document and article of the basis"),
    "modes": say("Modes of sharing"),
    "items": say("Items"),
    "summary": say("Summary"),
    "format": say("Format"),
    "system": say("System"),
    "open_type": say("Opening to society"),
    "update_cycle": say("Update cycle"),
    "published": say("Published on the platform"),
    "sensitive": say("Sensitive"),
    "basic": say("Of a basic database"),
    "timely": say("Changes fast"),
    "publicly_funded": say("Collected with public funds"),
}
ACTION = {"add": say("Add"), "change": say("Change"), "withdraw": say("Withdraw")}


def page_form(
    session: Session,
    form: Form,
    step: Step,
    *,
    id: str,
    action: str,
    under: str,
    send: Say | Text,
    answers: Mapping[str, Any] | None = None,
    errors: Mapping[str, Sequence[Say]] | None = None,
    refresh: str | None = None,
    cancel: str | None = None,
    effect: Text | Say | None = None,
    fixed: Mapping[str, Text | str] | None = None,
    title: Text | Say | None = None,
    trial: Trial | None = None,
) -> dict[str, Any]:
    """What macros/_form.html draws. `fixed`: fields that are given and not to be changed here."""
    given = dict(answers) if answers is not None else _defaults(form)
    asking: dict[str, Any] = {"facts": step.facts, "functions": step.functions, "under": under}
    whole = forms.shown_fields(form, **asking)
    now = {one.field.key: one for one in _shown_now(form, given, asking) or whole}
    world = _World(session, step, under)
    fields = _without_repeated_law(
        _field(world, now.get(one.field.key, one), one.field.key in now, (fixed or {}).get(one.field.key))
        for one in whole
    )
    return {
        "id": id,
        "action": action,
        "title": title or form.title,
        "send": send,
        "refresh": refresh if any(one.depends for one in whole) else None,
        "fields": fields,
        "answers": given,
        "errors": dict(errors or {}),
        "cancel": cancel,
        "effect": effect,
        "trial": trial,
    }


def _without_repeated_law(fields: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """What the regulation says of many fields alike stands beside none of them."""
    found = list(fields)
    said = Counter(one["note"] for field in found for one in field["law"])
    return [{**field, "law": [one for one in field["law"] if said[one["note"]] == 1]} for field in found]


Tried = tuple[str, Mapping[str, Any], Mapping[str, Sequence[Say]]]
"""A form that comes back: its id, what was written, what was wrong."""


@dataclass(frozen=True)
class Trial:
    """That a form can be tried before it is sent in earnest. `moves`: what it would do to the clocks of the case, None
    until it has been tried; `sent`: what was tried, to be sent again as it is."""

    moves: Sequence[Shift] | None = None
    sent: Sequence[tuple[str, str]] = ()
    note: Say | None = None


UNTRIED = Trial()


def tried_out(moves: Sequence[Shift], sent: MultiDict[str, str], note: Say | None = None) -> Trial:
    again = [(name, value) for name, value in sent.items(multi=True) if name not in ("csrf_token", "preview")]
    return Trial(moves, again, note)


def a_date(name: str, text: str) -> date:
    """Raises Invalid, naming the field."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({name: [say("A date such as 2026-03-31 is needed here.")]}) from None


def plain_form(
    fields: Sequence[dict[str, Any]], *, id: str, action: str, title: Say, send: Say, answers: Mapping[str, Any] = {},
    errors: Mapping[str, Sequence[Say]] | None = None, effect: Say | None = None, trial: Trial | None = None,
) -> dict[str, Any]:  # fmt: skip
    """A form that no diagram declares."""
    return {
        "id": id, "action": action, "title": title, "send": send, "refresh": None, "fields": list(fields),
        "answers": dict(answers), "errors": dict(errors or {}), "cancel": None, "effect": effect,
        "trial": trial,
    }  # fmt: skip


def plain_field(key: str, type_: str, title: Say | Text, **more: Any) -> dict[str, Any]:
    return {
        "key": key, "type": type_, "title": title, "required": True, "shown": True, "depends": False, "help": None,
        "law": [], "max": None, "min": None, "options": [], "fixed": None, "columns": [],
    } | more  # fmt: skip


def posted(form: Form, sent: MultiDict[str, str]) -> dict[str, Any]:
    """What a page has sent, as data for `validate`. Rows of changes come as `key-N-column`."""
    data = forms.from_page(form, sent.to_dict(flat=False))
    for field in form.fields:
        if field.type == "changes":
            rows = _rows(field.key, sent)
            if rows:
                data[field.key] = rows
    return data


def typed(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """The same with numbers and yes or no as such, so that expressions can read an unfinished answer."""
    read: dict[str, Any] = {}
    for field in form.fields:
        value = data.get(field.key)
        if field.type == "boolean" and value in ("true", "false"):
            value = value == "true"
        elif field.type == "integer" and isinstance(value, str) and value.strip().lstrip("-").isdecimal():
            value = int(value.strip()[:12])
        read[field.key] = value
    return read


def one_row_more(form: Form, data: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The answer with an empty row at the end of a list of changes."""
    asked = form.field(key)
    if asked is None or asked.type != "changes":
        return dict(data)
    return {**data, key: [*(data.get(key) or [{}]), {}][:MOST_ROWS]}


# reading rows


def _rows(key: str, sent: MultiDict[str, str]) -> list[dict[str, Any]]:
    rows: dict[int, dict[str, Any]] = {}
    for name, values in sent.lists():
        found = ROW.fullmatch(name.removeprefix(f"{key}-")) if name.startswith(f"{key}-") else None
        if found is None or int(found[1]) >= MOST_ROWS:
            continue
        value = _cell(found[2], [one for one in values if one.strip()])
        if value is not None:
            rows.setdefault(int(found[1]), {})[found[2]] = value
    return [rows[number] for number in sorted(rows)]


def _cell(column: str, values: list[str]) -> Any:
    """One value of a row; what was left empty is not changed."""
    if not values:
        return None
    if column == "modes":
        return values
    if column == "items":
        return [_item(line) for line in values[0].splitlines() if line.strip()]
    if column in SWITCHES:
        return values[0] == "true"
    return values[0]


def _item(line: str) -> dict[str, str]:
    found = ITEM.fullmatch(line.strip())
    return {"code": found[1], "name": found[2]} if found else {"code": line.strip(), "name": ""}


# drawing fields


def _defaults(form: Form) -> dict[str, Any]:
    return {field.key: field.default for field in form.fields if field.default is not None}


def _shown_now(form: Form, given: Mapping[str, Any], asking: Mapping[str, Any]) -> list[ShownField] | None:
    """The fields that apply to the answer so far; None where an expression cannot read it yet."""
    try:
        return forms.shown_fields(form, answer=typed(form, given), **asking)
    except EngineError:
        return None


class _World:
    """What fields may name: resources, their items, departments; and what the regulation says beside them."""

    def __init__(self, session: Session, step: Step, under: str):
        self.session, self.step, self.under = session, step, under

    def options(self, shown: ShownField) -> list[dict[str, Any]]:
        field = shown.field
        match field.type:
            case "choice" | "choices":
                return [_option(one.value, one.title) for one in shown.options]
            case "department":
                found = accounts.departments(self.session, self.step.case.jurisdiction)
                return [_option(one.code, one.name) for one in found if one.kind != "platform"]
            case "resource":
                return self._resources(None)
            case "resources":
                return self._resources(self.step.actor.department_code if not self._is_bureau() else None)
            case "items":
                return self._items()
        return []

    def _is_bureau(self) -> bool:
        return self.step.actor.kind == "bureau"

    def _resources(self, provider: str | None) -> list[dict[str, Any]]:
        published = True if self.step.actor.kind == "public" else None
        found = entries.find(
            self.session, jurisdiction=self.step.case.jurisdiction, provider=provider, published=published,
            limit=MOST_OPTIONS,
        )  # fmt: skip
        return [_option(one.code, one.name) for one in found.items]

    def _items(self) -> list[dict[str, Any]]:
        """The items of the case's resource; once there is an application, those that it asks for."""
        code = (self.step.facts.get("resource") or {}).get("code")
        found = self.step.entry(code) if code else None
        asked = (self.step.facts.get("application") or {}).get("items") if self.under != "application" else None
        if found is None:
            return [_option(one, one) for one in asked or ()]
        return [_option(one["code"], one["name"]) for one in found.items if not asked or one["code"] in asked]

    def law(self, field: Field) -> list[dict[str, Any]]:
        """What the regulation says of the rules by which this field is asked."""
        sources = [source for source in (field.shown, field.required) if isinstance(source, str)]
        keys = [key for source in sources for key in rules_in(source)]
        return law_of(self.step, [*keys, *([field.options_from] if field.options_from else [])])


def rules_in(source: str) -> list[str]:
    """The rule keys that an expression reads."""
    return [str(call.arguments[0]) for call in compile_expression(source).calls if call.function == "rule"]


def law_of(step: Step, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Article and note of each of these rules that the regulation itself answers, each note once."""
    found: dict[Text, dict[str, Any]] = {}
    for key in keys:
        try:
            value = step.rule_value(key, clock.office_date(step.case.occurred_at))
        except (NotFound, EngineError):
            continue
        if value.article and value.note is not None:
            found.setdefault(value.note, {"article": list(value.article), "note": value.note})
    return list(found.values())


def _option(value: str, title: Any, help: Any = None) -> dict[str, Any]:
    return {"value": value, "title": title, "help": help}


def _field(world: _World, shown: ShownField, applies: bool, fixed: Any) -> dict[str, Any]:
    field = shown.field
    return {
        "key": field.key,
        "type": field.type,
        "title": field.title,
        "required": shown.required,
        "shown": applies,
        "depends": shown.depends,
        "help": field.help,
        "law": world.law(field),
        "max": field.max,
        "min": field.min,
        "options": world.options(shown) if fixed is None else [],
        "fixed": fixed,
        "columns": _columns() if field.type == "changes" else [],
    }


def _columns() -> list[dict[str, Any]]:
    """The fields of one drafted change of a catalogue entry."""

    def column(key: str, type_: str, required: bool = False, **more: Any) -> dict[str, Any]:
        return plain_field(key, type_, ENTRY_TITLE[key], required=required, **more)

    def options(titles: Mapping[str, Say], codes: Sequence[str]) -> list[dict[str, Any]]:
        return [_option(code, titles[code]) for code in codes]

    long = ("conditions", "summary")
    texts = ["scope", "purpose", "system", "format", "update_cycle"]
    return [
        column("action", "choice", True, options=options(ACTION, tuple(ACTION))),
        column("resource", "text", True),
        column("name", "text"),
        column("share_type", "choice", options=options(SHARE_TYPE, SHARE_TYPES)),
        column("basis_kind", "choice", options=options(BASIS, BASIS_KINDS)),
        column("basis_text", "text", max=TEXTS["basis_text"]),
        *(column(key, "longtext", max=TEXTS[key]) for key in long),
        *(column(key, "text", max=TEXTS[key]) for key in texts),
        column("modes", "choices", options=options(MODE, SHARE_MODES)),
        column("items", "longtext", help=say("One item a line: its code, a blank, its name.")),
        *(column(key, "boolean") for key in ("published", "sensitive")),
    ]
