"""Reads the values of an answer, each as its field's type: the clean value, None for an empty one, or Refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

from marshmallow import ValidationError
from marshmallow import fields as reading

from app.diagrams.forms.basis import BASIS_KINDS
from app.diagrams.forms.model import LONGEST, Field
from app.floor.citations import titled
from app.floor.messages import InRow, Say, in_row, say, visible

MAX_ITEMS, LONGEST_CODE, MAX_INTEGER = 500, 120, 10**9
BASIS_PARTS = {"title": 200, "article": 60}
"""The texts of a basis beside its kind, and how long they may be."""
POINT_CODES = ("item", "result", "of_department")
POINT_TEXTS = {"about": 300, "source": 200, "evidence": 2000, "ground": 2000}
"""What a point of a decision says: codes, texts and how long they may be, and its basis."""
SIDE_RIGHT, NOBODY_RIGHT = "record_of", "neither"
"""The results of a point that name the side which is right, and a third source."""
BASIS, ENTRY_BASIS = "basis", ("basis_kind", "basis_text")
ENTRY_ACTIONS = ("add", "change", "withdraw", "transfer")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


UNANSWERED = say("Please answer this.")


class InvalidValue(Exception):
    """A value that a field does not take, with the sentences to show at the field."""

    def __init__(self, *sentences: Say):
        super().__init__(*sentences)
        self.sentences = sentences


def clean_text(text: str, *, lines: bool = False) -> str:
    """The text without control characters, marks that turn the reading direction, and half characters; blanks at the
    ends are cut. Without `lines`, line ends become blanks."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n").replace("\u2029", "\n")
    if not lines:
        text = text.replace("\n", " ").replace("\t", " ")
    if not text.translate(_SEPARATING).isprintable():  # otherwise no character needs to be looked at by itself
        text = "".join(character for character in text if character in "\n\t" or not _unwanted(character))
    return text.strip()


_SEPARATING = str.maketrans("", "", "\n\t\u3000")
"""Wanted, although Unicode calls them not printable."""


def _unwanted(character: str) -> bool:
    category, point = unicodedata.category(character), ord(character)
    no_character = point & 0xFFFE == 0xFFFE or 0xFDD0 <= point <= 0xFDEF
    return no_character or category in ("Cc", "Cs") or (category == "Cf" and character not in "\u200c\u200d\u00ad")


def _text(field: Field, given: Any) -> str | None:
    if given is None:
        return None
    if not isinstance(given, str):
        raise InvalidValue(say("A text is needed here."))
    longest = field.max or LONGEST[field.type]
    if len(given) > 4 * LONGEST["longtext"]:
        raise InvalidValue(say("At most %(max)s characters.", max=longest))
    text = clean_text(given, lines=field.type == "longtext")
    if len(text) > longest:
        raise InvalidValue(say("At most %(max)s characters; these are %(given)s.", max=longest, given=len(text)))
    if text and field.min is not None and len(text) < field.min:
        raise InvalidValue(say("At least %(min)s characters.", min=field.min))
    return text if visible(text) else None


def _code(given: Any) -> str | None:
    if given is None or given == "":
        return None
    if not isinstance(given, str) or len(given) > LONGEST_CODE:
        raise InvalidValue(say("A code is needed here."))
    return clean_text(given) or None


def _one(field: Field, given: Any) -> str | None:
    return _code(given)


def _many(field: Field, given: Any) -> list[str] | None:
    if given is None or given == "":
        return None
    if not isinstance(given, list | tuple):
        raise InvalidValue(say("A list is needed here."))
    most = min(field.max or MAX_ITEMS, MAX_ITEMS)
    if len(given) > most:
        raise InvalidValue(say("At most %(max)s can be named.", max=most))
    codes = [code for code in (_code(part) for part in given) if code is not None]
    if len(set(codes)) != len(codes):
        raise InvalidValue(say("Something is named twice."))
    if codes and field.min is not None and len(codes) < field.min:
        raise InvalidValue(say("At least %(min)s must be named.", min=field.min))
    return codes or None


def _boolean(field: Field, given: Any) -> bool | None:
    if given is None or given == "":
        return None
    try:
        return bool(reading.Boolean().deserialize(given))
    except (ValidationError, TypeError):
        raise InvalidValue(say("Yes or no is needed here.")) from None


