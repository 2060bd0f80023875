"""Answers as people read them: the titles of options, the names of items and departments, in place of codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from flask import url_for

from app.accounts import Actor
from app.cases import answered, policy
from app.cases.definition import Definition
from app.cases.documents.wording import MODE, point_results, point_words
from app.cases.read.existing_access import already
from app.cases.transition import Transition
from app.catalogue.checks import SWITCHES
from app.catalogue.models import Grant
from app.diagrams.forms import Field, Form, basis_words, item_reason_words
from app.entry import language, words
from app.floor import clock
from app.floor.citations import titled
from app.floor.messages import Say, Text, say
from app.web.changes import ACTION, CODES, ENTRY_TITLE
from app.web.i18n import series

Row = dict[str, Any]


class Naming:
    """The names that one case needs, each read once."""

    def __init__(self, step: Transition):
        self._step = step

    @cached_property
    def _told(self) -> Mapping[int | str, answered.Said]:
        return answered.told(self._step)

    def rows(
        self, form: Form, answer: Mapping[str, Any], *, all_fields: bool = False, given: int | str | None = None
    ) -> list[Row]:
        """An answer as titles with values; what was left out is left out here too, unless all is asked for. `given`: by
        which task, or last to which step: it keeps the words that it was answered with."""
        return [
            {"title": field.title, "value": self._given(field, answer.get(field.key), given)}
            for field in form.fields
            if all_fields or answer.get(field.key) not in (None, [], "")
        ]

    def _given(self, field: Field, value: Any, given: int | str | None) -> Any:
        return (self.said(field, value, given) if given is not None else None) or self.value(field, value)

    def said(self, field: Field, value: Any, given: int | str) -> Text | None:
        """The words with which something was answered, where they depend on how the case stood."""
        if not field.words_differ(value):
            return None
        return answered.as_answered(field, value, self._told.get(given, answered.UNSAID))

    def value(self, field: Field, value: Any) -> Any:
        if value is None:
            return None
        match field.type:
            case "boolean":
                return field.yes_or_no(value, self._step.holds) or value
            case "choice":
                return self._option(field, value)
            case "choices":
                return [self._option(field, one) for one in value]
            case "items":
                return self.items(value)
            case "department":
                return self.department(value)
            case "resource":
                return self.resource(value)
            case "resources":
                return [self.resource(one) for one in value]
            case "basis":
                return basis_words(value) if isinstance(value, Mapping) else value
            case "points":
                return [self._point(one) for one in value]
            case "item_reasons":
                names = self.items([one["item"] for one in value])
                return [words(item_reason_words(one, name)) for one, name in zip(value, names, strict=True)]
            case "changes":
                return [self._change(one) for one in value]
        return value

    def _point(self, one: Mapping[str, Any]) -> Say:
        item = self.items([one["item"]])[0] if one.get("item") else None
        of_department = self.department(one["of_department"]) if one.get("of_department") else None
        return point_words(one, item, of_department, point_results(self._step.plan))

    def department(self, code: str) -> Text | str:
        found = self._step.department(code)
        if found is None and code in self._step.rules.pack.reached_by_letter:
            return self._step.rules.pack.body(code).title
        return found.name if found else code

    def resource(self, code: str) -> Text | str:
        found = self._step.entry(code)
        return titled_code(found.name, code) if found else code

    def items(self, codes: Sequence[str]) -> list[str]:
        return self._step.item_names((self._step.facts.get("resource") or {}).get("code"), codes)

    def _option(self, field: Field, value: str) -> Text | str:
        return field.option_title(value, self._step.value_of) or value

    def _change(self, change: Mapping[str, Any]) -> Say:
        named = {**change, "to": words(self.department(change["to"]))} if isinstance(change.get("to"), str) else change
        what = [_said(name, value) for name, value in named.items() if name not in ("resource", "action")]
        said = {
            "action": ACTION.get(change.get("action", ""), ""),
            "resource": change.get("resource", ""),
            "what": ("；" if language() == "zh" else "; ").join(what),
        }
        return say("%(action)s %(resource)s. %(what)s", **said)


def what_began(plan: Definition) -> Say:
    """What the answers to the start form are called."""
    return say("The application") if plan.top.arrives else say("What it is about")


def titled_code(name: str, code: str) -> Text:
    """A name with its code behind it."""
    return Text(f"{name}（{code}）", f"{name} ({code})")


def decision(form: Form, answer: Mapping[str, Any], step: Transition, said: answered.Said) -> Text | None:
    """What was decided, in one word: the title of the first choice of the answer, or the words of its yes or no.
    `said`: those with which it was answered."""
    for field in form.fields:
        given = answer.get(field.key)
        if field.type == "choice" and given:
            return answered.as_answered(field, given, said) or field.option_title(given, step.value_of)
        if field.type == "boolean" and field.options and isinstance(given, bool):
            return answered.as_answered(field, given, said) or field.yes_or_no(given, step.holds)
    return None


TOLD_EVEN_IF_EMPTY = ("conditions", "basis_text", "summary")
"""What everybody looks for in an entry: that it says nothing is told, too."""


DECIDED_BY = ("share_type", "conditions", "scope", "purpose", "basis_kind", "basis_text", "modes")
"""What of an entry whoever decides on an application for it goes by."""


def entry_terms(values: Mapping[str, Any]) -> list[Row]:
    """On what terms the catalogue says that an entry is shared."""
    told = (name for name in DECIDED_BY if values.get(name) or name == "conditions")
    return [{"title": ENTRY_TITLE[name], "value": _spelled(name, values[name]) or None} for name in told]


def entry_facts(values: Mapping[str, Any]) -> list[Row]:
    """What a catalogue entry says beside its name, its items and its marks."""
    apart = ("action", "resource", "name", "share_type", "items", *SWITCHES)
    return [
        {"title": title, "value": _spelled(name, values[name]) if values.get(name) else None}
        for name, title in ENTRY_TITLE.items()
        if name not in apart and (values.get(name) or name in TOLD_EVEN_IF_EMPTY)
    ]


def _said(name: str, value: Any) -> str:
    return words(say("%(title)s: %(value)s", title=ENTRY_TITLE.get(name, name), value=_spelled(name, value)))


def _spelled(name: str, value: Any) -> Any:
    titles: Mapping[str, Say] = CODES.get(name, {})
    if isinstance(value, list):
        value = series(one["name"] if isinstance(one, dict) else titles.get(one, one) for one in value)
    elif isinstance(value, bool):
        value = words(say("yes") if value else say("no"))
    elif isinstance(value, str):
        value = titled(value) if name == "basis_text" else words(titles.get(value, value))
    return value


# grants

GRANT_STATE: Mapping[str, Say] = {
    "active": say("usable"),
    "suspended": say("suspended"),
    "revoked": say("revoked"),
    "expired": say("ended"),
}


def grant_line(actor: Actor, one: Grant) -> Row:
    """A grant as lists show it: what it is for, and whether it can be used today. With its address for those whom it
    concerns: the platform sees all, and who has settled a dispute about one sees it; neither opens it."""
    today = clock.today()
    names = {item["code"]: item["name"] for item in one.resource.items}
    return {
        "number": one.number,
        "url": url_for("catalogue.grant", id=one.id) if policy.may_see_grant(actor, one) else None,
        "department": one.department.name,
        "resource": one.resource.name,
        "items": [names.get(code, code) for code in one.items],
        "purpose": one.purpose,
        "mode": MODE.get(one.mode),
        "until": one.valid_until,
        "state": GRANT_STATE[one.state_on(today)],
        "usable": one.usable_on(today),
    }


def held_already(step: Transition) -> list[Row]:
    """What the applicant holds or asks for already on this resource, each with its page."""
    naming = Naming(step)
    return [
        {
            "number": one.number,
            "url": url_for("inbox.case", id=one.case_id)
            if one.case_id
            else url_for("catalogue.grant", id=one.grant_id),
            "what": say("Application under way") if one.case_id else say("Grant that can be used"),
            "items": naming.items(one.items),
            "purpose": one.purpose,
        }
        for one in already(step)
    ]
