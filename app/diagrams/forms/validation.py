"""Judges an answer by its form: `validate`. One definition serves the page and the API."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.diagrams.forms.basis import BASIS_KINDS, listed
from app.diagrams.forms.field_values import BASIS_PARTS, READ, UNANSWERED, InvalidValue, in_point
from app.diagrams.forms.model import MANY, PLACEHOLDER, Field, Form, Option
from app.engine.expressions import ExpressionError, compile_expression
from app.floor.errors import EngineError, Invalid
from app.floor.messages import Say, Text, say

RULE, WORD = "rule.", "word."
Facts = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]


class Lookup(Protocol):
    """What a form asks about things that are not in it. Each answers with the sentences to show; none means good."""

    def department(self, code: str) -> Sequence[Say]: ...

    def resource(self, code: str) -> Sequence[Say]: ...

    def items(self, resource: str | None, codes: list[str]) -> Sequence[Say]: ...

    def item(self, resource: str | None, code: str) -> str: ...

    def changes(self, changes: list[dict[str, Any]]) -> Sequence[Say]: ...

    def points(self, points: list[dict[str, Any]]) -> Sequence[Say]: ...

    def basis(self, title: str) -> Sequence[Say]: ...


def validate(
    form: Form, data: Mapping[str, Any], *, facts: Facts, under: str, functions: Functions, lookup: Lookup
) -> dict[str, Any]:
    """The answer with every declared field: None where it was left out or not asked for. Raises Invalid with all
    fields at once, and EngineError when the form's own expressions have no answer."""
    if not isinstance(data, Mapping):
        raise Invalid({"data": [say("Fields with their values are needed here.")]})
    asking = _Asking(form, dict(facts), under, functions, lookup)
    flat, sent = ungrouped(form, data)
    try:
        return asking.answer(flat)
    except Invalid as error:
        named = {sent.get(name, name): said for name, said in error.errors.items()}
        titles = {sent.get(field.key, field.key): field.title for field in form.fields}
        raise Invalid(named, titles=titles) from None


def judged_basis(given: Any, kinds: Collection[str], *, needed: bool) -> dict[str, Any] | None:
    """A basis that comes without a form, judged as the one of a form is: it is one of these kinds. Raises Invalid
    (`basis`)."""
    bearing = [option for option in BASIS_KINDS if option.value in kinds]
    try:
        basis: dict[str, Any] | None = READ["basis"](Field("basis", "basis", Text("依据", "Basis")), given)
    except InvalidValue as error:
        raise Invalid({"basis": list(error.sentences)}) from None
    if basis is None and needed:
        raise Invalid({"basis": [UNANSWERED]})
    if basis is not None and basis["kind"] not in {option.value for option in bearing}:
        raise Invalid({"basis": [_bears_nothing(basis["kind"], BASIS_KINDS, bearing)]})
    return basis


def _bears_nothing(kind: str, known: Sequence[Option], bearing: Sequence[Option]) -> Say:
    title = next((option.title for option in known if option.value == kind), kind[:60])
    return say("%(kind)s bears no such decision here; what does: %(kinds)s.", kind=title, kinds=listed(bearing))


