"""Answers as people would give them, by the forms: for trying expressions, and for the random walk of a check."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from random import Random
from typing import Any

from app.diagrams.diagram import Diagram
from app.diagrams.forms import Field, Form, Forms, validate
from app.diagrams.forms.validation import options_of
from app.diagrams.symbols import results, rules
from app.engine.expressions import ExpressionError
from app.engine.vocabulary import ACTIONS, GIVEN_FACTS
from app.floor.errors import EngineError, Invalid
from app.floor.messages import LEVELS, SHARE_TYPES, Say, say
from app.rules.pack import RuleKey

TRIES, SURROUNDINGS = 20, 6
ITEMS = ["item_1", "item_2", "item_3"]
DEPARTMENTS = ["gongan", "minzheng", "renshe"]


class Unanswerable(Exception):
    """No answer was found that the form takes, under these rules and facts."""

    def __init__(self, form: str, why: Say):
        self.why = say("%(form)s: %(why)s", form=form, why=why)
        super().__init__(str(self.why))


class Anything:
    """A world in which every department, resource and item is there."""

    def department(self, code: str) -> Sequence[Say]:
        return ()

    def resource(self, code: str) -> Sequence[Say]:
        return ()

    def items(self, resource: str | None, codes: list[str]) -> Sequence[Say]:
        return ()

    def item(self, resource: str | None, code: str) -> str:
        return code

    def changes(self, changes: list[dict[str, Any]]) -> Sequence[Say]:
        return ()

    def points(self, points: list[dict[str, Any]]) -> Sequence[Say]:
        return ()

    def basis(self, title: str) -> Sequence[Say]:
        return ()


class SampleHost:
    """A case's surroundings for one walk: rules of some regulation, actions that answer as the vocabulary says.
    Two hosts made with equal chances behave equally."""

    def __init__(self, keys: Mapping[str, RuleKey], chance: Random):
        self._rules = {key: rule_value(keys[key], chance) for key in sorted(keys)}
        self._involves = {level: chance.random() < 0.5 for level in (*LEVELS, "bureau")}
        self._seed = chance.random()
        self._acted = Counter[str]()

    def rule(self, key: str) -> Any:
        if key not in self._rules:
            raise EngineError("expression", say("There is no rule %(key)s.", key=key))
        return self._rules[key]

    def involves(self, level: str) -> bool:
        return self._involves.get(level, False)

    def act(
        self, name: str, element: str, parameters: Mapping[str, Any], timer: str | None
    ) -> Mapping[str, Any] | None:
        """What the n-th run of an element gives does not depend on what ran beside it."""
        self._acted[element] += 1
        chance = Random(f"{self._seed} {element} {self._acted[element]}")  # noqa: S311
        given = {
            result: parameters[result] if result in parameters else _of_kind(kind, chance)
            for result, kind in ACTIONS[name].results.items()
        }
        return given or None


def rule_value(rule: RuleKey, chance: Random) -> Any:
    """Some value that a pack could give."""
    match rule.type:
        case "days" | "months":
            return chance.randint(1, 30)
        case "number":
            return chance.choice([0, 1, 10])
        case "switch":
            return chance.random() < 0.5
        case "ordered":
            return True
        case "choice":
            return chance.choice(rule.of)
        case "choices":
            return [value for value in rule.of if chance.random() < 0.7] or list(rule.of[:1])
        case "ladder":
            return ["bureau", "government"][: chance.randint(1, 2)]
    return "text"


def sample_rule(diagram: Diagram, key: str, chance: Random) -> Any:
    found = (rules(diagram) or {}).get(key)
    if found is None:
        raise ExpressionError("unknown", say("There is no rule %(key)s.", key=key))
    return rule_value(found, chance)


def seed_facts(forms: Forms, chance: Random, keys: Mapping[str, RuleKey], called: bool) -> dict[str, Any]:
    """What a case begins with. `called`: as a caller begins it, with what it hands over. Begun with equal chances,
    `SampleHost` has the same rules. Raises Unanswerable."""
    host = SampleHost(keys, chance)
    if called:
        facts = {**surroundings(forms, chance), "application": {}}
        for name, action in GIVEN_FACTS.items():
            facts[name] = {result: _of_kind(kind, chance) for result, kind in ACTIONS[action].results.items()}
        return facts
    for _ in range(SURROUNDINGS):
        facts = surroundings(forms, chance)
        with suppress(Unanswerable):
            return {**facts, "application": answer(forms.start, chance, facts, host)}
    raise Unanswerable(forms.start.key, say("No resource was found for which it can be answered."))


def surroundings(forms: Forms | None, chance: Random) -> dict[str, Any]:
    switches = {name: chance.random() < 0.5 for name in ("sensitive", "basic", "timely")}
    switches["published"] = chance.random() < 0.85
    resource = {"code": "r1", "name": "resource", "share_type": chance.choice(SHARE_TYPES), **switches}
    resource |= {"conditions": "text", "received_as": chance.choice(SHARE_TYPES), "withdrawn": False}
    resource["lost"] = []
    if not switches["published"] and chance.random() < 0.5:  # what is wanted has no entry
        resource = {
            "code": None,
            "name": None,
            "share_type": None,
            "conditions": None,
            "received_as": None,
            "withdrawn": False,
            "lost": [],
            **dict.fromkeys(switches, False),
        }
    resource["provider"] = DEPARTMENTS[1] if resource["code"] else None
    return {
        "resource": {} if forms is not None and forms.about == "none" else resource,
        "applicant": {"code": DEPARTMENTS[0], "level": chance.choice(LEVELS)},
        "provider": {"code": DEPARTMENTS[1], "level": chance.choice(LEVELS)},
    }


def answer(form: Form, chance: Random, facts: Mapping[str, Any], host: SampleHost) -> dict[str, Any]:
    """A random answer that the form takes. Raises Unanswerable when none was found, and EngineError when the form's
    own expressions fail."""
    functions = {"rule": host.rule, "involves": host.involves, "answered": facts.__contains__, "len": len}
    given: dict[str, Any] = {}
    wrong = {field.key for field in form.fields}
    reason: Invalid | None = None
    for attempt in range(TRIES):
        if attempt % 10 == 9:
            wrong = {field.key for field in form.fields}
        for field in form.fields:
            if field.key in wrong:
                seen = {**facts, form.key: {f.key: given.get(f.key) for f in form.fields}}
                given[field.key] = _some(field, chance, seen, functions, form.key, eager=attempt % 2 == 1)
        try:
            return validate(form, given, facts=facts, under=form.key, functions=functions, lookup=Anything())
        except Invalid as error:
            wrong, reason = set(error.errors), error
    raise Unanswerable(form.key, reason.detail if reason else say("No answer was tried.")) from reason


def _some(
    field: Field, chance: Random, facts: Mapping[str, Any], functions: Mapping[str, Any], under: str, eager: bool
) -> Any:
    if not eager and field.required is False and chance.random() < 0.4:
        return None
    if field.type in ("choice", "choices"):
        try:
            values = [option.value for option in options_of(field, facts, functions, under)]
        except EngineError:
            values = [option.value for option in field.options]
        if not values:
            return None
        return (
            chance.choice(values) if field.type == "choice" else chance.sample(values, chance.randint(1, len(values)))
        )
    if field.type == "basis":
        values = [option.value for option in options_of(field, facts, functions, under)]
        return {"kind": chance.choice(values), "title": "text"} if values else None
    if field.type == "points":
        values = [option.value for option in options_of(field, facts, functions, under)]
        return [_point(chance.choice(values))] if values else None
    if field.type == "item_reasons":  # which of the items are refused is the answer's own affair
        return None
    return _value(field, chance)


def _point(result: str) -> dict[str, Any]:
    return {"item": ITEMS[0], "result": result, "ground": "text", "source": "text", "evidence": "text"}


def _value(field: Field, chance: Random) -> Any:
    """A value of the field's type, as if every option could be chosen."""
    match field.type:
        case "choice":
            return chance.choice([option.value for option in field.options] or ["text"])
        case "boolean":
            return chance.random() < 0.5
        case "integer":
            low = field.min if field.min is not None else 0
            return chance.randint(low, field.max if field.max is not None else low + 30)
        case "date":
            return f"2026-{chance.randint(1, 6):02}-{chance.randint(1, 28):02}"
        case "department":
            return chance.choice(DEPARTMENTS)
        case "items":
            return ITEMS[: chance.randint(1, 3)]
        case "resources":
            return ["r1", "r2"][: chance.randint(1, 2)]
        case "choices":
            return [option.value for option in field.options][:2] or ["text"]
        case "basis":
            return {"kind": chance.choice([option.value for option in field.options]), "title": "text", "article": None}
        case "points":
            return [_point(chance.choice([option.value for option in field.options]))]
        case "item_reasons":
            return [{"item": ITEMS[-1], "reason": "text", "basis": None}]
        case "changes":
            return [{"resource": "r1", "action": field.of[0] if field.of else "change"}]
    return ("text " * 4)[: field.max or 20].strip().ljust(field.min or 0, "x")


