"""The rules in force in one jurisdiction: its regulation, with what its administrators have entered laid over it.

A frozen value, made from rows by rulebook.py; it touches no database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from types import MappingProxyType
from typing import Any

from app.deadlines.counting import Conventions
from app.floor.citations import titled
from app.floor.errors import Conflict, Invalid, NotFound
from app.floor.messages import Say, Text, say, visible
from app.rules.conventions import convention_names, convention_of
from app.rules.grounds import Ground
from app.rules.levels import flipped, on_two_levels
from app.rules.pack import (
    FIRST_DAY,
    LAST_DAY,
    PERIODS,
    LadderStep,
    Pack,
    RuleKey,
    RuleValue,
    Superior,
    Unfit,
    in_force_on,
    periods_of,
    value_of,
)


@dataclass(frozen=True)
class Override:
    """What an administrator entered: another internal target or convention, or (`statutory`) the number that this
    copy of the text has lost, or what a superior text says (`above`, with its article and its unit). `key` is a rule
    key, `conventions.<name>` or `grounds.<ground>.<internal|statutory>`."""

    key: str
    value: Any
    statutory: bool
    source: str
    from_on: date
    above: Superior | None = None
    article: tuple[str, ...] = ()
    unit: str = ""
    open_article: tuple[str, ...] = ()
    """The article by which it reaches what had begun before."""


@dataclass(frozen=True)
class CarriedOn:
    """A regulation out of force that is carried on, and the document that says so."""

    until: date
    ground: str
    recorded_by: str


@dataclass(frozen=True)
class RuleBook:
    """`version` names this state for good: a case keeps it, and the same book can be made from it again."""

    pack: Pack
    version: str
    extension: CarriedOn | None = None

    @property
    def jurisdiction(self) -> str:
        return self.pack.jurisdiction

    @property
    def conventions(self) -> Conventions:
        return self.pack.conventions

    @property
    def grounds(self) -> Mapping[str, Ground]:
        return self.pack.grounds

    def periods(self, key: str) -> tuple[RuleValue, ...]:
        """All answers to that key, from the oldest on. Raises NotFound."""
        return periods_of(self.pack.rules, key)

    def value(self, key: str, on: date | None) -> RuleValue:
        """The answer in force on that day, else the first one, marked early. Without a day: the newest."""
        return self.pack.value(key, on)

    def rules_in_force(self, on: date) -> list[dict[str, Any]]:
        """Every rule as plain data for people and programs: value, kind, article, effective days."""
        return [described(self.pack, in_force_on(periods, on)) for _, periods in sorted(self.pack.rules.items())]

    def extended_on(self, on: date) -> CarriedOn | None:
        """The extension that carries the regulation on that day; None while it is in force by itself."""
        ended = self.pack.regulation.until is not None and on > self.pack.regulation.until
        return self.extension if ended and self.extension and on <= self.extension.until else None

    def opens_cases(self, on: date) -> Say | None:
        """None when a case may be opened on that day, else the sentence that refuses it."""
        regulation = self.pack.regulation
        if self.pack.in_force(on) or self.extended_on(on):
            return None
        if regulation.from_on is not None and on < regulation.from_on:
            return say(
                "%(title)s is not in force before %(day)s.",
                title=titled(regulation.title, known=True),
                day=regulation.from_on,
            )
        return say(
            "%(title)s went out of force on %(day)s. An administrator can record the document that carries it on.",
            title=titled(regulation.title, known=True),
            day=regulation.until,
        )


def described(pack: Pack, value: RuleValue) -> dict[str, Any]:
    """One rule as JSON takes it. `kind` is statutory, internal or convention, and never left out."""
    rule = pack.keys[value.key]
    return {
        "key": value.key,
        "title": _both(rule.title),
        "type": value.type,
        "value": value.plain,
        "kind": value.kind,
        "reason": value.reason,
        "article": ", ".join(value.article) or None,
        "note": _both(value.note),
        "source": value.source,
        "effective_from": _iso(value.effective_from),
        "effective_until": _iso(value.effective_until),
        "applies_to_open": value.applies_to_open,
        "early": value.early,
        "superior": _text_above(value.above),
        "levels": [_level(pack, one, one is value) for one in value.levels],
        "cases": [{"when": case.when, **_case(case)} for case in value.cases],
        "steps": _steps(value),
    }


def _case(case: RuleValue) -> dict[str, Any]:
    article = ", ".join(case.article) or None
    told = {"value": case.plain, "kind": case.kind, "reason": case.reason, "article": article}
    return told | {"superior": _text_above(case.above)}


def _level(pack: Pack, one: RuleValue, counts: bool) -> dict[str, Any]:
    """What one of the two levels says, and whether it counts."""
    return {
        "level": "superior" if one.above else "own",
        "regulation": _both(one.above.title if one.above else pack.regulation.title),
        "counts": counts,
        "value": one.plain,
        "unit": one.type if one.type in PERIODS else None,
        "kind": one.kind,
        "reason": one.reason,
        "article": ", ".join(one.article) or None,
        "source": one.source,
    }


def _text_above(text: Superior | None) -> dict[str, Any] | None:
    if text is None:
        return None
    return {"code": text.code, "title": _both(text.title), "document": text.document, "rank": text.rank}


def _steps(value: RuleValue) -> list[dict[str, Any]]:
    steps = value.value if isinstance(value.value, tuple) else ()
    return [
        {"body": step.body, "verb": step.verb, "only_if": step.only_if, "article": ", ".join(step.article) or None}
        for step in steps
        if isinstance(step, LadderStep)
    ]


def _both(text: Text | None) -> dict[str, str] | None:
    return {"zh": text.zh, "en": text.en} if text is not None else None


def _iso(on: date | None) -> str | None:
    return on.isoformat() if on is not None else None


# what administrators enter


def check_override(pack: Pack, entered: Override) -> None:
    """Raises Invalid for a value that the key does not take, NotFound for an unknown key, Conflict where the
    regulation itself gives the value."""
    try:
        _value(pack, entered)
    except Unfit as unfit:
        raise Invalid({"value": [unfit.sentence]}) from unfit
    if not FIRST_DAY <= entered.from_on <= LAST_DAY:
        raise Invalid({"from_on": [say("A day between %(first)s and %(last)s.", first=FIRST_DAY, last=LAST_DAY)]})
    if entered.key not in pack.rules or entered.above is not None:
        return
    covered = in_force_on(pack.rules[entered.key], entered.from_on)
    if covered.kind == "statutory":
        article = ", ".join(covered.article)
        raise Conflict(say("The regulation itself gives this value (Art. %(article)s).", article=article), "statutory")
    if entered.statutory and covered.reason != "blank":
        raise Conflict(
            say("Only a number that this copy of the text has lost can be entered as statutory."), "not-blank"
        )
    if entered.statutory and not visible(entered.source):
        raise Invalid({"source": [say("Name the published text that this number stands in.")]})


def _value(pack: Pack, entered: Override) -> Any:
    """What was entered as a value of its key, convention or pause ground. Raises Unfit, and NotFound for an unknown
    key."""
    key, given = entered.key, entered.value
    section, _, name = key.partition(".")
    if entered.above is not None:
        periods_of(pack.rules, key)
        return value_of(replace(pack.keys[key], type=entered.unit or pack.keys[key].type), given)
    if section == "conventions" and name in convention_names():
        return convention_of(name, given)
    if section == "grounds":
        ground, _, switch = name.rpartition(".")
        if ground in pack.grounds and switch in ("internal", "statutory"):
            return value_of(RuleKey(key, "switch", Text("", "")), given)
    periods_of(pack.rules, key)
    return value_of(pack.keys[key], given)


def overlaid(pack: Pack, overrides: Sequence[Override]) -> Pack:
    """The pack with the overrides laid over it, in the order in which they were entered. What the regulation itself
    says is never covered; what the pack no longer knows, or would no longer take, is left out."""
    usable = [entered for entered in overrides if _usable(pack, entered)]
    conventions: dict[str, Any] = {}
    grounds, rules = dict(pack.grounds), dict(pack.rules)
    for entered in usable:
        section, _, name = entered.key.partition(".")
        if entered.key in rules:
            rules[entered.key] = _laid_over(pack, entered.key, [one for one in usable if one.key == entered.key])
        elif section == "conventions":
            conventions[name] = convention_of(name, entered.value)
        else:
            ground, _, switch = name.rpartition(".")
            grounds[ground] = replace(grounds[ground], **{switch: entered.value})
    return replace(
        pack,
        conventions=replace(pack.conventions, **conventions),
        grounds=MappingProxyType(grounds),
        rules=MappingProxyType(rules),
    )


def _usable(pack: Pack, entered: Override) -> bool:
    try:
        _value(pack, entered)
    except (Unfit, NotFound):
        return False
    return True


def _laid_over(pack: Pack, key: str, overrides: Sequence[Override]) -> tuple[RuleValue, ...]:
    """The periods of one key: first what was entered for the regulation's own level, then what stands above it."""
    own = [entered for entered in overrides if entered.above is None]
    above = [entered for entered in overrides if entered.above is not None]
    periods = _cut(pack.rules[key], own, lambda period, start: _piece(pack, period, own, start))
    return _cut(periods, above, lambda period, start: _piece_above(pack, period, above, start)) if above else periods