def ungrouped(form: Form, data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """The answer with the fields of each group beside the others, as forms and facts know them; and the names by which
    they were sent. A list of texts for one text becomes lines."""
    flat, sent = dict(data), dict[str, str]()
    for group in dict.fromkeys(field.group for field in form.fields if field.group):
        given = flat.pop(group, None)
        if given is None:
            continue
        if not isinstance(given, Mapping) or any(f"{group}_{name}" in flat for name in given):
            raise Invalid({group: [say("Fields with their values are needed here.")]})
        flat |= {f"{group}_{name}": _lines(value) for name, value in given.items()}
        sent |= {f"{group}_{name}": f"{group}.{name}" for name in given}
        sent |= {field.key: f"{group}.{field.name}" for field in form.fields if field.group == group}
    return flat, sent


def _lines(value: Any) -> Any:
    texts = isinstance(value, list) and all(isinstance(one, str) for one in value)
    return "\n".join(value) if texts else value


@dataclass(frozen=True)
class ShownField:
    """A field as a page or an API caller meets it now. `depends`: whether it is shown or required follows from the
    answer itself, so that a page without scripts shows it always."""

    field: Field
    required: bool
    options: tuple[Option, ...]
    depends: bool


def shown_fields(
    form: Form,
    *,
    facts: Facts,
    functions: Functions,
    answer: Mapping[str, Any] | None = None,
    under: str | None = None,
) -> list[ShownField]:
    """The fields to show for this case. Without an answer those that depend on it are there too."""
    name = under or form.key
    given = {field.key: (answer or {}).get(field.key) for field in form.fields}
    seen = {**facts, name: given}
    fields = []
    for field in form.fields:
        depends = any(_reads(source, name) for source in (field.shown, field.required) if isinstance(source, str))
        open_question = answer is None and depends
        if field.shown is None or (open_question and _reads(field.shown, name)) or _yes(field.shown, seen, functions):
            required = field.required
            if isinstance(required, str):
                required = not (open_question and _reads(required, name)) and _yes(required, seen, functions)
            if open_question and field.shown is not None and _reads(field.shown, name):
                required = False
            fields.append(ShownField(field, required, options_of(field, seen, functions, name), depends))
        else:  # what is written there is no part of the answer
            given[field.key] = None
    return fields


def options_of(field: Field, facts: Facts, functions: Functions, under: str) -> tuple[Option, ...]:
    """The options that can be chosen now. One whose `when` reads the answer itself stays until there is one."""
    offered = field.options
    if field.options_from is not None:
        values = functions["rule"](field.options_from) or []
        if field.options:
            offered = tuple(option for value in values for option in field.options if option.value == value)
        else:
            offered = tuple(Option(value, Text(value, value)) for value in values)
    found: dict[str, Option] = {}
    for option in offered:
        if option.when is None or _offered(option.when, facts, functions, under):
            found.setdefault(option.value, option)  # of several words for one answer the first counts
    return tuple(found.values())


def from_page(form: Form, posted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a page posted (name → values) as data for `validate`. Names of no field are left out: a page has others."""
    data: dict[str, Any] = {}
    for field in form.fields:
        if field.type == "basis":
            parts = {name: _first(posted, f"{field.key}-{name}") for name in ("kind", *BASIS_PARTS)}
            data |= {field.key: given} if (given := {name: text for name, text in parts.items() if text}) else {}
            continue
        if field.type == "item_reasons":
            data |= {field.key: rows} if (rows := _item_reasons(field.key, posted)) else {}
            continue
        values = [value for value in posted.get(field.key, ()) if value.strip()]
        if not values:
            continue
        if field.type in ("changes", "points"):
            data[field.key] = _from_json(values[0])
        else:
            data[field.key] = values if field.type in MANY else values[0]
    return data


def _item_reasons(key: str, posted: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    """What was written for single items: `key-<item>-reason`, and the parts of a basis beside it."""
    rows: dict[str, dict[str, Any]] = {}
    for name in posted:
        item, _, part = name.removeprefix(f"{key}-").rpartition("-")
        text = _first(posted, name)
        if not (name.startswith(f"{key}-") and item and text and part in ("reason", "kind", *BASIS_PARTS)):
            continue
        row = rows.setdefault(item, {"item": item})
        (row if part == "reason" else row.setdefault("basis", {}))[part] = text
    return list(rows.values())


def _first(posted: Mapping[str, Sequence[str]], name: str) -> str:
    return next((value for value in posted.get(name, ()) if value.strip()), "")


def _from_json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


class _Asking:
    """One answer being judged."""

    def __init__(self, form: Form, facts: dict[str, Any], under: str, functions: Functions, lookup: Lookup):
        self.form, self.under, self.functions, self.lookup = form, under, functions, lookup
        self.values: dict[str, Any] = {field.key: None for field in form.fields}
        self.facts = {**facts, under: self.values}
        self.errors: dict[str, list[Say]] = {}

    def answer(self, data: Mapping[str, Any]) -> dict[str, Any]:
        self.errors = {str(name): [say("unknown")] for name in data if name not in self.values}
        refused = self._read(data)
        for field in self.form.fields:
            self._judge(field, refused)
        for check in self.form.checks:
            if check.field not in self.errors and self._says(check.when, False):
                self._refuse(check.field, say("%(sentence)s", sentence=self._with_numbers(check.say)))
        if self.errors:
            raise Invalid(self.errors, titles={field.key: field.title for field in self.form.fields})
        return self.values

    def _with_numbers(self, sentence: Text) -> Text:
        """The sentence of a check with the numbers that it names: `{rule.key}`, or a field of an answer."""

        def number(found: re.Match[str]) -> str:
            name = found[1]
            if name.startswith(WORD):
                return found[0]
            source = f"rule('{name.removeprefix(RULE)}')" if name.startswith(RULE) else name
            known = _value(source, self.facts, self.functions, self.form.key)
            return str(known) if isinstance(known, int) else "–"

        return Text(PLACEHOLDER.sub(number, sentence.zh), PLACEHOLDER.sub(number, sentence.en))

    def _read(self, data: Mapping[str, Any]) -> dict[str, tuple[Say, ...]]:
        """Each value as its type; those that are not of their type are kept back with the reason."""
        refused: dict[str, tuple[Say, ...]] = {}
        for field in self.form.fields:
            try:
                self.values[field.key] = READ[field.type](field, data.get(field.key))
            except InvalidValue as error:
                refused[field.key] = error.sentences
        self.broken = bool(refused or self.errors)
        return refused

    def _judge(self, field: Field, refused: Mapping[str, Sequence[Say]]) -> None:
        if field.shown is not None and not self._says(field.shown, True):
            self.values[field.key] = None
        elif field.key in refused:
            self._refuse(field.key, *refused[field.key])
        elif self.values[field.key] is None:
            if field.required is True or (isinstance(field.required, str) and self._says(field.required, False)):
                self._refuse(field.key, UNANSWERED)
        else:
            self._refuse(field.key, *self._known(field, self.values[field.key]))

    def _known(self, field: Field, value: Any) -> Sequence[Say]:
        """Whether what was named exists: an option, a department, a resource, its items."""
        match field.type:
            case "choice" | "choices":
                return self._chosen(field, value if isinstance(value, list) else [value])
            case "department":
                return self.lookup.department(value)
            case "resource":
                return self.lookup.resource(value)
            case "resources":
                return [sentence for code in value for sentence in self.lookup.resource(code)]
            case "items":
                return [*self.lookup.items(self._resource(), value), *self._outside(field, value)]
            case "changes":
                return self.lookup.changes(value)
            case "basis":
                return [*self._bearing(field, value["kind"]), *self.lookup.basis(value["title"])]
            case "points":
                return [*self._results(field, value), *self.lookup.points(value)]
            case "item_reasons":
                return self._reasoned(field, value)
        return ()

    def _outside(self, field: Field, codes: Sequence[str]) -> list[Say]:
        """Items that are none of those about which this step is."""
        among = _value(field.among, self.facts, self.functions, self.form.key) if field.among else None
        if not isinstance(among, list):
            return []
        named = [self.lookup.item(self._resource(), code) for code in codes if code not in among]
        return [say("%(item)s cannot be chosen here.", item=item) for item in named]

    def _reasoned(self, field: Field, rows: Sequence[Mapping[str, Any]]) -> list[Say]:
        """Each item is one that was asked for and is refused, and has its reason; a basis bears the decision."""
        found = list(self.lookup.items(self._resource(), [row["item"] for row in rows]))
        given = self.values.get(field.apart_from or "") or []
        for row in () if found else rows:
            item = self.lookup.item(self._resource(), row["item"])
            if row["item"] in given:
                found.append(say("%(item)s is not refused; it needs no reason.", item=item))
            if row["reason"] is None:
                found.append(say("%(item)s has no reason of its own yet.", item=item))
            if row["basis"] is not None:
                found += [*self._bearing(field, row["basis"]["kind"]), *self.lookup.basis(row["basis"]["title"])]
        return found

    def _chosen(self, field: Field, chosen: list[str]) -> list[Say]:
        titles = {one.value: one.title for one in options_of(field, self.facts, self.functions, self.under)}
        options, named = set(titles), titles.values()
        all_titles = {one.value: one.title for one in field.options}
        known = Text("、".join(one.zh for one in named) or "–", ", ".join(one.en for one in named) or "–")
        return [
            say(
                "%(value)s cannot be chosen here; possible: %(options)s.",
                value=all_titles.get(value, value[:60]),
                options=known,
            )
            for value in chosen
            if value not in options
        ]

    def _bearing(self, field: Field, kind: str) -> list[Say]:
        """A decision rests only on the kinds of text that the regulation lets it rest on."""
        bearing = options_of(field, self.facts, self.functions, self.under)
        return [] if kind in [one.value for one in bearing] else [_bears_nothing(kind, field.options, bearing)]

    def _results(self, field: Field, points: list[dict[str, Any]]) -> list[Say]:
        """A point is decided in one of the ways that are offered here."""
        return [
            in_point(row, "result", fault)
            for row, one in enumerate(points)
            for fault in self._chosen(field, [one["result"]])
        ]

    def _resource(self) -> str | None:
        own = next((self.values[field.key] for field in self.form.fields if field.type == "resource"), None)
        named = self.facts.get("resource")
        return own or (named.get("code") if isinstance(named, Mapping) else None)

    def _says(self, source: str, otherwise: bool) -> bool:
        """The yes or no of an expression. An answer that is faulty already may leave it without one."""
        try:
            return _yes(source, self.facts, self.functions, self.form.key)
        except EngineError:
            if self.broken or self.errors:
                return otherwise
            raise

    def _refuse(self, key: str, *sentences: Say) -> None:
        if sentences:
            self.errors.setdefault(key, []).extend(sentences)


def _reads(source: str, name: str) -> bool:
    return name in compile_expression(source).roots


def _offered(when: str, facts: Facts, functions: Functions, under: str) -> bool:
    answer = facts.get(under)
    if _reads(when, under) and not any(value is not None for value in (answer or {}).values()):
        return True
    return _yes(when, facts, functions, under)


def _value(source: str, facts: Facts, functions: Functions, element: str | None = None) -> Any:
    try:
        return compile_expression(source).evaluate(facts, functions)
    except ExpressionError as error:
        told = say("%(expression)s: %(why)s", expression=source, why=error.detail)
        raise EngineError("expression", told, element) from error


def _yes(source: str, facts: Facts, functions: Functions, element: str | None = None) -> bool:
    value = _value(source, facts, functions, element)
    if not isinstance(value, bool):
        told = say("%(expression)s is %(value)s, not yes or no.", expression=source, value=repr(value)[:60])
        raise EngineError("expression", told, element)
    return value
