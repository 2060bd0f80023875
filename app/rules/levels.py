"""Two levels: what counts where a regulation and a text above it both answer the same key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from app.rules.pack import RuleKey, RuleValue, Value

STRICTER: Mapping[str, tuple[str, ...]] = {
    "days": ("less", "more", "superior"),
    "months": ("less", "more", "superior"),
    "number": ("superior", "less", "more"),
    "switch": ("superior", "on", "off"),
    "choices": ("superior", "all", "both"),
}
"""By type: what makes one of two answers bind more strictly, the default first. `all`: what either level asks for;
`both`: only what both allow; `superior`: the two cannot be compared, and the text above counts."""


def on_two_levels(rule: RuleKey, own: RuleValue, above: RuleValue) -> RuleValue:
    """The answer where the regulation and a text above it both speak: the one that binds more strictly counts, and the
    other is kept beside it. What the regulation leaves open, or only we say, gives way."""
    if own.cases:
        cases = tuple(on_two_levels(rule, case, above) for case in own.cases)
        kinds = {case.kind for case in cases}
        return replace(own, cases=cases, kind="statutory" if "statutory" in kinds else own.kind)
    told = replace(above, when=own.when, remind=own.remind)
    if own.kind == "statutory":
        binding = _binding(_compared(rule), own, told)
        if binding == own.value and own.type == told.type:
            return replace(own, other=told)
        told = replace(told, value=binding)
    return replace(told, other=own)


def _compared(rule: RuleKey) -> str:
    return rule.stricter or STRICTER.get(rule.type, ("superior",))[0]


def _binding(compared: str, own: RuleValue, above: RuleValue) -> Value:
    """The value that binds, of two that the law gives. What cannot be compared: the superior one."""
    ours, theirs = own.value, above.value
    if own.type == above.type and isinstance(ours, int) and isinstance(theirs, int):
        match compared:
            case "less":
                return min(ours, theirs)
            case "more":
                return max(ours, theirs)
            case "on" | "off":
                return ours if ours is (compared == "on") else theirs
    if compared in ("all", "both") and isinstance(ours, tuple) and isinstance(theirs, tuple):
        named = ours + tuple(one for one in theirs if one not in ours)
        return named if compared == "all" else tuple(one for one in ours if one in theirs)  # type: ignore[return-value]
    return theirs
