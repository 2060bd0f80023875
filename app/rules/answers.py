"""Reads what a pack answers to one key: its periods, its cases, its value with kind and source, and its ladder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

from app.floor.messages import NO_NUMBER, say
from app.floor.yaml_nodes import YamlNode
from app.floor.yaml_reader import join
from app.rules.pack import (
    BUREAU,
    CLOCKS,
    KINDS,
    PERIODS,
    VERBS,
    Kind,
    LadderStep,
    RuleKey,
    RuleValue,
    Unfit,
    Value,
    value_of,
)
from app.rules.value_reader import PackReader

_STATED = "statutory internal convention reason article law note remind"
LONGEST_LAW = 200
_SPEAKS_OF_IT = ("blank", "promptly")
"""The reasons under which an article does speak of the period, so that it can be named."""


class Answers:
    """The answers of one file. `bodies` may stand in its ladders; `begins` is the first day of its regulation."""

    def __init__(self, reading: PackReader, bodies: Iterable[str], begins: date | None):
        self.reading, self.bodies, self.begins = reading, [BUREAU, *bodies], begins

    def periods(self, node: YamlNode, rule: RuleKey) -> tuple[RuleValue, ...]:
        """The answers to one key from the oldest on; each lasts until the day before the next begins."""
        r, path = self.reading, f"rules.{rule.key}"
        read = [(self._entry(part, rule, path), part) for part in r.items(node, path)]
        if not read:
            if isinstance(node.value, list):
                r.fault(node, path, say("has no answer"))
            return ()
        read.sort(key=lambda pair: pair[0].effective_from or date.min)
        for (earlier, _), (later, part) in pairwise(read):
            self._check_order(earlier, later, part, path)
        last, part = read[-1]
        if last.effective_until is not None:
            r.fault(
                part,
                join(path, "until"),
                say("no answer follows; what ends with the regulation needs no end of its own"),
            )
        values = [value for value, _ in read]
        ends = [value.effective_from and value.effective_from - timedelta(days=1) for value in values[1:]]
        return tuple(replace(value, effective_until=end) for value, end in zip(values, [*ends, None], strict=True))

    def _check_order(self, earlier: RuleValue, later: RuleValue, node: YamlNode, path: str) -> None:
        begins, ends = later.effective_from, earlier.effective_until
        if begins is None or begins == earlier.effective_from:
            self.reading.fault(node, join(path, "from"), say("overlaps: another answer begins on the same day"))
        elif ends is not None and ends >= begins:
            self.reading.fault(
                node, join(path, "from"), say("overlaps: the answer before lasts until %(ends)s", ends=ends)
            )
        elif ends is not None and ends + timedelta(days=1) < begins:
            self.reading.fault(
                node, join(path, "from"), say("leaves a gap: the answer before lasts until %(ends)s", ends=ends)
            )

    def _entry(self, node: YamlNode, rule: RuleKey, path: str) -> RuleValue:
        r = self.reading
        parts = r.section(node, path, allowed=f"{_STATED} from until applies_to_open cases")
        if "cases" in parts:
            value = self._conditional(parts, rule, path)
        else:
            value = self._stated(node, parts, rule, path)
        value = replace(
            value,
            effective_from=r.day(parts.get("from"), join(path, "from")) or self.begins,
            effective_until=r.day(parts.get("until"), join(path, "until")),
            applies_to_open=r.flag(parts.get("applies_to_open"), join(path, "applies_to_open")),
        )
        if value.applies_to_open and not value.article:
            r.fault(node, join(path, "article"), say("is missing: applies_to_open needs the article that says so"))
        return value

    def _conditional(self, parts: dict[str, YamlNode], rule: RuleKey, path: str) -> RuleValue:
        """A value that depends on the resource and the application. It counts as statutory if one of its cases is."""
        r, read = self.reading, list[RuleValue]()
        for name in [name for name in parts if name in _STATED.split() and name != "article"]:
            r.fault(parts[name], join(path, name), say("stands beside cases; write it into each case"))
        nodes = r.items(parts["cases"], join(path, "cases"))
        for node in nodes:
            case = r.section(node, path, allowed=f"when {_STATED}")
            when = r.expression(case.get("when"), join(path, "when"))
            read.append(replace(self._stated(node, case, rule, path), when=when))
        for node, value in zip(nodes[:-1], read[:-1], strict=True):
            if value.when is None:
                r.fault(node, join(path, "when"), say("is missing: only the last case goes without a condition"))
        if not read or read[-1].when is not None:
            r.fault(
                nodes[-1] if nodes else parts["cases"], join(path, "cases"), say("the last case must have no condition")
            )
        kinds = {value.kind for value in read}
        kind: Kind = "statutory" if "statutory" in kinds else read[-1].kind if read else "convention"
        article = r.article(parts.get("article"), join(path, "article"))
        articles = article or tuple(dict.fromkeys(one for value in read for one in value.article))
        return RuleValue(rule.key, rule.type, kind, article=articles, cases=tuple(read))

    def _stated(self, node: YamlNode, parts: dict[str, YamlNode], rule: RuleKey, path: str) -> RuleValue:
        """One value with its kind and its source."""
        r = self.reading
        kinds = [kind for kind in KINDS if kind in parts]
        if len(kinds) != 1:
            r.fault(node, path, say("needs exactly one of %(kinds)s", kinds=", ".join(KINDS)))
        kind = kinds[0] if kinds else "convention"
        value = RuleValue(
            rule.key,
            rule.type,
            kind,
            value=self._value(parts[kind], rule, join(path, kind)) if kinds else None,
            reason=r.one_of(parts["reason"], join(path, "reason"), NO_NUMBER) if "reason" in parts else None,
            article=r.article(parts.get("article"), join(path, "article")),
            law=r.string(parts["law"], join(path, "law")) if "law" in parts else None,
            note=r.note(parts.get("note"), join(path, "note")),
            remind=r.number(parts.get("remind"), join(path, "remind"), 0, 99),
        )
        if kinds:
            self._check_source(node, value, path)
        return value

    def _check_source(self, node: YamlNode, value: RuleValue, path: str) -> None:
        """A statutory value names its article; a period without a number says why it has none."""
        r, period = self.reading, value.type in PERIODS
        if value.kind == "statutory" and not value.article:
            r.fault(node, join(path, "article"), say("is missing: a statutory value names its article"))
        if value.kind == "statutory" and value.reason:
            r.fault(
                node, join(path, "reason"), say("where the law gives no number, the value is internal, never statutory")
            )
        if value.kind == "convention" and period:
            r.fault(node, join(path, "convention"), say("a period is statutory, or internal with a reason"))
        if value.kind == "internal" and not period:
            r.fault(node, join(path, "internal"), say("only a period has an internal target; this is a convention"))
        if value.kind == "internal" and period and value.reason is None:
            r.fault(
                node,
                join(path, "reason"),
                say("is missing: why does the law give no number? %(reasons)s", reasons=", ".join(NO_NUMBER)),
            )
        if value.kind != "internal" and value.reason and not period:
            r.fault(node, join(path, "reason"), say("belongs to a period without a number"))
        if value.reason in _SPEAKS_OF_IT and not value.article:
            r.fault(node, join(path, "article"), say("is missing: which article is %(reason)s?", reason=value.reason))
        if value.law is not None and (value.kind != "statutory" or not 2 <= len(value.law) <= LONGEST_LAW):
            r.fault(node, join(path, "law"), say("names the other act that states the number, in 2 to 200 characters"))
        if value.remind is not None and value.type not in CLOCKS:
            r.fault(node, join(path, "remind"), say("only a period or an ordered date is reminded of"))

    def _value(self, node: YamlNode, rule: RuleKey, path: str) -> Value:
        if rule.type == "ladder":
            return self._ladder(node, path)
        try:
            return value_of(rule, self.reading.plain(node, path))
        except Unfit as unfit:
            self.reading.fault(node, path, unfit.sentence)
            return None

    def _ladder(self, node: YamlNode, path: str) -> tuple[LadderStep, ...]:
        r, steps = self.reading, list[LadderStep]()
        for part in r.items(node, path):
            step = r.section(part, path, "body verb", "only_if article note")
            steps.append(
                LadderStep(
                    body=r.one_of(step.get("body"), join(path, "body"), self.bodies),
                    verb=r.one_of(step.get("verb"), join(path, "verb"), VERBS),
                    only_if=r.expression(step.get("only_if"), join(path, "only_if")),
                    article=r.article(step.get("article"), join(path, "article")),
                    note=r.note(step.get("note"), join(path, "note")),
                )
            )
        if not steps and isinstance(node.value, list):
            r.fault(node, path, say("a ladder needs at least one body"))
        return tuple(steps)
