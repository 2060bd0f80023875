"""The entries of a closed department that others than its successor take over, as a page asks and reads them: a row for
each department that receives some, with the entries ticked."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict

from app.catalogue.models import Resource
from app.floor.errors import Invalid
from app.floor.messages import Say, say
from app.web.changes import MOST_ROWS
from app.web.fields import option, plain_field

FIELD, TO, ENTRIES = "others", "to", "entries"
CELL = re.compile(rf"{FIELD}-(\d{{1,3}})-({TO}|{ENTRIES})")
Row = Mapping[str, Any]


def field(held: Sequence[Resource] | None, receivers: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """`held`: what the department has in the catalogue; None as long as nobody has said which department it is."""
    entries = [option(one.code, one.name) for one in held or ()]
    columns = [
        plain_field(TO, "menu", say("Receiving department"), options=list(receivers), required=False),
        plain_field(ENTRIES, "resources", say("Entries"), options=entries, required=False),
    ]
    return plain_field(
        FIELD, "receivers", say("Entries that others take over"), required=False, max=MOST_ROWS,
        columns=columns if entries else [], help=_help(held),
        more=say("List its entries and who may succeed it") if held is None else _more(entries),
    )  # fmt: skip


def _more(entries: Sequence[Any]) -> Say | None:
    return say("Another department") if entries else None


def _help(held: Sequence[Resource] | None) -> Say:
    if held is None:
        return say("They are listed here once the department that is closed has been chosen.")
    if not held:
        return say("It has no entries in the catalogue.")
    return say("What is ticked for nobody goes to the successor.")


def posted(sent: MultiDict[str, str]) -> list[Row]:
    """What a page has sent, empty rows left out."""
    rows: dict[int, dict[str, Any]] = {}
    for name, values in sent.lists():
        found, told = CELL.fullmatch(name), [one.strip() for one in values if one.strip()]
        if found and told and int(found[1]) < MOST_ROWS:
            rows.setdefault(int(found[1]), {})[found[2]] = told[0] if found[2] == TO else told
    return [rows[number] for number in sorted(rows)]


def as_sent(rows: Sequence[Row]) -> list[tuple[str, str]]:
    """The rows as a page sends them."""
    return [
        (f"{FIELD}-{number}-{name}", value)
        for number, row in enumerate(rows)
        for name, values in ((TO, [row[TO]] if TO in row else []), (ENTRIES, row.get(ENTRIES, [])))
        for value in values
    ]


def shared_out(rows: Sequence[Row], place: str) -> dict[str, str]:
    """Each entry's code with the code of the department that takes it over. Raises Invalid, naming the cells."""
    found: dict[str, str] = {}
    errors: dict[str, list[Say]] = {}
    for number, row in enumerate(rows):
        there, _, code = row.get(TO, "").partition("/")
        if not row.get(ENTRIES):
            errors[f"{FIELD}-{number}-{ENTRIES}"] = [say("Please answer this.")]
        if there != place or not code:
            told = say("Name another department of the jurisdiction that is not closed.")
            errors[f"{FIELD}-{number}-{TO}"] = [told if TO in row else say("Please answer this.")]
        twice = [one for one in row.get(ENTRIES, ()) if one in found]
        if twice:
            told = say("Given to two departments: %(codes)s.", codes=", ".join(twice)[:200])
            errors.setdefault(f"{FIELD}-{number}-{ENTRIES}", []).append(told)
        found |= dict.fromkeys(row.get(ENTRIES, ()), code)
    if errors:
        raise Invalid(errors)
    return found