def _of_kind(kind: str, chance: Random) -> Any:
    return {
        "text": "text",
        "number": chance.randint(1, 9),
        "yes_no": chance.random() < 0.5,
        "any": chance.choice([*DEPARTMENTS, None]),
    }.get(kind, list(ITEMS))


def sample_facts(diagram: Diagram, chance: Random) -> dict[str, Any]:
    """Every fact of the diagram, every field filled: for trying whether an expression compares like with like."""
    found: dict[str, Any] = surroundings(diagram.forms, chance)
    for name, action in GIVEN_FACTS.items():
        found[name] = {result: _of_kind(kind, chance) for result, kind in ACTIONS[action].results.items()}
    for one in [*(known.diagram for known in diagram.called.values()), diagram]:
        for form in one.forms.all_forms() if one.forms else ():
            found[form.key] = {field.key: _value(field, chance) for field in form.fields}
        for _, node in one.nodes:
            if node.kind == "serviceTask" and results(node):
                found[node.id] = {result: _of_kind(kind, chance) for result, kind in results(node).items()}
            elif node.kind == "callActivity":
                known = diagram.called.get(node.called or "")
                outcomes = list(known.forms.outcomes) if known and known.forms else []
                found[node.id] = {"outcome": chance.choice(outcomes or ["text"])}
    return found