def _integer(field: Field, given: Any) -> int | None:
    if given is None or given == "":
        return None
    needed = say("A whole number is needed here.")
    if isinstance(given, bool) or (isinstance(given, str) and len(given) > 20):
        raise InvalidValue(needed)
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    try:
        number = int(reading.Integer(strict=not isinstance(given, str)).deserialize(given) or 0)
    except (ValidationError, ValueError, OverflowError):
        raise InvalidValue(needed) from None
    low, high = (
        field.min if field.min is not None else -MAX_INTEGER,
        field.max if field.max is not None else MAX_INTEGER,
    )
    if not low <= number <= high:
        raise InvalidValue(say("A number from %(min)s to %(max)s is needed here.", min=low, max=high))
    return number


def _date(field: Field, given: Any) -> str | None:
    if given is None or given == "":
        return None
    needed = say("A date such as 2026-03-31 is needed here.")
    if not isinstance(given, str) or not DATE.fullmatch(given.strip()):
        raise InvalidValue(needed)
    try:
        day = date.fromisoformat(given.strip())
    except ValueError:
        raise InvalidValue(needed) from None
    if not 1949 <= day.year <= 2100:
        raise InvalidValue(needed)
    return day.isoformat()


def _changes(field: Field, given: Any) -> list[dict[str, Any]] | None:
    """A list of catalogue changes: flat, each with `resource` and `action`; the catalogue judges the rest."""
    if given is None or given == "" or given == []:
        return None
    needed = say("A list of changes is needed here, each with resource and action.")
    if not isinstance(given, list) or len(given) > min(field.max or MAX_ITEMS, MAX_ITEMS):
        raise InvalidValue(needed)
    changes, faults = [], list[Say]()
    for number, change in enumerate(given, start=1):
        if not isinstance(change, Mapping) or len(change) > 60 or not all(isinstance(name, str) for name in change):
            raise InvalidValue(needed)
        clean = {name: _flat(value) for name, value in change.items() if name != BASIS}
        wrong, based = _entry_basis(field, change)
        if wrong is not None:
            whole = say("Change %(number)s: %(fault)s", number=number, fault=wrong)
            faults.append(in_row(whole, number - 1, "basis_kind", wrong))
        clean |= based
        action, resource = clean.get("action"), clean.get("resource")
        if action not in (field.of or ENTRY_ACTIONS):
            known = ", ".join(field.of or ENTRY_ACTIONS)
            whole = say("Change %(number)s: action is one of %(known)s.", number=number, known=known)
            faults.append(in_row(whole, number - 1, "action", UNANSWERED))
        if not isinstance(resource, str) or not 0 < len(resource) <= LONGEST_CODE:
            whole = say("Change %(number)s: resource is missing.", number=number)
            faults.append(in_row(whole, number - 1, "resource", UNANSWERED))
        changes.append(clean)
    if faults:
        raise InvalidValue(*faults)
    return changes


def _entry_basis(field: Field, change: Mapping[str, Any]) -> tuple[Say | None, dict[str, str]]:
    """The basis of an entry as other bases are given (`basis: {kind, title, article}`), in the fields that an entry
    keeps; and what is wrong with it."""
    if BASIS not in change:
        return None, {}
    if any(change.get(name) for name in ENTRY_BASIS):
        return say("The basis is given once: as basis, or as basis_kind and basis_text."), {}
    try:
        found = _basis(field, change[BASIS])
    except InvalidValue as refused:
        return refused.sentences[0], {}
    if found is None:
        return None, {}
    text = f"{titled(found['title'] or '')}{found['article'] or ''}"
    return None, dict(zip(ENTRY_BASIS, (str(found["kind"]), text), strict=True))


def _basis(field: Field, given: Any) -> dict[str, str | None] | None:
    """Kind, title and article of a text. Whether its kind bears the decision is judged with the options."""
    if given is None or given == "" or given == {}:
        return None
    if not isinstance(given, Mapping) or not set(given) <= {"kind", *BASIS_PARTS}:
        raise InvalidValue(say("A basis is needed here as kind, title and, where there is one, article."))
    parts = {name: _part(given.get(name), most) for name, most in BASIS_PARTS.items()}
    kind = _code(given.get("kind"))
    if kind is None or parts["title"] is None:
        missing = say("the kind of the text") if kind is None else say("the title of the text")
        raise InvalidValue(say("The basis lacks %(what)s.", what=missing))
    return {"kind": kind, **parts}


