"""What stands in a letter's braces, put into words as it is issued: codes by their names, days as the office writes
them, in both languages; and what somebody typed apart from all of that, as theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.cases import answered
from app.cases.definition import Definition
from app.cases.transition import Transition
from app.diagrams.forms import Field, Form, basis_words, item_reason_words
from app.floor.errors import NotFound
from app.floor.languages import both, series
from app.floor.messages import Language, Say, Text, say
from app.outbox.letter_text import Part, Quote, lines_of
from app.rules.terms import in_terms

MODE = {
    "interface": say("{word.interface}"),
    "file": say("{word.file}"),
    "batch": say("{word.batch}"),
    "query": say("{word.query}"),
    "table": say("Real-time database table"),
    "other": say("Another mode"),
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
VERBS: Mapping[str, Say] = {
    "coordinate": say("coordinates"),
    "judge": say("judges"),
    "verify": say("verifies"),
    "decide": say("decides"),
}
"""What a body of a ladder does."""
CODES: Mapping[str, Mapping[str, Say]] = {"mode": MODE, "verb": VERBS}
NOTHING, COUNT, RULE = "—", "count", "rule."
CITIZEN = say("Citizen or organisation")
OURS = ("resource", "applicant", "provider")
"""Facts that nobody typed in this case; and of an action's results its numbers."""


@dataclass(frozen=True)
class Worded:
    """A value in words. `theirs`: what somebody typed."""

    text: Text
    theirs: bool = False

    def piece(self, language: Language) -> str | Part | Quote:
        """As a piece of a paragraph. Of several lines a block of its own is made, whoever wrote them."""
        lines = lines_of(self.text.in_(language))
        if len(lines) > 1:
            return Quote(lines)
        line = lines[0] if lines else ""
        return Part(line, True) if self.theirs and line else line


