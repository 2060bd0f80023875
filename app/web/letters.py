"""A letter as its readers see it: what its template says, with the facts that were kept with it in the braces. It says
the same things for ever; only the language is the reader's."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app.cases import pages as shown
from app.cases.pages import Story
from app.diagrams.forms import Letter as Template
from app.diagrams.forms.shape import PLACEHOLDER, Field
from app.door import words
from app.engine.vocabulary import ACTIONS
from app.outbox.models import Letter
from app.web.changes import MODE
from app.web.naming import VERBS, Naming
from app.web.speaking import full_day, series, t
from app.words import Say, Text, say

NOTHING = "—"
CITIZEN = say("Citizen or organisation")
CODES: Mapping[str, Mapping[str, Say]] = {"mode": MODE, "verb": VERBS}


def letter_lines(session: Session, told: Story, letter: Letter) -> list[str]:
    """The lines of a letter of this case."""
    put = _reader(session, told, letter)
    said = [words(text) for text in _said(told.plan.forms[letter.body["process"]].letters[letter.template], letter)]
    return [line for text in said for line in PLACEHOLDER.sub(put, text).splitlines()]


def _said(template: Template, letter: Letter) -> list[Text]:
    """The paragraphs that were called for as it was issued; a letter without that note had no conditions."""
    said = letter.body.get("said")
    return [one.text for i, one in enumerate(template.paragraphs) if (one.when is None if said is None else i in said)]


def _reader(session: Session, told: Story, letter: Letter) -> Callable[[re.Match[str]], str]:
    """Says what stands behind the name in a pair of braces."""
    lanes: Mapping[str, int | None] = letter.body.get("lanes", {})
    names = shown.department_names(session, {one for one in lanes.values() if one})
    known: dict[str, Any] = {f"lanes.{lane}": names.get(one or 0, CITIZEN) for lane, one in lanes.items()}
    known |= {
        "letter.case": told.case.number,
        "letter.issued_on": letter.issued_at,
        "letter.regulation": told.step.rules.pack.regulation.title,
    }
    fields, naming = _fields(told), Naming(told.step)

    def put(match: re.Match[str]) -> str:
        name = match[1]
        value = known[name] if name in known else _fact(letter.body["facts"], name)
        return _in_words(_named(naming, fields[name], value) if name in fields else value)

    return put


def _named(naming: Naming, field: Field, value: Any) -> Any:
    return CODES[field.type].get(value, value) if field.type in CODES else naming.value(field, value)


def _fields(told: Story) -> dict[str, Field]:
    """The field behind each name, for those whose answers are codes."""
    found = {f"application.{one.key}": one for one in told.plan.top.start.fields}
    found |= {f"{key}.{one.key}": one for key, (_, form) in told.plan.tasks.items() for one in form.fields}
    for action in ACTIONS.values():
        for element in told.plan.bundle.elements_with(action.name):
            found |= {f"{element}.{name}": Field(name, kind, Text("", "")) for name, kind in action.codes.items()}
    return found


def _fact(facts: Mapping[str, Any], path: str) -> Any:
    found: Any = facts
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def _in_words(value: Any) -> str:
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(value, bool):
        return words(say("yes") if value else say("no"))
    if isinstance(value, date):
        return full_day(value)
    return series(value) if isinstance(value, list) else str(t(value))