def _points(field: Field, given: Any) -> list[dict[str, Any]] | None:
    """A decision point by point, each with its own result and ground. What is in dispute, and between whom, is known
    to the lookup alone."""
    if given is None or given == "" or given == []:
        return None
    needed = say("A list of points is needed here, each with item or about, result and ground.")
    if not isinstance(given, list) or len(given) > min(field.max or MAX_ITEMS, MAX_ITEMS):
        raise InvalidValue(needed)
    points, faults = [], list[Say]()
    for row, one in enumerate(given):
        if not isinstance(one, Mapping) or not set(one) <= {*POINT_CODES, *POINT_TEXTS, "basis"}:
            raise InvalidValue(needed)
        point, wrong = _point(field, one)
        points.append(point)
        faults += [in_point(row, column, fault) for column, fault in wrong]
    if faults:
        raise InvalidValue(*faults)
    return points


def in_point(row: int, column: str, fault: Say) -> InRow:
    """A sentence about one cell of a list of points."""
    return in_row(say("Point %(number)s: %(fault)s", number=row + 1, fault=fault), row, column, fault)


def _point(field: Field, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, Say]]]:
    """One point, and what is wrong in it by column. A value that its result does not ask for is left out."""
    point: dict[str, Any] = {}
    wrong: list[tuple[str, Say]] = []
    readers: dict[str, Callable[[Any], Any]] = {
        **dict.fromkeys(POINT_CODES, _code),
        **{name: partial(_part, longest=most) for name, most in POINT_TEXTS.items()},
        "basis": partial(_basis, field),
    }
    for name, read in readers.items():
        try:
            point[name] = read(given.get(name))
        except InvalidValue as error:
            point[name] = None
            wrong += [(name, sentence) for sentence in error.sentences]
    if point["basis"] and point["basis"]["kind"] not in {one.value for one in BASIS_KINDS}:
        wrong.append(("basis", say("There is no kind of text %(kind)s.", kind=point["basis"]["kind"][:60])))
    if point["result"] != SIDE_RIGHT:
        point["of_department"] = None
    asked = ["result", "ground"]
    if point["result"] == NOBODY_RIGHT:
        asked += ["source", "evidence"]
    else:
        point |= {"source": None, "evidence": None}
    if point["item"] is None and point["about"] is None:
        asked.append("about")
    told = {name for name, _ in wrong}
    return point, wrong + [(name, UNANSWERED) for name in asked if point[name] is None and name not in told]


def _item_reasons(field: Field, given: Any) -> list[dict[str, Any]] | None:
    """Items with a reason, and a basis where one is named, of their own. Whether each is refused, and by its reason, is
    judged with the others."""
    if given is None or given == "" or given == []:
        return None
    needed = say("A list is needed here, each with item, reason and, where there is one, basis.")
    if not isinstance(given, list | tuple):
        raise InvalidValue(needed)
    if len(given) > MAX_ITEMS:
        raise InvalidValue(say("At most %(max)s can be named.", max=MAX_ITEMS))
    found = []
    for row in given:
        if not isinstance(row, Mapping) or not set(row) <= {"item", "reason", "basis"}:
            raise InvalidValue(needed)
        item = _code(row.get("item"))
        if item is None:
            raise InvalidValue(needed)
        reason = _text(replace(field, type="longtext"), row.get("reason"))
        found.append({"item": item, "reason": reason, "basis": _basis(field, row.get("basis"))})
    if len({row["item"] for row in found}) != len(found):
        raise InvalidValue(say("Something is named twice."))
    return found


def _part(given: Any, longest: int) -> str | None:
    if given is not None and not isinstance(given, str):
        raise InvalidValue(say("A text is needed here."))
    text = clean_text((given or "")[: 4 * LONGEST["longtext"]])
    if len(text) > longest:
        raise InvalidValue(say("At most %(max)s characters; these are %(given)s.", max=longest, given=len(text)))
    return text if visible(text) else None


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
    raise InvalidValue(say("A change holds texts, whole numbers, yes or no, and lists of these."))


READ: Mapping[str, Callable[[Field, Any], Any]] = {
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
    "basis": _basis,
    "points": _points,
    "item_reasons": _item_reasons,
}