class Words:
    """The words for the values of one case, each name read once. `facts` are those of the letter's day."""

    codes: Mapping[str, Mapping[str, Say | Text]] = CODES

    def __init__(self, step: Transition, facts: Mapping[str, Any], known: Mapping[str, Any]):
        self._step, self._facts, self._known = step, facts, known
        self._read: dict[str, Worded] = {}

    def of(self, name: str) -> Worded:
        """What stands behind the name in a pair of braces."""
        if name not in self._read:
            self._read[name] = self._find(name)
        return self._read[name]

    def _find(self, name: str) -> Worded:
        if isinstance(self._known.get(name), Worded):
            return self._known[name]
        if name in self._known:
            return Worded(_plain(self._known[name], ""))
        if name.startswith(RULE):
            return Worded(self._of_regulation(name.removeprefix(RULE)))
        value, field = self._fact(name), self._step.plan.named_fields.get(name)
        if value is None or value == "" or value == []:
            return Worded(Text(NOTHING, NOTHING))
        if field is None:
            ours = name.partition(".")[0] in OURS or name.endswith(".number") or not isinstance(value, str)
            return Worded(_plain(value), not ours)
        return self._in_field(name, field, value)

    def _of_regulation(self, key: str) -> Text:
        """A text of the regulation; nothing where it has since lost the key."""
        try:
            return _plain(self._step.rule(key))
        except NotFound:
            return _plain(None)

    def _fact(self, path: str) -> Any:
        """`….count` of a list is how many it holds."""
        found: Any = self._facts
        for part in path.split("."):
            if isinstance(found, list) and part == COUNT:
                return len(found)
            found = found.get(part) if isinstance(found, Mapping) else None
        return found

    def _in_field(self, name: str, field: Field, value: Any) -> Worded:
        if field.type in ("text", "longtext"):
            return Worded(_plain(value), True)
        if field.type == "points":
            lines = [both(self._point(one)) for one in value]
            return Worded(Text("\n".join(one.zh for one in lines), "\n".join(one.en for one in lines)), True)
        if field.type == "basis" and isinstance(value, Mapping):
            return Worded(both(basis_words(value)), True)
        if field.type == "item_reasons":
            return Worded(self._own_reasons(value), True)
        return Worded(self._as_answered(name, field, value) or self._named(field, value))

    def _as_answered(self, name: str, field: Field, value: Any) -> Text | None:
        """The words of an answer that the case holds already; of one that is only foretold there are none yet."""
        key = name.partition(".")[0]
        given = self._step.facts.get(key)
        if not field.words_differ(value) or self._facts.get(key) is not given:
            return None
        return answered.as_answered(field, value, answered.last_told(self._step, key))

    def refused(self, process: str) -> Worded | None:
        """Reason and basis of each adverse answer of the case outside that procedure, as they were typed; None where
        there is none."""
        found: list[Text] = []
        for key, form in self._refusals(process):
            reason, basis = (self._facts[key].get(name) for name in ("reason", "basis"))
            if reason and isinstance(basis, Mapping):
                said = say("%(point)s. Basis: %(basis)s", point=reason.rstrip("。. "), basis=basis_words(basis))
                found.append(both(said))
            elif reason:
                found.append(_plain(reason))
            rows = [field.key for field in form.fields if field.type == "item_reasons"]
            found += [self._own_reasons(given) for one in rows if (given := self._facts[key].get(one))]
        return (
            Worded(Text("\n".join(one.zh for one in found), "\n".join(one.en for one in found)), True)
            if found
            else None
        )

    def _refusals(self, process: str) -> Iterator[tuple[str, Form]]:
        """The adverse answers, and the start form of a procedure that begins with a decision."""
        top = self._step.plan.top.start
        if any(one.type == "basis" for one in top.fields):
            yield top.key, top
        for key, (owner, form) in self._step.plan.tasks.items():
            if owner != process and form.adverse and key in self._facts and self._step.holds(form.adverse):
                yield key, form

    def _named(self, field: Field, value: Any) -> Text:
        match field.type:
            case "mode" | "verb":
                return in_terms(both(self.codes[field.type].get(value, value)), self._step.rules.pack.terms)
            case "boolean":
                return answered.title(self._step, field, value, self._facts) or _plain(value)
            case "choice":
                return self._option(field, value)
            case "choices":
                return series(self._option(field, one) for one in value)
            case "items":
                return series(self._items(value))
            case "department":
                return self._department(value)
            case "departments":
                return series(self._department(one) for one in value)
            case "resource":
                return self._resource(value)
            case "resources":
                return series(self._resource(one) for one in value)
            case "changes":
                return series(self._resource(one.get("resource", "")) for one in value)
            case "date":
                return both(date.fromisoformat(value))
        return _plain(value)

    def _option(self, field: Field, value: str) -> Text:
        return answered.title(self._step, field, value, self._facts) or both(value)

    def _point(self, one: Mapping[str, Any]) -> Say:
        item = series(self._items([one["item"]])) if one.get("item") else None
        of_department = self._department(one["of_department"]) if one.get("of_department") else None
        return point_words(one, item, of_department, point_results(self._step.plan))

    def _department(self, code: str) -> Text:
        found, pack = self._step.department(code), self._step.rules.pack
        if found is None and code in pack.reached_by_letter:
            return pack.body(code).title
        return found.name if found else both(code)

    def _resource(self, code: str) -> Text:
        found = self._step.entry(code)
        return Text(f"{found.name}（{code}）", f"{found.name} ({code})") if found else both(code)

    def _own_reasons(self, rows: Sequence[Mapping[str, Any]]) -> Text:
        """A line for each item that is refused for a reason of its own."""
        names = self._items([row["item"] for row in rows])
        lines = [both(item_reason_words(row, name)) for row, name in zip(rows, names, strict=True)]
        return Text("\n".join(one.zh for one in lines), "\n".join(one.en for one in lines))

    def _items(self, codes: Sequence[str]) -> list[str]:
        return self._step.item_names((self._facts.get("resource") or {}).get("code"), codes)


def point_results(plan: Definition) -> dict[str, Text]:
    """What the results of points are called, as the forms of this case offer them."""
    fields = (field for _, form in plan.tasks.values() for field in form.fields if field.type == "points")
    return {option.value: option.title for field in fields for option in field.options}


def point_words(
    one: Mapping[str, Any], item: Text | str | None, of_department: Text | str | None, results: Mapping[str, Text]
) -> Say:
    """A point of a decision in one line: what it is about, its result, its ground and basis. `item` and `of_department`
    are given by their names."""
    about: Any = item or one.get("about") or ""
    if item and one.get("about"):
        about = say("%(item)s (%(about)s)", item=item, about=one["about"])
    result: Any = results.get(str(one.get("result")), str(one.get("result")))
    if of_department:
        result = say("%(result)s: %(department)s", result=result, department=of_department)
    elif one.get("source"):
        result = say("%(result)s; %(source)s is right", result=result, source=one["source"])
    line = say("%(about)s: %(result)s", about=about, result=result)
    if one.get("ground"):
        line = say("%(about)s: %(result)s. Ground: %(ground)s", about=about, result=result, ground=one["ground"])
    if not isinstance(one.get("basis"), Mapping):
        return line
    return say("%(point)s. Basis: %(basis)s", point=line, basis=basis_words(one["basis"]))


def _plain(value: Any, nothing: str = NOTHING) -> Text:
    if isinstance(value, Text):
        return value
    if value is None or value == "" or value == []:
        return Text(nothing, nothing)
    if isinstance(value, bool):
        return both(say("yes") if value else say("no"))
    if isinstance(value, list):
        return series(value)
    if isinstance(value, Mapping) and set(value) == {"zh", "en"}:
        return Text(value["zh"], value["en"])
    return both(value)
