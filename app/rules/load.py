"""Reads a rule pack strictly: every fault with file, line and key, all at once; nothing of a faulty file is taken.

The keys that a pack must answer are not listed here: the procedures declare them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, time, timedelta
from itertools import pairwise
from types import MappingProxyType
from typing import Any, get_args, get_type_hints

from app.deadlines.count import Conventions
from app.errors import Place, RulePackError
from app.rules.located import Node, read_yaml
from app.rules.pack import (
    BUREAU,
    KINDS,
    PERIODS,
    VERBS,
    Body,
    Declared,
    Further,
    Ground,
    Kind,
    LadderStep,
    Pack,
    Regulation,
    RuleKey,
    RuleValue,
    Slip,
    Unfit,
    Value,
    value_of,
)
from app.rules.reading import CheckExpression, Reading, did_you_mean, join, plain
from app.words import LEVELS, NO_NUMBER

JURISDICTION, NUMBER_CODE, DEPARTMENT = "[a-z][a-z0-9_]{1,29}", "[A-Z]{2,4}", "[a-z][a-z0-9_]{1,39}"
SPEAKS_OF_IT = ("blank", "promptly")
"""The reasons under which an article does speak of the period, so that it can be named."""
_SECTIONS = "jurisdiction title number_code level regulation bureau procedures rules"
_STATED = "statutory internal convention reason article note remind"
_SECTIONS_LEFT_OUT = "bodies conventions grounds further slips"


def load_pack(text: str, file: str, declared: Declared, check_expression: CheckExpression) -> Pack:
    """The pack, or RulePackError with every fault. `check_expression` gives the faults of a condition."""
    pack, places = _read(text, file, declared, check_expression)
    if places:
        raise RulePackError(places)
    assert pack is not None  # without faults there is a pack
    return pack


def check_pack(text: str, file: str, declared: Declared, check_expression: CheckExpression) -> list[Place]:
    """Every fault of the file, in the order of its lines."""
    return _read(text, file, declared, check_expression)[1]


def _read(
    text: str, file: str, declared: Declared, check_expression: CheckExpression
) -> tuple[Pack | None, list[Place]]:
    root, places = read_yaml(text, file)
    if root is None:
        return None, places
    reader = _PackReader(file, declared, check_expression)
    pack = reader.pack(root, hashlib.sha256(text.encode()).hexdigest())
    return pack, sorted([*places, *reader.reading.places], key=lambda place: place.line)


class _PackReader:
    """Reads one file, section by section. `known` are all keys that any diagram declares."""

    def __init__(self, file: str, declared: Declared, check_expression: CheckExpression):
        self.reading = Reading(file, check_expression)
        self.declared = declared
        self.known: dict[str, RuleKey] = {}
        self.bodies: dict[str, Body] = {}
        self.level = LEVELS[0]
        self.begins: date | None = None

    def pack(self, root: Node, digest: str) -> Pack:
        r = self.reading
        top = r.section(root, "", _SECTIONS, _SECTIONS_LEFT_OUT)
        self._collect_keys(top.get("rules"))
        self.level = r.one_of(top.get("level"), "level", LEVELS)
        regulation = self._regulation(top.get("regulation"))
        self.begins = regulation.from_on
        bodies = r.entries(top.get("bodies"), "bodies")
        self.bodies = {code: self._body(node, f"bodies.{code}", code) for code, node in bodies.items()}
        grounds = r.entries(top.get("grounds"), "grounds")
        further = r.entries(top.get("further"), "further")
        procedures = self._procedures(top.get("procedures"))
        return Pack(
            jurisdiction=r.code(top.get("jurisdiction"), "jurisdiction", JURISDICTION),
            title=r.both(top.get("title"), "title"),
            number_code=r.code(top.get("number_code"), "number_code", NUMBER_CODE),
            level=self.level,
            regulation=regulation,
            bureau=self._body(top.get("bureau"), "bureau", None),
            bodies=MappingProxyType(self.bodies),
            conventions=self._conventions(top.get("conventions")),
            grounds=MappingProxyType({key: self._ground(node, key) for key, node in grounds.items()}),
            procedures=MappingProxyType(procedures),
            rules=MappingProxyType(self._rules(top.get("rules"), procedures)),
            further=MappingProxyType({key: self._further(node, key) for key, node in further.items()}),
            slips=tuple(self._slip(node) for node in r.items(top.get("slips"), "slips")),
            keys=MappingProxyType(self.known),
            hash=digest,
        )

    # what the regulation is

    def _regulation(self, node: Node | None) -> Regulation:
        r = self.reading
        parts = r.section(node, "regulation", "title in_force", "document note")
        path = "regulation.in_force"
        force = r.section(parts.get("in_force"), path, "from article", "until reason note")
        begins, ends = r.day(force.get("from"), f"{path}.from"), r.day(force.get("until"), f"{path}.until")
        if begins and ends and ends < begins:
            r.fault(force["until"], f"{path}.until", "lies before the first day")
        if "from" in force and begins is None and "reason" not in force:
            r.fault(force["from"], f"{path}.from", f"has no date: a reason is needed ({', '.join(NO_NUMBER)})")
        return Regulation(
            title=r.both(parts.get("title"), "regulation.title"),
            from_on=begins,
            until=ends,
            article=r.article(force.get("article"), f"{path}.article"),
            reason=r.one_of(force["reason"], f"{path}.reason", NO_NUMBER) if "reason" in force else None,
            document=r.words(parts["document"], "regulation.document") if "document" in parts else None,
            note=r.note(force.get("note") or parts.get("note"), "regulation.note"),
        )

    def _body(self, node: Node | None, path: str, code: str | None) -> Body:
        r = self.reading
        needed = "title" if code else "title department"
        parts = r.section(node, path, needed, "department level article note")
        level = r.one_of(parts["level"], f"{path}.level", LEVELS) if "level" in parts else self.level
        if code == BUREAU:
            r.fault(node, path, "the bureau has a section of its own")
        return Body(
            department=r.code(parts["department"], f"{path}.department", DEPARTMENT)
            if "department" in parts
            else code or "",
            title=r.both(parts.get("title"), f"{path}.title"),
            level=level,
            article=r.article(parts.get("article"), f"{path}.article"),
            note=r.note(parts.get("note"), f"{path}.note"),
        )

    def _conventions(self, node: Node | None) -> Conventions:
        """Names, choices and defaults are those of the counting rules themselves."""
        r, hints = self.reading, get_type_hints(Conventions)
        given: dict[str, Any] = {}
        for name, part in r.section(node, "conventions", allowed=" ".join(hints)).items():
            path = f"conventions.{name}"
            if name == "office_hours":
                given[name] = self._hours(part, path)
            elif hints[name] is int:
                given[name] = r.number(part, path, 0, 99)
            else:
                given[name] = r.one_of(part, path, get_args(hints[name]))
        return Conventions(**given)

    def _hours(self, node: Node, path: str) -> tuple[time, time]:
        texts = [str(part.value) for part in self.reading.items(node, path)]
        try:
            opens, closes = map(time.fromisoformat, texts)
        except ValueError:
            opens = closes = time()
        if opens >= closes:
            self.reading.fault(node, path, 'two times are needed, such as ["08:30", "17:30"]')
        return opens, closes

    def _ground(self, node: Node, key: str) -> Ground:
        r, path = self.reading, f"grounds.{key}"
        parts = r.section(node, path, "title internal statutory kind", "article note")
        ground = Ground(
            key=key,
            title=r.both(parts.get("title"), f"{path}.title"),
            internal=r.flag(parts.get("internal"), f"{path}.internal"),
            statutory=r.flag(parts.get("statutory"), f"{path}.statutory"),
            kind=self._kind(parts.get("kind"), f"{path}.kind"),
            article=r.article(parts.get("article"), f"{path}.article"),
            note=r.note(parts.get("note"), f"{path}.note"),
        )
        if ground.kind == "statutory" and not ground.article:
            r.fault(node, f"{path}.article", "is missing: a statutory ground names its article")
        return ground

    def _kind(self, node: Node | None, path: str) -> Kind:
        name = self.reading.one_of(node, path, KINDS)
        return next((kind for kind in KINDS if kind == name), "convention")

    def _further(self, node: Node, key: str) -> Further:
        r, path = self.reading, f"further.{key}"
        parts = r.section(node, path, "value", "kind reason article note")
        kind = self._kind(parts["kind"], f"{path}.kind") if "kind" in parts else None
        value = plain(parts["value"]) if "value" in parts else None
        further = Further(
            key=key,
            value=value,
            kind=kind,
            reason=r.one_of(parts["reason"], f"{path}.reason", NO_NUMBER) if "reason" in parts else None,
            article=r.article(parts.get("article"), f"{path}.article"),
            note=r.note(parts.get("note"), f"{path}.note"),
        )
        if value is None and further.reason is None:
            r.fault(node, f"{path}.reason", f"is missing: without a value, say why ({', '.join(NO_NUMBER)})")
        if value is not None and kind is None:
            r.fault(node, f"{path}.kind", f"is missing: a value is one of {', '.join(KINDS)}")
        if kind == "statutory" and not further.article:
            r.fault(node, f"{path}.article", "is missing: a statutory value names its article")
        return further

    def _slip(self, node: Node) -> Slip:
        parts = self.reading.section(node, "slips", "article note")
        article = self.reading.article(parts.get("article"), "slips.article")
        return Slip(article, self.reading.both(parts.get("note"), "slips.note"))

    # which keys there are, and which must be answered

    def _collect_keys(self, rules: Node | None) -> None:
        for keys in self.declared.values():
            for key, rule in keys.items():
                other = self.known.setdefault(key, rule)
                if (other.type, other.of) != (rule.type, rule.of):
                    self.reading.fault(rules, key, f"two procedures declare it differently ({other.type}, {rule.type})")

    def _procedures(self, node: Node | None) -> dict[str, str]:
        offered: dict[str, str] = {}
        for name, part in self.reading.entries(node, "procedures").items():
            path = f"procedures.{name}"
            offered[name] = self.reading.words(part, path)
            if offered[name] not in self.declared:
                hint = did_you_mean(offered[name], self.declared)
                self.reading.fault(part, path, f"there is no diagram {offered[name][:60]!r}{hint}")
        return offered

    def _rules(self, node: Node | None, procedures: Mapping[str, str]) -> dict[str, tuple[RuleValue, ...]]:
        r, found = self.reading, dict[str, tuple[RuleValue, ...]]()
        entries = r.entries(node, "rules")
        for key, part in entries.items():
            if key in self.known:
                found[key] = self._periods(part, self.known[key])
            else:
                hint = did_you_mean(key, set(self.known) - set(entries))
                r.fault(part, key, f"no procedure declares this key{hint}")
        for name, process in procedures.items():
            for key in self.declared.get(process, {}):
                if key not in entries:
                    r.fault(node, key, f"has no answer; the procedure {name} needs one")
        return found

    # one key

    def _periods(self, node: Node, rule: RuleKey) -> tuple[RuleValue, ...]:
        """The answers to one key from the oldest on; each lasts until the day before the next begins."""
        r, path = self.reading, f"rules.{rule.key}"
        read = [(self._entry(part, rule, path), part) for part in r.items(node, path)]
        if not read:
            if isinstance(node.value, list):
                r.fault(node, path, "has no answer")
            return ()
        read.sort(key=lambda pair: pair[0].effective_from or date.min)
        for (earlier, _), (later, part) in pairwise(read):
            self._check_order(earlier, later, part, path)
        last, part = read[-1]
        if last.effective_until is not None:
            r.fault(
                part, join(path, "until"), "no answer follows; what ends with the regulation needs no end of its own"
            )
        values = [value for value, _ in read]
        ends = [value.effective_from and value.effective_from - timedelta(days=1) for value in values[1:]]
        return tuple(replace(value, effective_until=end) for value, end in zip(values, [*ends, None], strict=True))

    def _check_order(self, earlier: RuleValue, later: RuleValue, node: Node, path: str) -> None:
        begins, ends = later.effective_from, earlier.effective_until
        if begins is None or begins == earlier.effective_from:
            self.reading.fault(node, join(path, "from"), "overlaps: another answer begins on the same day")
        elif ends is not None and ends >= begins:
            self.reading.fault(node, join(path, "from"), f"overlaps: the answer before lasts until {ends}")
        elif ends is not None and ends + timedelta(days=1) < begins:
            self.reading.fault(node, join(path, "from"), f"leaves a gap: the answer before lasts until {ends}")

    def _entry(self, node: Node, rule: RuleKey, path: str) -> RuleValue:
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
            r.fault(node, join(path, "article"), "is missing: applies_to_open needs the article that says so")
        return value

    def _conditional(self, parts: dict[str, Node], rule: RuleKey, path: str) -> RuleValue:
        """A value that depends on the resource and the application. It counts as statutory if one of its cases is."""
        r, read = self.reading, list[RuleValue]()
        for name in [name for name in parts if name in _STATED.split() and name != "article"]:
            r.fault(parts[name], join(path, name), "stands beside cases; write it into each case")
        nodes = r.items(parts["cases"], join(path, "cases"))
        for node in nodes:
            case = r.section(node, path, allowed=f"when {_STATED}")
            when = r.expression(case.get("when"), join(path, "when"))
            read.append(replace(self._stated(node, case, rule, path), when=when))
        for node, value in zip(nodes[:-1], read[:-1], strict=True):
            if value.when is None:
                r.fault(node, join(path, "when"), "is missing: only the last case goes without a condition")
        if not read or read[-1].when is not None:
            r.fault(nodes[-1] if nodes else parts["cases"], join(path, "cases"), "the last case must have no condition")
        kinds = {value.kind for value in read}
        kind: Kind = "statutory" if "statutory" in kinds else read[-1].kind if read else "convention"
        article = r.article(parts.get("article"), join(path, "article"))
        articles = article or tuple(dict.fromkeys(one for value in read for one in value.article))
        return RuleValue(rule.key, rule.type, kind, article=articles, cases=tuple(read))

    def _stated(self, node: Node, parts: dict[str, Node], rule: RuleKey, path: str) -> RuleValue:
        """One value with its kind and its source."""
        r = self.reading
        kinds = [kind for kind in KINDS if kind in parts]
        if len(kinds) != 1:
            r.fault(node, path, f"needs exactly one of {', '.join(KINDS)}")
        kind = kinds[0] if kinds else "convention"
        value = RuleValue(
            rule.key,
            rule.type,
            kind,
            value=self._value(parts[kind], rule, join(path, kind)) if kinds else None,
            reason=r.one_of(parts["reason"], join(path, "reason"), NO_NUMBER) if "reason" in parts else None,
            article=r.article(parts.get("article"), join(path, "article")),
            note=r.note(parts.get("note"), join(path, "note")),
            remind=r.number(parts.get("remind"), join(path, "remind"), 0, 99),
        )
        if kinds:
            self._check_source(node, value, path)
        return value

    def _check_source(self, node: Node, value: RuleValue, path: str) -> None:
        """A statutory value names its article; a period without a number says why it has none."""
        r, period = self.reading, value.type in PERIODS
        if value.kind == "statutory" and not value.article:
            r.fault(node, join(path, "article"), "is missing: a statutory value names its article")
        if value.kind == "statutory" and value.reason:
            r.fault(node, join(path, "reason"), "where the law gives no number, the value is internal, never statutory")
        if value.kind == "convention" and period:
            r.fault(node, join(path, "convention"), "a period is statutory, or internal with a reason")
        if value.kind == "internal" and not period:
            r.fault(node, join(path, "internal"), "only a period has an internal target; this is a convention")
        if value.kind == "internal" and period and value.reason is None:
            r.fault(node, join(path, "reason"), f"is missing: why does the law give no number? {', '.join(NO_NUMBER)}")
        if value.kind != "internal" and value.reason and not period:
            r.fault(node, join(path, "reason"), "belongs to a period without a number")
        if value.reason in SPEAKS_OF_IT and not value.article:
            r.fault(node, join(path, "article"), f"is missing: which article is {value.reason}?")
        if value.remind is not None and not period:
            r.fault(node, join(path, "remind"), "only a period is reminded of")

    def _value(self, node: Node, rule: RuleKey, path: str) -> Value:
        if rule.type == "ladder":
            return self._ladder(node, path)
        try:
            return value_of(rule, plain(node))
        except Unfit as unfit:
            self.reading.fault(node, path, str(unfit))
            return None

    def _ladder(self, node: Node, path: str) -> tuple[LadderStep, ...]:
        r, steps = self.reading, list[LadderStep]()
        bodies = [BUREAU, *self.bodies]
        for part in r.items(node, path):
            step = r.section(part, path, "body verb", "only_if article note")
            steps.append(
                LadderStep(
                    body=r.one_of(step.get("body"), join(path, "body"), bodies),
                    verb=r.one_of(step.get("verb"), join(path, "verb"), VERBS),
                    only_if=r.expression(step.get("only_if"), join(path, "only_if")),
                    article=r.article(step.get("article"), join(path, "article")),
                    note=r.note(step.get("note"), join(path, "note")),
                )
            )
        if not steps and isinstance(node.value, list):
            r.fault(node, path, "a ladder needs at least one body")
        return tuple(steps)
