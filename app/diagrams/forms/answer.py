"""Judges an answer by its form: `validate`. One definition serves the page and the API."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from marshmallow import ValidationError
from marshmallow import fields as reading

from app.diagrams.forms.shape import LONGEST, MANY, Field, Form, Option
from app.engine.expressions import ExpressionError, compile_expression
from app.errors import EngineError, Invalid
from app.words import Say, Text, say

Facts = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
MAX_ITEMS, LONGEST_CODE, MAX_INTEGER = 500, 120, 10**9
ENTRY_ACTIONS = ("add", "change", "withdraw")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Lookup(Protocol):
    """What a form asks about things that are not in it. Each answers with the sentences to show; none means good."""

    def department(self, code: str) -> Sequence[Say]: ...

    def resource(self, code: str) -> Sequence[Say]: ...

    def items(self, resource: str | None, codes: list[str]) -> Sequence[Say]: ...

    def changes(self, changes: list[dict[str, Any]]) -> Sequence[Say]: ...


class Refused(Exception):
    """A value that a field does not take, with the sentences to show at the field."""

    def __init__(self, *sentences: Say):
        super().__init__(*sentences)
        self.sentences = sentences


def validate(
    form: Form, data: Mapping[str, Any], *, facts: Facts, under: str, functions: Functions, lookup: Lookup
) -> dict[str, Any]:
    """The answer with every declared field: None where it was left out or not asked for. Raises Invalid with all
    fields at once, and EngineError when the form's own expressions have no answer."""
    if not isinstance(data, Mapping):
        raise Invalid({"data": [say("Fields with their values are needed here.")]})
    asking = _Asking(form, dict(facts), under, functions, lookup)
    return asking.answer(data)


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
    return fields


def options_of(field: Field, facts: Facts, functions: Functions, under: str) -> tuple[Option, ...]:
    """The options that can be chosen now. One whose `when` reads the answer itself stays until there is one."""
    offered = field.options
    if field.options_from is not None:
        values = functions["rule"](field.options_from) or []
        titles = {option.value: option for option in field.options}
        if field.options:
            offered = tuple(titles[value] for value in values if value in titles)
        else:
            offered = tuple(Option(value, Text(value, value)) for value in values)
    return tuple(option for option in offered if option.when is None or _offered(option.when, facts, functions, under))


