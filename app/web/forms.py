"""Forms of the diagrams as pages ask and read them: fields with titles, options, the law beside them, and answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from app import accounts
from app.cases import negotiation
from app.cases.decision_points import matter
from app.cases.read.act_preview import ClockShift
from app.cases.read.cited_texts import cited_texts
from app.cases.transition import Transition
from app.catalogue import entries
from app.catalogue.entries import RECEIVERS
from app.diagrams import forms
from app.diagrams.forms import Field, Form, ShownField
from app.engine.expressions import compile_expression
from app.floor.errors import EngineError, NotFound
from app.floor.messages import Say, Text
from app.web import changes, points
from app.web.fields import option

MOST_OPTIONS = 200
ROWS: Mapping[str, Any] = {"changes": changes, "points": points}
"""The types whose answer is a list of rows: how a page reads and shows them."""


def page_form(
    session: Session,
    form: Form,
    step: Transition,
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
    says: Sequence[Mapping[str, Any]] = (),
    without: Collection[str] = (),
    question: Say | None = None,
) -> dict[str, Any]:
    """What macros/_form.html draws. `fixed`: fields that are given and not to be changed here; `without`: those that
    the page asks elsewhere. A field that does not apply to an answer keeps what the form begins with until it does."""
    whole, now, given = _asked(form, step, under, answers, without)
    world = _World(session, step, under, given)
    fields = _without_repeated_law(
        _field(world, now.get(one.field.key, one), one.field.key in now, (fixed or {}).get(one.field.key))
        for one in whole
    )
    return {
        "id": id,
        "action": action,
        "title": title or form.title,
        "send": send,
        "refresh": refresh if form.preview or any(one.depends or one.field.type in ROWS for one in whole) else None,
        "fields": fields,
        "answers": given,
        "errors": _at_fields(form, _of_none(errors or {}, without)),
        "cancel": cancel,
        "effect": effect,
        "trial": trial,
        "says": list(says),
        "question": question,
    }


def _asked(
    form: Form, step: Transition, under: str, answers: Mapping[str, Any] | None, without: Collection[str]
) -> tuple[list[ShownField], dict[str, ShownField], dict[str, Any]]:
    """All fields of the form, those that apply to the answer so far, and what stands in them."""
    begun = _begun(form, step)
    given = _written(form, answers if answers is not None else begun)
    asking: dict[str, Any] = {"facts": step.facts, "functions": step.functions, "under": under}
    whole = [one for one in forms.shown_fields(form, **asking) if one.field.key not in without]
    now = {one.field.key: one for one in _shown_now(form, given, asking) or whole}
    return whole, now, {name: value for name, value in begun.items() if name not in now} | given


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

    moves: Sequence[ClockShift] | None = None
    sent: Sequence[tuple[str, str]] = ()
    note: Say | None = None
    says: Sequence[Mapping[str, Any]] = ()
    """What the answer will say, as macros/_letter.html draws it."""
    about_answer: bool = False
    ways: Sequence[Say] = ()
    """Where the case goes then."""


UNTRIED = Trial()
UNSAID = Trial(about_answer=True)


def tried_out(
    moves: Sequence[ClockShift],
    sent: MultiDict[str, str],
    note: Say | None = None,
    says: Sequence[Mapping[str, Any]] = (),
    ways: Sequence[Say] = (),
) -> Trial:
    again = [(name, value) for name, value in sent.items(multi=True) if name not in ("csrf_token", "preview")]
    return Trial(moves, again, note, says, ways=ways)


def posted(form: Form, sent: MultiDict[str, str]) -> dict[str, Any]:
    """What a page has sent, as data for `validate`. Rows of changes come as `key-N-column`."""
    data = forms.from_page(form, sent.to_dict(flat=False))
    for field in form.fields:
        if field.type in ROWS and (rows := ROWS[field.type].posted_rows(field.key, sent)):
            data[field.key] = rows
    return data


def typed(form: Form, data: Mapping[str, Any]) -> dict[str, Any]:
    """An unfinished answer with numbers and yes or no as such, so that expressions can read it."""
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
    """The answer with an empty row at the end of a list of rows."""
    asked = form.field(key)
    if asked is None or asked.type not in ROWS:
        return dict(data)
    return {**data, key: [*(ROWS[asked.type].written_rows(data.get(key)) or [{}]), {}][: changes.MOST_ROWS]}


# drawing fields


def _begun(form: Form, step: Transition) -> Mapping[str, Any]:
    """What stands in a form before anybody has written in it: the answer of the last time, if a case has come back to a
    task that resumes it; a row for each entry that the case is about; defaults."""
    if isinstance(form, forms.TaskForm) and form.resumes and form.key in step.facts:
        earlier: Mapping[str, Any] = step.facts[form.key]
        return earlier
    named = changes.named_rows((step.facts.get("application") or {}).get("resources"))
    rows = {field.key: named for field in form.fields if field.type == "changes"}
    disputed = (
        points.named_rows(negotiation.asked(step)) if any(field.type == "points" for field in form.fields) else []
    )
    rows |= {field.key: disputed for field in form.fields if field.type == "points"}
    begun = {field.key: step.value_of(field.begins) for field in form.fields if field.begins is not None}
    return {field.key: field.default for field in form.fields if field.default is not None} | rows | begun


def _written(form: Form, answers: Mapping[str, Any]) -> dict[str, Any]:
    """An answer as a page shows it."""
    rows = [field for field in form.fields if field.type in ROWS and field.key in answers]
    return {**answers, **{field.key: ROWS[field.type].written_rows(answers[field.key]) for field in rows}}


def _of_none(errors: Mapping[str, Sequence[Say]], without: Collection[str]) -> dict[str, Sequence[Say]]:
    """What is wrong with a field that is not on the page stands above all fields."""
    apart = [said for name, found in errors.items() if name in without for said in found]
    return ({"": apart} if apart else {}) | {name: found for name, found in errors.items() if name not in without}


def _at_fields(form: Form, errors: Mapping[str, Sequence[Say]]) -> dict[str, Sequence[Say]]:
    found: dict[str, Sequence[Say]] = {}
    for name, faults in errors.items():
        asked = form.field(name)
        found |= ROWS[asked.type].at_cells(name, faults) if asked and asked.type in ROWS else {name: faults}
    return found


def _shown_now(form: Form, given: Mapping[str, Any], asking: Mapping[str, Any]) -> list[ShownField] | None:
    """The fields that apply to the answer so far; None where an expression cannot read it yet."""
    try:
        return forms.shown_fields(form, answer=typed(form, given), **asking)
    except EngineError:
        return None


class _World:
    """What fields may name: resources, their items, departments; and what the regulation says beside them."""

    def __init__(self, session: Session, step: Transition, under: str, given: Mapping[str, Any]):
        self.session, self.step, self.under, self.given = session, step, under, given

    def options(self, shown: ShownField) -> list[dict[str, Any]]:
        field = shown.field
        match field.type:
            case "choice" | "choices" | "boolean" | "basis" | "points":
                return [option(one.value, one.title) for one in shown.options if one.on_pages]
            case "department":
                found = accounts.departments(self.session, self.step.case.jurisdiction)
                return [option(one.code, one.name) for one in found if one.kind != "platform" and one.closed_on is None]
            case "resource":
                return self._resources(None)
            case "resources":
                return self._resources(self.step.actor.department_code if not self._is_bureau() else None)
            case "items":
                return self._items(self.step.value_of(field.among) if field.among else None)
            case "item_reasons":
                apart = self.given.get(field.apart_from or "") or ()
                return [one for one in self._items() if one["value"] not in apart]
        return []

    def columns(self, shown: ShownField) -> list[dict[str, Any]]:
        """The fields of one row of a list."""
        if shown.field.type == "changes":
            return changes.columns(self.step.rule, shown.field.of, self.receivers())
        if shown.field.type == "points":
            return points.columns(self.options(shown), self._items(), self._parties())
        return []

    def _parties(self) -> list[dict[str, Any]]:
        """The two sides of the dispute, a citizen left out."""
        known = [self.step.department(code) for code in matter(self.step).sides if code is not None]
        return [option(one.code, one.name) for one in known if one is not None]

    def receivers(self) -> list[dict[str, Any]]:
        """The departments that can take an entry over: all but its own."""
        own = (self.step.case.lanes.get("provider") or {}).get("code")
        found = accounts.departments(self.session, self.step.case.jurisdiction)
        return [option(one.code, one.name) for one in found if _takes_over(one) and one.code != own]

    def _is_bureau(self) -> bool:
        return self.step.actor.kind == "bureau"

    def _resources(self, provider: str | None) -> list[dict[str, Any]]:
        found = entries.find(
            self.session, jurisdiction=self.step.case.jurisdiction, provider=provider,
            opened=self.step.actor.kind == "public", limit=MOST_OPTIONS,
        )  # fmt: skip
        return [option(one.code, one.name) for one in found.items]

    def _items(self, among: Sequence[str] | None = None) -> list[dict[str, Any]]:
        """The items of the case's resource; once there is an application, those asked for, or in dispute."""
        code = (self.step.facts.get("resource") or {}).get("code")
        found = self.step.entry(code) if code else None
        asked = (among or negotiation.asked(self.step)) if self.under != "application" else None
        if found is None:  # it has left the catalogue; its items keep their names
            return [
                option(one, name)
                for one, name in zip(asked or (), self.step.item_names(code, asked or ()), strict=True)
            ]
        return [option(one["code"], one["name"]) for one in found.items if not asked or one["code"] in asked]

    def law(self, field: Field) -> list[dict[str, Any]]:
        """What the regulation says of the rules by which this field is asked."""
        sources = [source for source in (field.shown, field.required) if isinstance(source, str)]
        keys = [key for source in sources for key in rules_in(source)]
        return law_of(self.step, [*keys, *([field.options_from] if field.options_from else [])])


def _takes_over(department: accounts.Department) -> bool:
    return department.kind in RECEIVERS and department.closed_on is None


def rules_in(source: str) -> list[str]:
    """The rule keys that an expression reads."""
    return [str(call.arguments[0]) for call in compile_expression(source).calls if call.function == "rule"]


def law_of(step: Transition, keys: Iterable[str]) -> list[dict[str, Any]]:
    """Article and note of each of these rules that the regulation itself answers, each note once."""
    found: dict[Text, dict[str, Any]] = {}
    for key in keys:
        try:
            value = step.rule_now(key)
        except (NotFound, EngineError):
            continue
        if value.article and value.note is not None:
            found.setdefault(value.note, {"article": list(value.article), "note": value.note})
    return list(found.values())


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
        "columns": world.columns(shown),
        "kinds": [option(one.value, one.title) for one in shown.options] if field.type == "item_reasons" else [],
        "cited": cited_texts(world.step) if field.type in ("basis", "item_reasons") else [],
    }
