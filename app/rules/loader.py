"""Reads a rule pack strictly: every fault with file, line and key, all at once; nothing of a faulty file is taken.

The keys that a pack must answer are not listed here: the procedures declare them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from app.deadlines.counting import Conventions
from app.floor.errors import Place, RulePackError
from app.floor.messages import LEVELS, NO_NUMBER, Text, say
from app.floor.yaml_nodes import YamlNode
from app.floor.yaml_reader import did_you_mean
from app.rules.answers import Answers
from app.rules.conventions import convention_names, convention_of
from app.rules.grounds import Ground, GroundOf
from app.rules.own_rules import OwnRules
from app.rules.pack import (
    BUREAU,
    KINDS,
    LOCAL_AUTHORITY,
    PERIODS,
    RANKS,
    Body,
    Declared,
    Further,
    Kind,
    Pack,
    Regulation,
    RuleKey,
    RuleValue,
    Slip,
    Unfit,
)
from app.rules.terms import OWN, in_terms, terms_of
from app.rules.value_reader import CheckExpression, PackReader

JURISDICTION, NUMBER_CODE, DEPARTMENT = "[a-z][a-z0-9_]{1,29}", "[A-Z]{2,4}", "[a-z][a-z0-9_]{1,39}"
AREA = r"[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){0,3}"
AWAITS_LOCAL = Text(
    "少数民族习惯的节日，由地方人民政府规定放假日期（《全国年节及纪念日放假办法》第四条）。",
    "Days off for the customary festivals of ethnic minorities are fixed by the local government "
    "(Measures on Public Holidays, Art. 4).",
)
_SECTIONS = "jurisdiction title number_code level regulation bureau procedures rules"
_SECTIONS_LEFT_OUT = "bodies authorities calendar conventions grounds further own_rules slips superior words"


def load_pack(
    text: str,
    file: str,
    declared: Declared,
    check_expression: CheckExpression,
    superiors: Collection[str] | None = None,
) -> Pack:
    """The pack, or RulePackError with every fault. `check_expression` gives the faults of a condition."""
    pack, places = _read(text, file, declared, check_expression, superiors)
    if places:
        raise RulePackError(places)
    assert pack is not None  # without faults there is a pack
    return pack


def check_pack(
    text: str,
    file: str,
    declared: Declared,
    check_expression: CheckExpression,
    superiors: Collection[str] | None = None,
) -> list[Place]:
    """Every fault of the file, in the order of its lines. `superiors`: the texts above that are known."""
    return _read(text, file, declared, check_expression, superiors)[1]


def _read(
    text: str,
    file: str,
    declared: Declared,
    check_expression: CheckExpression,
    superiors: Collection[str] | None,
) -> tuple[Pack | None, list[Place]]:
    reader = _PackReader(file, declared, check_expression, superiors)
    root = reader.reading.root(text)
    pack = reader.pack(root, hashlib.sha256(text.encode()).hexdigest()) if root is not None else None
    return pack, reader.reading.found()


class _PackReader:
    """Reads one file, section by section. `known` are all keys that any diagram declares."""

    def __init__(
        self,
        file: str,
        declared: Declared,
        check_expression: CheckExpression,
        superiors: Collection[str] | None,
    ):
        self.reading = PackReader(file, check_expression)
        self.superiors = superiors
        self.declared = declared
        self.known: dict[str, RuleKey] = {}
        self.bodies: dict[str, Body] = {}
        self.level = LEVELS[0]
        self.begins: date | None = None

    def pack(self, root: YamlNode, digest: str) -> Pack:
        r = self.reading
        top = r.section(root, "", _SECTIONS, _SECTIONS_LEFT_OUT)
        self._collect_keys(top.get("rules"))
        self.level = r.one_of(top.get("level"), "level", LEVELS)
        regulation = self._regulation(top.get("regulation"))
        self.begins = regulation.from_on
        bodies = r.entries(top.get("bodies"), "bodies")
        self.bodies = {code: self._body(node, f"bodies.{code}", code) for code, node in bodies.items()}
        authorities = r.items(top.get("authorities"), "authorities")
        grounds = r.entries(top.get("grounds"), "grounds")
        further = r.entries(top.get("further"), "further")
        procedures = self._procedures(top.get("procedures"))
        terms = terms_of(self._words(top.get("words")), regulation.rank)
        return Pack(
            jurisdiction=r.code(top.get("jurisdiction"), "jurisdiction", JURISDICTION),
            title=r.both(top.get("title"), "title"),
            number_code=r.code(top.get("number_code"), "number_code", NUMBER_CODE),
            level=self.level,
            regulation=regulation,
            bureau=self._body(top.get("bureau"), "bureau", None),
            bodies=MappingProxyType(self.bodies),
            authorities=tuple(self._authority(node) for node in authorities),
            conventions=self._conventions(top.get("conventions")),
            grounds=MappingProxyType({key: self._ground(node, key) for key, node in grounds.items()}),
            procedures=MappingProxyType(procedures),
            rules=MappingProxyType(self._rules(top.get("rules"), procedures)),
            further=MappingProxyType({key: self._further(node, key) for key, node in further.items()}),
            slips=tuple(self._slip(node) for node in r.items(top.get("slips"), "slips")),
            keys=MappingProxyType(in_terms(self.known, terms)),
            terms=terms,
            hash=digest,
            awaits_local=self._awaits_local(top.get("calendar")),
            superior=self._superior(top["superior"]) if "superior" in top else None,
            own_rules=self._own_rules(top["own_rules"]) if "own_rules" in top else None,
        )

    # what the regulation is

    def _superior(self, node: YamlNode) -> tuple[str, ...]:
        """The texts that stand above it. One that nobody has loaded binds nobody, and would go unseen."""
        r = self.reading
        for part in r.items(node, "superior"):
            code = r.string(part, "superior")
            if code is not None and self.superiors is not None and code not in self.superiors:
                hint = did_you_mean(code, self.superiors)
                r.fault(
                    part, "superior", say("there is no superior text %(code)s%(hint)s", code=repr(code[:60]), hint=hint)
                )
        return r.strings(node, "superior")

    def _regulation(self, node: YamlNode | None) -> Regulation:
        r = self.reading
        parts = r.section(node, "regulation", "title in_force", "document note rank")
        path = "regulation.in_force"
        force = r.section(parts.get("in_force"), path, "from article", "until reason note")
        begins, ends = r.day(force.get("from"), f"{path}.from"), r.day(force.get("until"), f"{path}.until")
        if begins and ends and ends < begins:
            r.fault(force["until"], f"{path}.until", say("lies before the first day"))
        if "from" in force and begins is None and "reason" not in force:
            r.fault(
                force["from"],
                f"{path}.from",
                say("has no date: a reason is needed (%(reasons)s)", reasons=", ".join(NO_NUMBER)),
            )
        return Regulation(
            title=r.both(parts.get("title"), "regulation.title"),
            from_on=begins,
            until=ends,
            article=r.article(force.get("article"), f"{path}.article"),
            reason=r.one_of(force["reason"], f"{path}.reason", NO_NUMBER) if "reason" in force else None,
            document=r.words(parts["document"], "regulation.document") if "document" in parts else None,
            note=r.note(force.get("note") or parts.get("note"), "regulation.note"),
            rank=r.one_of(parts["rank"], "regulation.rank", RANKS) if "rank" in parts else RANKS[0],
        )

    def _words(self, node: YamlNode | None) -> dict[str, Text]:
        """What the regulation calls things, where it has a word of its own."""
        parts = self.reading.section(node, "words", allowed=" ".join(OWN))
        return {name: self.reading.both(part, f"words.{name}") for name, part in parts.items()}

    def _body(self, node: YamlNode | None, path: str, code: str | None) -> Body:
        r = self.reading
        needed = "title" if code else "title department"
        parts = r.section(node, path, needed, f"department level article note{' by_letter' if code else ''}")
        level = r.one_of(parts["level"], f"{path}.level", LEVELS) if "level" in parts else self.level
        if code in (BUREAU, LOCAL_AUTHORITY):
            r.fault(node, path, say("the bureau has a section of its own"))
        return Body(
            department=r.code(parts["department"], f"{path}.department", DEPARTMENT)
            if "department" in parts
            else code or "",
            title=r.both(parts.get("title"), f"{path}.title"),
            level=level,
            article=r.article(parts.get("article"), f"{path}.article"),
            note=r.note(parts.get("note"), f"{path}.note"),
            by_letter="by_letter" in parts and r.flag(parts["by_letter"], f"{path}.by_letter"),
        )

    def _authority(self, node: YamlNode) -> Body:
        """The bureau of a part of the jurisdiction."""
        r, path = self.reading, "authorities"
        parts = r.section(node, path, "department title level area", "article note")
        return Body(
            department=r.code(parts.get("department"), f"{path}.department", DEPARTMENT),
            title=r.both(parts.get("title"), f"{path}.title"),
            level=r.one_of(parts.get("level"), f"{path}.level", LEVELS),
            article=r.article(parts.get("article"), f"{path}.article"),
            note=r.note(parts.get("note"), f"{path}.note"),
            area=r.code(parts.get("area"), f"{path}.area", AREA),
        )

    def _conventions(self, node: YamlNode | None) -> Conventions:
        r, given = self.reading, dict[str, Any]()
        for name, part in r.section(node, "conventions", allowed=" ".join(convention_names())).items():
            try:
                given[name] = convention_of(name, r.plain(part, f"conventions.{name}"))
            except Unfit as unfit:
                r.fault(part, f"conventions.{name}", unfit.sentence)
        return Conventions(**given)

    def _awaits_local(self, node: YamlNode | None) -> Text | None:
        """Days off are fixed by a local notice there, too: why, with the law that says so."""
        r = self.reading
        parts = r.section(node, "calendar", "awaits_local", "article note")
        awaited = r.flag(parts.get("awaits_local"), "calendar.awaits_local")
        note = r.note(parts.get("note"), "calendar.note") or AWAITS_LOCAL
        articles = r.article(parts.get("article"), "calendar.article")
        cited = (
            f"（第{'、'.join(articles)}条）" if articles else "",
            f" (Art. {', '.join(articles)})" if articles else "",
        )
        return Text(note.zh + cited[0], note.en + cited[1]) if awaited else None

    def _ground(self, node: YamlNode, key: str) -> Ground:
        r, path = self.reading, f"grounds.{key}"
        parts = r.section(node, path, "title internal statutory kind", "article note of")
        of = r.entries(parts["of"], f"{path}.of") if "of" in parts else {}
        ground = Ground(
            key=key,
            title=r.both(parts.get("title"), f"{path}.title"),
            internal=r.flag(parts.get("internal"), f"{path}.internal"),
            statutory=r.flag(parts.get("statutory"), f"{path}.statutory"),
            kind=self._kind(parts.get("kind"), f"{path}.kind"),
            article=r.article(parts.get("article"), f"{path}.article"),
            note=r.note(parts.get("note"), f"{path}.note"),
            of=MappingProxyType({rule: self._ground_of(one, f"{path}.of.{rule}", rule) for rule, one in of.items()}),
        )
        if ground.kind == "statutory" and not ground.article:
            r.fault(node, f"{path}.article", say("is missing: a statutory ground names its article"))
        return ground

    def _own_rules(self, node: YamlNode) -> OwnRules:
        r = self.reading
        parts = r.section(node, "own_rules", "words article")
        words = r.strings(parts["words"], "own_rules.words") if "words" in parts else ()
        return OwnRules(tuple(words), r.article(parts.get("article"), "own_rules.article"))

    def _ground_of(self, node: YamlNode, path: str, rule: str) -> GroundOf:
        r = self.reading
        parts = r.section(node, path, "article", "law")
        if rule in self.known and self.known[rule].type not in PERIODS:
            r.fault(node, path, say("is no period: only a clock can be paused"))
        elif rule not in self.known:
            r.fault(node, path, say("is not known here%(hint)s", hint=did_you_mean(rule, self.known)))
        law = r.string(parts["law"], f"{path}.law") if "law" in parts else None
        return GroundOf(r.article(parts.get("article"), f"{path}.article"), law)

    def _kind(self, node: YamlNode | None, path: str) -> Kind:
        name = self.reading.one_of(node, path, KINDS)
        return next((kind for kind in KINDS if kind == name), "convention")

    def _further(self, node: YamlNode, key: str) -> Further:
        r, path = self.reading, f"further.{key}"
        parts = r.section(node, path, "value", "kind reason article note")
        kind = self._kind(parts["kind"], f"{path}.kind") if "kind" in parts else None
        value = r.plain(parts["value"], f"{path}.value") if "value" in parts else None
        further = Further(
            key=key,
            value=value,
            kind=kind,
            reason=r.one_of(parts["reason"], f"{path}.reason", NO_NUMBER) if "reason" in parts else None,
            article=r.article(parts.get("article"), f"{path}.article"),
            note=r.note(parts.get("note"), f"{path}.note"),
        )
        if value is None and further.reason is None:
            r.fault(
                node,
                f"{path}.reason",
                say("is missing: without a value, say why (%(reasons)s)", reasons=", ".join(NO_NUMBER)),
            )
        if value is not None and kind is None:
            r.fault(node, f"{path}.kind", say("is missing: a value is one of %(kinds)s", kinds=", ".join(KINDS)))
        if kind == "statutory" and not further.article:
            r.fault(node, f"{path}.article", say("is missing: a statutory value names its article"))
        return further

    def _slip(self, node: YamlNode) -> Slip:
        parts = self.reading.section(node, "slips", "article note")
        article = self.reading.article(parts.get("article"), "slips.article")
        return Slip(article, self.reading.both(parts.get("note"), "slips.note"))

    # which keys there are, and which must be answered

    def _collect_keys(self, rules: YamlNode | None) -> None:
        for keys in self.declared.values():
            for key, rule in keys.items():
                other = self.known.setdefault(key, rule)
                if (other.type, other.of) != (rule.type, rule.of):
                    self.reading.fault(
                        rules,
                        key,
                        say(
                            "two procedures declare it differently (%(type)s, %(type2)s)",
                            type=other.type,
                            type2=rule.type,
                        ),
                    )

    def _procedures(self, node: YamlNode | None) -> dict[str, str]:
        offered: dict[str, str] = {}
        for name, part in self.reading.entries(node, "procedures").items():
            path = f"procedures.{name}"
            offered[name] = self.reading.words(part, path)
            if offered[name] not in self.declared:
                first = say("; load it first: flask diagrams load FILE --publish")
                hint = did_you_mean(offered[name], self.declared) or first
                self.reading.fault(
                    part,
                    path,
                    say("no diagram %(offered)s is published%(hint)s", offered=repr(offered[name][:60]), hint=hint),
                )
        return offered

    def _rules(self, node: YamlNode | None, procedures: Mapping[str, str]) -> dict[str, tuple[RuleValue, ...]]:
        r, found = self.reading, dict[str, tuple[RuleValue, ...]]()
        entries = r.entries(node, "rules")
        answers = Answers(r, self.bodies, self.begins)
        for key, part in entries.items():
            if key in self.known:
                found[key] = answers.periods(part, self.known[key])
            else:
                hint = did_you_mean(key, set(self.known) - set(entries))
                r.fault(part, key, say("no procedure declares this key%(hint)s", hint=hint))
        for name, process in procedures.items():
            for key in self.declared.get(process, {}):
                if key not in entries:
                    r.fault(node, key, say("has no answer; the procedure %(name)s needs one", name=name))
        return found