def from_page(form: Form, posted: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What a page posted (name → values) as data for `validate`. Names of no field are left out: a page has others."""
    data: dict[str, Any] = {}
    for field in form.fields:
        values = [value for value in posted.get(field.key, ()) if value.strip()]
        if not values:
            continue
        if field.type == "changes":
            data[field.key] = _from_json(values[0])
        else:
            data[field.key] = values if field.type in MANY else values[0]
    return data


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
                self._refuse(check.field, say("%(sentence)s", sentence=check.say))
        if self.errors:
            raise Invalid(self.errors)
        return self.values

    def _read(self, data: Mapping[str, Any]) -> dict[str, tuple[Say, ...]]:
        """Each value as its type; those that are not of their type are kept back with the reason."""
        refused: dict[str, tuple[Say, ...]] = {}
        for field in self.form.fields:
            try:
                self.values[field.key] = _READ[field.type](field, data.get(field.key))
            except Refused as error:
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
                self._refuse(field.key, say("Please answer this."))
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
                return self.lookup.items(self._resource(), value)
            case "changes":
                return self.lookup.changes(value)
        return ()

    def _chosen(self, field: Field, chosen: list[str]) -> list[Say]:
        options = {option.value for option in options_of(field, self.facts, self.functions, self.under)}
        known = ", ".join(sorted(options)) or "–"
        return [
            say("%(value)s cannot be chosen here; possible: %(options)s.", value=value[:60], options=known)
            for value in chosen
            if value not in options
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


def _yes(source: str, facts: Facts, functions: Functions, element: str | None = None) -> bool:
    try:
        value = compile_expression(source).evaluate(facts, functions)
    except ExpressionError as error:
        raise EngineError("expression", f"{error} in {source!r}", element) from error
    if not isinstance(value, bool):
        raise EngineError("expression", f"{source!r} is {value!r}, not yes or no", element)
    return value


# Reading values: each takes (field, given) and returns the clean value, None for an empty one, or raises Refused.


def clean_text(text: str, *, lines: bool = False) -> str:
    """The text without control characters, marks that turn the reading direction, and half characters; blanks at the
    ends are cut. Without `lines`, line ends become blanks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    if not lines:
        text = text.replace("\n", " ").replace("\t", " ")
    return "".join(character for character in text if character in "\n\t" or not _unwanted(character)).strip()


def _unwanted(character: str) -> bool:
    category, point = unicodedata.category(character), ord(character)
    no_character = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return no_character or category in ("Cc", "Cs") or (category == "Cf" and character not in "\u200c\u200d\u00ad")


def _text(field: Field, given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise Refused(say("A text is needed here."))
    longest = field.max or LONGEST[field.type]
    if len(given) > 4 * LONGEST["longtext"]:
        raise Refused(say("At most %(max)s characters.", max=longest))
    text = clean_text(given, lines=field.type == "longtext")
    if len(text) > longest:
        raise Refused(say("At most %(max)s characters; these are %(given)s.", max=longest, given=len(text)))
    if text and field.min is not None and len(text) < field.min:
        raise Refused(say("At least %(min)s characters.", min=field.min))
    return text or None


def _code(given: Any) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > LONGEST_CODE:
        raise Refused(say("A code is needed here."))
    return clean_text(given) or None


def _one(field: Field, given: Any) -> str | None:
    return _code(given)


def _many(field: Field, given: Any) -> list[str] | None:
    if given is None or given == "":
        return None
    if not isinstance(given, list | tuple):
        raise Refused(say("A list is needed here."))
    most = min(field.max or MAX_ITEMS, MAX_ITEMS)
    if len(given) > most:
        raise Refused(say("At most %(max)s can be named.", max=most))
    codes = [code for code in (_code(part) for part in given) if code is not None]
    if len(set(codes)) != len(codes):
        raise Refused(say("Something is named twice."))
    if codes and field.min is not None and len(codes) < field.min:
        raise Refused(say("At least %(min)s must be named.", min=field.min))
    return codes or None


def _boolean(field: Field, given: Any) -> bool | None:
    if given is None or given == "":
        return None
    try:
        return bool(reading.Boolean().deserialize(given))
    except (ValidationError, TypeError):
        raise Refused(say("Yes or no is needed here.")) from None


def _integer(field: Field, given: Any) -> int | None:
    if given is None or given == "":
        return None
    needed = say("A whole number is needed here.")
    if isinstance(given, bool) or (isinstance(given, str) and len(given) > 20):
        raise Refused(needed)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    try:
        number = int(reading.Integer(strict=not isinstance(given, str)).deserialize(given) or 0)
    except (ValidationError, ValueError, OverflowError):
        raise Refused(needed) from None
    low, high = (
        field.min if field.min is not None else -MAX_INTEGER,
        field.max if field.max is not None else MAX_INTEGER,
    )
    if not low <= number <= high:
        raise Refused(say("A number from %(min)s to %(max)s is needed here.", min=low, max=high))
    return number


def _date(field: Field, given: Any) -> str | None:
    if given is None or given == "":
        return None
    needed = say("A date such as 2026-03-31 is needed here.")
    if not isinstance(given, str) or not DATE.fullmatch(given.strip()):
        raise Refused(needed)
    try:
        day = date.fromisoformat(given.strip())
    except ValueError:
        raise Refused(needed) from None
    if not 1949 <= day.year <= 2100:
        raise Refused(needed)
    return day.isoformat()


def _changes(field: Field, given: Any) -> list[dict[str, Any]] | None:
    """A list of catalogue changes: flat, each with `resource` and `action`; the catalogue judges the rest."""
    if given is None or given == "" or given == []:
        return None
    needed = say("A list of changes is needed here, each with resource and action.")
    if not isinstance(given, list) or len(given) > min(field.max or MAX_ITEMS, MAX_ITEMS):
        raise Refused(needed)
    changes, faults = [], list[Say]()
    for number, change in enumerate(given, start=1):
        if not isinstance(change, Mapping) or len(change) > 60 or not all(isinstance(name, str) for name in change):
            raise Refused(needed)
        clean = {name: _flat(value) for name, value in change.items()}
        action, resource = clean.get("action"), clean.get("resource")
        if action not in ENTRY_ACTIONS:
            known = ", ".join(ENTRY_ACTIONS)
            faults.append(say("Change %(number)s: action is one of %(known)s.", number=number, known=known))
        if not isinstance(resource, str) or not 0 < len(resource) <= LONGEST_CODE:
            faults.append(say("Change %(number)s: resource is missing.", number=number))
        changes.append(clean)
    if faults:
        raise Refused(*faults)
    return changes


def _flat(value: Any, depth: int = 0) -> Any:
    """JSON with clean texts, two levels deep at most: a list of items, each with code and name."""
    if isinstance(value, str) and len(value) <= LONGEST["longtext"]:
        return clean_text(value, lines=True)
    if value is None or isinstance(value, bool) or (isinstance(value, int) and abs(value) <= MAX_INTEGER):
        return value
    if depth < 2 and isinstance(value, list) and len(value) <= MAX_ITEMS:
        return [_flat(part, depth + 1) for part in value]
    if depth < 2 and isinstance(value, Mapping) and len(value) <= 20 and all(isinstance(key, str) for key in value):
        return {key: _flat(part, depth + 1) for key, part in value.items()}
    raise Refused(say("A change holds texts, whole numbers, yes or no, and lists of these."))


_READ: Mapping[str, Callable[[Field, Any], Any]] = {
    "text": _text,
    "longtext": _text,
    "choice": _one,
    "choices": _many,
    "boolean": _boolean,
    "integer": _integer,
    "date": _date,
    "department": _one,
    "resource": _one,
    "resources": _many,
    "items": _many,
    "changes": _changes,
}
