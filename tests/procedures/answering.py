"""Answers that nobody has thought out: any form as its JSON Schema has it, filled by chance. What the form refuses is
put right field by field, as a person would who reads the messages; what cannot be put right is left unanswered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from random import Random
from typing import Any

TRIES = 6
KINDS = ("law", "administrative_regulation", "rule", "policy")
DEPARTMENTS = ("gongan", "minzheng", "renshe", "ziran", "bureau")
Send = Callable[[dict[str, Any]], Mapping[str, Any]]
"""Sends an answer, and says what is wrong with it, by field; nothing where it was taken, or cannot be put right."""


def answer(form: Mapping[str, Any], chance: Random, known: Mapping[str, Any], send: Send) -> None:
    """Fill the form and send it until it is taken, or nothing more can be done about what it says. `known` gives the
    entries and items that may be named."""
    given = {
        name: some(field, chance, known) for name, field in form["properties"].items() if _wanted(form, name, chance)
    }
    for _ in range(TRIES):
        named = {name.partition(".")[0] for name in send(given)} & set(form["properties"])
        if not named:
            return
        for name in named:
            if name in given and name not in form["required"] and chance.random() < 0.5:
                del given[name]
            else:
                given[name] = some(form["properties"][name], chance, known)


def _wanted(form: Mapping[str, Any], name: str, chance: Random) -> bool:
    return name in form["required"] or chance.random() < 0.5


def some(field: Mapping[str, Any], chance: Random, known: Mapping[str, Any]) -> Any:
    """Some value of a field, by what its schema says."""
    named = field.get("x-type")
    if named in known:
        return known[named](chance)
    kinds = field.get("type", "string")
    kind = next(one for one in ([kinds] if isinstance(kinds, str) else kinds) if one != "null")
    if "enum" in field:
        return chance.choice([one for one in field["enum"] if one is not None] or [None])
    match kind:
        case "boolean":
            return chance.random() < 0.5
        case "integer":
            low = max(field.get("minimum", 1), 1)
            return chance.randint(low, max(low, min(field.get("maximum", 12), 24)))
        case "array":
            return [some(field["items"], chance, known)]
        case "object":
            return {name: some(one, chance, known) for name, one in field.get("properties", {}).items()}
    if field.get("format") == "date":
        return (known["today"] - timedelta(days=chance.randint(0, 20))).isoformat()
    return chance.choice(("情况属实", "履行职责所必需", "与职责无关", "按人核验，不得批量导出"))


def naming(entries: Mapping[str, list[str]], items: list[str], today: date) -> dict[str, Any]:
    """What may be named: departments, entries (code → its items), the items of the case's own entry, a basis."""
    codes = sorted(entries) or ["NO-SUCH-1"]

    def changes(chance: Random) -> list[dict[str, Any]]:
        code = chance.choice(codes)
        kinds = [
            {"action": "change", "summary": "按变化后的职能更新"},
            {
                "action": "change",
                "share_type": "withheld",
                "basis_kind": "law",
                "basis_text": "《数据安全法》第二十一条",
            },
            {"action": "change", "share_type": "unconditional", "basis_kind": "", "basis_text": ""},
            {"action": "withdraw"},
            {"action": "transfer", "to": chance.choice(DEPARTMENTS)},
        ]
        return [{"resource": code, **chance.choice(kinds)}]

    return {
        "department": lambda chance: chance.choice(DEPARTMENTS),
        "resource": lambda chance: chance.choice(codes),
        "resources": lambda chance: [chance.choice(codes)],
        "items": lambda chance: chance.sample(items, chance.randint(1, len(items))),
        "changes": changes,
        "basis": lambda chance: {"kind": chance.choice(KINDS), "title": "《数据安全法》", "article": "21"},
        "today": today,
    }