def _cut(
    periods: tuple[RuleValue, ...],
    overrides: Sequence[Override],
    piece_of: Callable[[RuleValue, date | None], RuleValue],
) -> tuple[RuleValue, ...]:
    """The periods, cut where an override begins."""
    begins = periods[0].effective_from
    cuts = {p.effective_from for p in periods[1:]} | {entered.from_on for entered in overrides}
    later = sorted(cut for cut in cuts if cut is not None and (begins is None or cut > begins))
    pieces: list[RuleValue] = []
    for start in [begins, *later]:
        piece = piece_of(in_force_on(periods, start or date.min), start)
        if not pieces or replace(piece, effective_from=pieces[-1].effective_from) != pieces[-1]:
            pieces.append(piece)
    ends = [after.effective_from and after.effective_from - timedelta(days=1) for after in pieces[1:]]
    return tuple(replace(piece, effective_until=end) for piece, end in zip(pieces, [*ends, None], strict=True))


def _piece(pack: Pack, period: RuleValue, overrides: Sequence[Override], start: date | None) -> RuleValue:
    """The answer from `start` on. Of the overrides that have begun, the one with the latest first day counts, and of
    those the last entered."""
    bare = replace(period, early=False, effective_from=start, effective_until=None)
    begun = [one for one in overrides if start is not None and one.from_on <= start and _covers(one, period)]
    if not begun:
        return bare
    entered = sorted(begun, key=lambda one: one.from_on)[-1]
    return replace(
        bare,
        value=value_of(pack.keys[period.key], entered.value),
        kind="statutory" if entered.statutory else period.kind,
        reason=None if entered.statutory else period.reason,
        source=entered.source or None,
        cases=(),
    )


def _piece_above(pack: Pack, own: RuleValue, above: Sequence[Override], start: date | None) -> RuleValue:
    """The answer of both levels from `start` on."""
    own = replace(own, early=False, effective_from=start, effective_until=None)
    begun = [one for one in above if start is not None and one.from_on <= start]
    if not begun:
        return own
    entered = sorted(begun, key=lambda one: one.from_on)[-1]
    rule = pack.keys[own.key]
    told = RuleValue(
        own.key,
        entered.unit or rule.type,
        "statutory",
        value=_value(pack, entered),
        article=entered.article,
        source=entered.source,
        effective_from=entered.from_on,
        above=entered.above,
    )
    counts = on_two_levels(rule, own, told)
    by_superior = counts.above is not None or any(case.above for case in counts.cases)
    each = counts.cases or (counts,)
    by_clock = any(flipped(one) is not None for one in each)
    reaches = bool(entered.open_article) if by_superior or by_clock else own.applies_to_open
    return replace(counts, effective_from=start, applies_to_open=reaches)


def _covers(entered: Override, period: RuleValue) -> bool:
    return period.reason == "blank" if entered.statutory else period.kind != "statutory"
