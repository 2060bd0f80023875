"""Whether an entry may stand in the catalogue: its shape, and what the regulation says of its share type and basis."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.accounts.csv_tables import has_hidden
from app.floor.errors import NotFound
from app.floor.messages import SHARE_MODES, SHARE_TYPES, Say, Text, say, visible

Rules = Callable[[str], Any]
"""The value of a rule key, as expressions read it; raises NotFound for a key that the regulation does not answer."""
Faults = dict[str, list[Say]]

TEXTS = {
    "name": 200,
    "summary": 2000,
    "format": 60,
    "system": 200,
    "conditions": 2000,
    "scope": 1000,
    "purpose": 1000,
    "basis_text": 1000,
    "open_type": 60,
    "update_cycle": 60,
}
SWITCHES = ("published", "sensitive", "basic", "timely", "publicly_funded")
BASIS_KINDS = (
    "law",
    "administrative_regulation",
    "local_regulation",
    "rule",
    "national_policy",
    "municipal_policy",
    "party_state_council_policy",
)
DEFAULTS: dict[str, Any] = {
    **dict.fromkeys(TEXTS, ""),
    **dict.fromkeys(SWITCHES, False),
    "published": True,
    "share_type": "",
    "basis_kind": "",
    "modes": [],
    "items": [],
}
FIELDS = tuple(DEFAULTS)
"""What of an entry can be changed, and what a version keeps of it."""
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,119}")
ITEM_CODE = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,59}")
ITEM_FIELDS = {"code": 60, "name": 120, "type": 40}
MOST_ITEMS = 500


def check_entry(entry: Mapping[str, Any], rules: Rules) -> Faults:
    """All that is wrong with an entry, by field; empty when it may stand. Fields left out count as their default."""
    entry = {**DEFAULTS, **entry}
    faults = _shape_faults(entry)
    if not {"share_type", "modes"} & set(faults):
        for field, sentences in _rule_faults(entry, rules).items():
            faults.setdefault(field, []).extend(sentences)
    return faults


def _shape_faults(entry: Mapping[str, Any]) -> Faults:
    faults: Faults = {}
    for field, most in TEXTS.items():
        fault = text_fault(entry[field], most)
        if fault is not None:
            faults[field] = [fault]
    if "name" not in faults and not visible(entry["name"]):
        faults["name"] = [say("An entry needs a name.")]
    for field in SWITCHES:
        if not isinstance(entry[field], bool):
            faults[field] = [say("Yes or no is needed here.")]
    for field, known in (("share_type", SHARE_TYPES), ("basis_kind", ("", *BASIS_KINDS))):
        if entry[field] not in known:
            faults[field] = [_one_of([code for code in known if code])]
    modes = entry["modes"]
    if not isinstance(modes, list) or any(mode not in SHARE_MODES for mode in modes):
        faults["modes"] = [_one_of(SHARE_MODES)]
    items = _item_faults(entry["items"])
    return faults | ({"items": items} if items else {})


def text_fault(value: Any, most: int) -> Say | None:
    if not isinstance(value, str):
        return say("A text is needed here.")
    if len(value) > most:
        return say("At most %(most)s characters.", most=most)
    if has_hidden(value):
        return say("The text contains control or invisible direction characters.")
    return None


def _item_faults(items: Any) -> list[Say]:
    if not isinstance(items, list) or len(items) > MOST_ITEMS:
        return [say("A list of at most %(most)s items is needed here.", most=MOST_ITEMS)]
    faults: list[Say] = []
    seen: set[str] = set()
    for number, item in enumerate(items, start=1):
        if not isinstance(item, Mapping) or not {"code", "name"} <= set(item) <= set(ITEM_FIELDS):
            faults.append(say("Item %(number)s: code and name are needed, type is possible.", number=number))
        elif any(text_fault(value, ITEM_FIELDS[field]) for field, value in item.items()):
            faults.append(say("Item %(number)s: code, name and type are short texts.", number=number))
        elif not visible(item["name"]):
            faults.append(say("Item %(number)s: the name is missing.", number=number))
        elif not ITEM_CODE.fullmatch(item["code"]):
            faults.append(say("Item %(number)s: %(code)s is not a code.", number=number, code=item["code"]))
        elif item["code"] in seen:
            faults.append(say("Item %(number)s: the code %(code)s is given twice.", number=number, code=item["code"]))
        else:
            seen.add(item["code"])
    return faults


def offered(rules: Rules) -> dict[str, Sequence[str]]:
    """The codes that the regulation leaves for each field of an entry that has some."""
    kinds = {kind for key in BASES for kind in _answer(rules, key, ())}
    return {
        "share_type": _share_types(rules),
        "modes": _modes(rules),
        "basis_kind": [kind for kind in BASIS_KINDS if not kinds or kind in kinds],
    }


def _share_types(rules: Rules) -> Sequence[str]:
    found: Sequence[str] = _answer(rules, "entry.share_types", SHARE_TYPES)
    return found


def _modes(rules: Rules) -> Sequence[str]:
    found: Sequence[str] = _answer(rules, "share.modes", SHARE_MODES)
    return found


def _rule_faults(entry: Mapping[str, Any], rules: Rules) -> Faults:
    share_type = entry["share_type"]
    known = _share_types(rules)
    if share_type not in known:
        return {"share_type": [_one_of(known)]}
    if entry["basic"] is True and _answer(rules, "basic.unconditional", False) and share_type not in FREE:
        return {"share_type": [say("Items of the basic databases must be shared unconditionally.")]}
    faults: Faults = {}
    modes = _modes(rules)
    if not set(entry["modes"]) <= set(modes):
        faults["modes"] = [_one_of(modes)]
    if share_type == "conditional":
        for field in _answer(rules, "entry.conditional_states", ()):
            if field in TEXTS and not visible(str(entry[field])):
                faults[field] = [say("A conditional entry must state this.")]
    allowed = _bases(entry, rules)
    if allowed and entry["basis_kind"] not in allowed:
        named = [KIND.get(one, Text(one, one)) for one in allowed]
        kinds = Text("、".join(one.zh for one in named), ", ".join(one.en for one in named))
        faults["basis_kind"] = [say("This needs a basis (%(kinds)s); without one it is unconditional.", kinds=kinds)]
    elif allowed and not visible(str(entry["basis_text"])):
        faults["basis_text"] = [say("Please name the document and article of the basis.")]
    return faults


KIND = {
    "law": Text("法律", "law"),
    "administrative_regulation": Text("行政法规", "administrative regulation"),
    "local_regulation": Text("地方性法规", "local regulation"),
    "rule": Text("规章", "rule"),
    "national_policy": Text("国家政策", "national policy"),
    "municipal_policy": Text("市级政策", "municipal policy"),
    "party_state_council_policy": Text("党中央、国务院政策", "Party and State Council policy"),
}
"""The kinds of a basis as a sentence names them."""
BASES = ("basis.conditional", "basis.withheld", "basis.withheld_funded")
FREE = ("public", "unconditional")
"""Share types under which every department gets the data; what is open to the public is open to departments."""


def _bases(entry: Mapping[str, Any], rules: Rules) -> Sequence[str]:
    """The kinds of basis one of which the entry must have; empty where the regulation asks for none."""
    if entry["share_type"] in FREE:
        return ()
    funded = entry["share_type"] == "withheld" and entry["publicly_funded"] is True
    stricter = _answer(rules, "basis.withheld_funded", ()) if funded else ()
    kinds: Sequence[str] = stricter or _answer(rules, f"basis.{entry['share_type']}", ())
    return kinds


def keeps_list(rules: Rules) -> bool:
    """Whether the regulation has a responsibility list, which follows every change of the catalogue."""
    return _answer(rules, "publish.responsibility_list", False) is True


def _answer(rules: Rules, key: str, otherwise: Any) -> Any:
    """The regulation's answer; a regulation that does not offer the procedure of that key asks nothing."""
    try:
        value = rules(key)
    except NotFound:
        return otherwise
    return otherwise if value is None else value


def _one_of(codes: Sequence[str]) -> Say:
    return say("One of %(codes)s is needed here.", codes=", ".join(codes))
