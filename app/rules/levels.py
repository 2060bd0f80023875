"""Two levels: what counts where a regulation and a text above it both answer the same key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

from app.rules.pack import PERIODS, RuleKey, RuleValue, Value

STRICTER: Mapping[str, tuple[str, ...]] = {
    "days": ("less", "more", "superior"),
    "months": ("less", "more", "superior"),
    "number": ("superior", "less", "more"),
    "switch": ("superior", "on", "off"),
    "choices": ("superior", "all", "both"),
}
"""By type: what makes one of two answers bind more strictly, the default first. `all`: what either level asks for;
`both`: only what both allow; `superior`: the two cannot be compared, and the text above counts. Months and working
days are compared for each clock, by the days on which they would be due."""


def on_two_levels(rule: RuleKey, own: RuleValue, above: RuleValue) -> RuleValue:
    """The answer where the regulation and a text above it both speak: the one that binds more strictly counts, and the
    other is kept beside it. What the regulation leaves open, or only we say, gives way."""
    if own.cases:
        cases = tuple(on_two_levels(rule, case, above) for case in own.cases)
        kinds = {case.kind for case in cases}
        return replace(own, cases=cases, kind="statutory" if "statutory" in kinds else own.kind)
    told = replace(above, when=own.when, remind=own.remind)
    if differ_in_unit(own, told):
        return replace(own, other=told) if _roughly_ours(rule, own, told) else replace(told, other=own)
    if own.kind == "statutory":
        binding = _binding(_compared(rule), own, told)
        if binding == own.value and own.type == told.type:
            return replace(own, other=told)
        told = replace(told, value=binding)
    return replace(told, other=own)


def differ_in_unit(own: RuleValue, above: RuleValue) -> bool:
    """Whether both are periods that the law gives, one in months and the other in working days: which of them binds
    shows only from the day on which a clock begins."""
    lawful = own.kind == above.kind == "statutory"
    return lawful and own.type != above.type and {own.type, above.type} <= set(PERIODS)


def for_a_clock(rule: RuleKey, value: RuleValue, due: Callable[[RuleValue], date | None]) -> RuleValue:
    """The answer that binds one clock: of two periods in different units the one that is due first (or last, where the
    key says so), on the same day the regulation's own."""
    compared, answers = _compared(rule), value.levels
    if value.other is None or not differ_in_unit(value, value.other) or compared not in ("less", "more"):
        return value
    ends = [due(one) or date.max for one in answers]
    bound = answers[ends.index(min(ends) if compared == "less" else max(ends))]
    return value if bound is value else _flipped(value, bound)


def flipped(value: RuleValue) -> RuleValue | None:
    """What a clock may run under in place of this answer: the other level, where the units differ."""
    there = value.other is not None and differ_in_unit(value, value.other)
    return _flipped(value, value.other) if there and value.other else None


def _flipped(value: RuleValue, bound: RuleValue) -> RuleValue:
    return replace(
        bound, other=replace(value, other=None), when=value.when, remind=value.remind, early=value.early,
        effective_from=value.effective_from, effective_until=value.effective_until,
        applies_to_open=value.applies_to_open,
    )  # fmt: skip


def _roughly_ours(rule: RuleKey, own: RuleValue, above: RuleValue) -> bool:
    """Where no clock runs: a month is about thirty days, five working days are a week."""
    ours, theirs = _length(own), _length(above)
    match _compared(rule):
        case "less":
            return ours <= theirs
        case "more":
            return ours >= theirs
    return False


def _length(period: RuleValue) -> int:
    """In hundredths of a day, or thereabouts."""
    return (period.value if isinstance(period.value, int) else 0) * (140 if period.type == "days" else 3044)


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
