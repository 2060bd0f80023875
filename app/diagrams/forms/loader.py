"""Reads a forms file: `load_forms`. Every fault is found in one go, with file, line and key; or nothing is taken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from app.diagrams.forms.events import STARTED, NoEvent, ordering_event, parse_event
from app.diagrams.forms.model import (
    BOUND_LANES,
    BUILT_IN_LANES,
    SYSTEM_SENDER,
    Addressee,
    Cited,
    Form,
    Forms,
    Lane,
    LetterTemplate,
    Paragraph,
    Sender,
    SideAction,
)
from app.diagrams.forms.question_reader import NO_TEXT, RULE, Questions
from app.floor.errors import FormsError, Place
from app.floor.messages import Text, say
from app.floor.yaml_nodes import YamlNode
from app.rules.levels import STRICTER
from app.rules.pack import CLOCKS, RULE_TYPES, RuleKey

DUE_ON = re.compile(r"[A-Za-z]\w*\.[a-z]\w*")
STARTERS = ("department", "bureau", "public", "grant")
"""`grant`: opened for a grant, when its entry no longer bears it or somebody revokes it."""
CLOCK_WORDS = "starts_on met_by restarts pauses extended_by pending_until governs owed_by"
"""What may be said of a rule that runs as a clock."""
NOT_ORDERED = ("restarts", "pauses", "extended_by")
"""What moves a period, and never a date that a body has ordered: only its next order does."""


@lru_cache(maxsize=64)
def load_forms(text: str, file: str) -> Forms:
    """The forms of one procedure, read once for the same text. Raises FormsError with all places."""
    reader = _Forms(file)
    root = reader.root(text)
    forms = reader.forms(root) if root is not None else None
    if forms is None or reader.places:
        raise FormsError(sorted(reader.found(), key=lambda place: (place.line, place.key)))
    return forms


def check_forms(text: str, file: str) -> list[Place]:
    """What is wrong with a forms file; empty when it can be used."""
    try:
        load_forms(text, file)
    except FormsError as error:
        return error.places
    return []


class _Forms(Questions):
    """The sections of a forms file, from the outer to the inner."""

    def forms(self, root: YamlNode) -> Forms:
        top = self.section(
            root,
            "",
            needed="procedure title startable",
            allowed="number_code starters about duty begins lanes rules start tasks actions outcomes notices letters",
        )
        startable = bool(self.switch(top.get("startable"), "startable"))
        title = self.text(top.get("title"), "title") or NO_TEXT
        start = self.form("application", top.get("start"), "start", title)
        actions = self.each(top.get("actions"), "actions", self.action)
        rules = self.rules(top.get("rules"), start, actions)
        forms = Forms(
            procedure=self.name(top.get("procedure"), "procedure"),
            title=title,
            number_code=self.matching(top.get("number_code"), "number_code", r"[A-Z]{1,6}", say("one to six capitals")),
            startable=startable,
            starters=self.starters(top.get("starters")),
            about=self.choice(top.get("about"), "about", ("resource", "resources", "none")) or "none",
            start=start,
            lanes=self.each(top.get("lanes"), "lanes", self.lane),
            rules=rules,
            tasks=self.each(top.get("tasks"), "tasks", lambda name, node, key: self.task(name, node, key, rules)),
            actions=actions,
            outcomes=self.each(top.get("outcomes"), "outcomes", self.named_text),
            notices=self.each(top.get("notices"), "notices", self.named_text),
            letters=self.each(top.get("letters"), "letters", self.letter),
            duty=self.choice(top.get("duty"), "duty", ("applicant", "provider")),
            begins=self.text(top.get("begins"), "begins"),
        )
        for key in ("number_code", "starters"):
            if startable and key not in top:
                self.fault(root, key, say("is missing: the procedure can be started by itself"))
        self.named_entry(root, forms)
        self.checked_steps(top.get("tasks"), forms)
        self.named_dates(top.get("rules"), forms)
        self.senders(top.get("letters"), forms)
        return forms

    def senders(self, node: YamlNode | None, forms: Forms) -> None:
        """A letter comes from a lane that can be found in every case of this file, and cites what the file declares."""
        known = (*forms.lanes, *BUILT_IN_LANES, SYSTEM_SENDER)
        for name, letter in forms.letters.items():
            for sender in letter.senders:
                if sender.lane not in known:
                    told = say("there is no lane %(sender)s", sender=repr(sender.lane))
                    self.fault(node, f"letters.{name}.from", told)
            if letter.signed_with is not None and letter.signed_with not in known:
                told = say("there is no lane %(sender)s", sender=repr(letter.signed_with))
                self.fault(node, f"letters.{name}.signed_with", told)
            for cited in letter.cites:
                if cited.rule not in forms.rules:
                    told = say("%(rule)s is no rule that this file declares", rule=repr(cited.rule))
                    self.fault(node, f"letters.{name}.cites", told)
            if letter.clock is not None and getattr(forms.rules.get(letter.clock), "type", None) not in CLOCKS:
                told = say("%(rule)s is no rule of days or months that this file declares", rule=repr(letter.clock))
                self.fault(node, f"letters.{name}.clock", told)

    def checked_steps(self, node: YamlNode | None, forms: Forms) -> None:
        """What a step checks is another step of this file."""
        for name, task in forms.tasks.items():
            for checked in task.second_to:
                if checked == name or checked not in forms.tasks:
                    told = say("there is no step %(step)s in this file", step=repr(checked))
                    self.fault(node, f"tasks.{name}.second_to", told)

    def named_entry(self, root: YamlNode, forms: Forms) -> None:
        about = forms.start.field(forms.about)
        if forms.about != "none" and (about is None or about.type != forms.about):
            self.fault(
                root, "about", say("the start form has no field %(about)s of that type", about=repr(forms.about))
            )

    def named_dates(self, node: YamlNode | None, forms: Forms) -> None:
        """An ordered date is a date that the step which orders it always asks for."""
        for name, rule in forms.rules.items():
            if rule.due_on is None:
                continue
            step, _, field = rule.due_on.partition(".")
            form = forms.start if step == STARTED else forms.tasks.get(step)
            named = form.field(field) if form is not None else None
            key = f"rules.{name}.due_on"
            if named is None or named.type != "date" or named.group is not None:
                told = say("%(named)s is no date field of a step or of the start form", named=repr(rule.due_on))
                self.fault(node, key, told)
            if step != STARTED and any(parse_event(one).kind in ("case", "field") for one in rule.starts_on):
                told = say("would begin before its day is named in %(step)s", step=repr(step))
                self.fault(node, f"rules.{name}.starts_on", told)

    def starters(self, node: YamlNode | None) -> tuple[str, ...]:
        found = [self.choice(part, "starters", STARTERS) for part in self.items(node, "starters")]
        return tuple(starter for starter in found if starter is not None)

    # Rules, lanes, letters

    def rules(self, node: YamlNode | None, start: Form, actions: Mapping[str, SideAction]) -> dict[str, RuleKey]:
        rules = dict(self.each(node, "rules", lambda name, part, key: self.rule(name, part, key, start)))
        for name, part in self.entries(node, "rules").items() if node is not None else ():
            extended = rules[name].extended_by if name in rules else None
            if extended is None:
                continue
            key = f"rules.{name}.extended_by"
            if extended.get("message") not in actions:
                self.fault(
                    part, f"{key}.message", say("there is no action %(message)s", message=extended.get("message"))
                )
            limit = rules.get(extended.get("limit", ""))
            if limit is None or limit.type != "number":
                self.fault(part, f"{key}.limit", say("is no rule of type number that this file declares"))
        return rules

    def rule(self, name: str, node: YamlNode, key: str, start: Form) -> RuleKey | None:
        if not RULE.fullmatch(name):
            self.fault(node, key, say("a rule key has two parts or more with a dot between, in small letters"))
        parts = self.section(node, key, needed="type title", allowed=f"of stricter due_on {CLOCK_WORDS}")
        kind = self.choice(parts.get("type"), f"{key}.type", RULE_TYPES)
        if kind is None:
            return None
        for clock in CLOCK_WORDS.split():
            if clock in parts and (kind not in CLOCKS or (kind == "ordered" and clock in NOT_ORDERED)):
                told = say("only a rule of days or months has this")
                self.fault(parts[clock], f"{key}.{clock}", told)
        if ("of" in parts) != (kind in ("choice", "choices")):
            self.fault(parts.get("of", node), f"{key}.of", say("belongs to choice and choices, and only there"))
        due_on, ordered_by = self.due_on(node, parts, key, kind)
        if "starts_on" not in parts and "met_by" in parts and kind != "ordered":
            self.fault(
                parts["met_by"], f"{key}.met_by", say("a clock without starts_on is met by its task, not by this")
            )
        names = self.names(parts.get("of"), f"{key}.of")
        return RuleKey(
            key=name,
            type=kind,
            title=self.text(parts.get("title"), f"{key}.title") or NO_TEXT,
            of=tuple(names) or self.strings(parts.get("of"), f"{key}.of"),
            starts_on=self.events(parts["starts_on"], f"{key}.starts_on", start)
            if "starts_on" in parts
            else ordered_by,
            met_by=self.events(parts.get("met_by"), f"{key}.met_by", start),
            restarts=bool(self.switch(parts.get("restarts"), f"{key}.restarts")),
            pauses=self.each(
                parts.get("pauses"), f"{key}.pauses", lambda _, part, where: self.pause(part, where, start)
            ),
            extended_by=self.extension(parts.get("extended_by"), f"{key}.extended_by"),
            pending_until=self.events(parts.get("pending_until"), f"{key}.pending_until", start)
            if "pending_until" in parts
            else (),
            governs=self.strings(parts.get("governs"), f"{key}.governs"),
            owed_by=self.string(parts.get("owed_by"), f"{key}.owed_by") if "owed_by" in parts else None,
            names=names,
            due_on=due_on,
            stricter=self.stricter(parts.get("stricter"), f"{key}.stricter", kind),
        )

    def due_on(
        self, node: YamlNode, parts: Mapping[str, YamlNode], key: str, kind: str
    ) -> tuple[str | None, tuple[str, ...]]:
        """The field that names an ordered date, and the event that orders it."""
        if kind != "ordered":
            if "due_on" in parts:
                self.fault(parts["due_on"], f"{key}.due_on", say("belongs to a rule of type ordered, and only there"))
            return None, ()
        for needed in ("due_on", "met_by"):
            if needed not in parts:
                self.fault(node, f"{key}.{needed}", say("is missing: somebody names the day, and something meets it"))
        named = self.matching(parts.get("due_on"), f"{key}.due_on", DUE_ON, say("a step and its field, order.limit_on"))
        return named, (ordering_event(named),) if named else ()

    def stricter(self, node: YamlNode | None, key: str, kind: str) -> str:
        """How this rule is compared with that of a text above the regulation."""
        return self.choice(node, key, STRICTER.get(kind, ("superior",))) or ""

    def names(self, node: YamlNode | None, key: str) -> Mapping[str, Text]:
        """The codes that can be chosen with their titles; none where only codes are listed."""
        if node is None or not isinstance(node.value, dict):
            return {}
        return self.each(node, key, lambda _, part, where: self.text(part, where))

    def pause(self, node: YamlNode, key: str, start: Form) -> dict[str, str] | None:
        parts = self.section(node, key, needed="from to")
        ends = {name: self.event(parts.get(name), f"{key}.{name}", start) for name in ("from", "to")}
        return {name: event for name, event in ends.items() if event} if all(ends.values()) else None

    def extension(self, node: YamlNode | None, key: str) -> dict[str, str] | None:
        if node is None:
            return None
        parts = self.section(node, key, needed="message limit")
        values = {name: self.string(parts.get(name), f"{key}.{name}") for name in ("message", "limit")}
        return {name: value for name, value in values.items() if value} or None

    def events(self, node: YamlNode | None, key: str, start: Form) -> tuple[str, ...]:
        """One event, or a list of events."""
        parts = self.items(node, key) if node is not None and isinstance(node.value, list) else [node]
        found = (self.event(part, key, start) for part in parts)
        return tuple(event for event in found if event is not None)

    def event(self, node: YamlNode | None, key: str, start: Form) -> str | None:
        text = self.string(node, key)
        if text is None:
            return None
        try:
            event = parse_event(text)
        except NoEvent as error:
            self.fault(node, key, error.why)
            return None
        if event.kind == "field":
            field = start.field(event.element)
            if field is None or field.type != "date":
                self.fault(node, key, say("the start form has no date %(element)s", element=repr(event.element)))
        if event.when is not None:
            self.compiled(node, key, event.when)
        return text

    def lane(self, name: str, node: YamlNode, key: str) -> Lane:
        self.good_name(node, key, name)
        parts = self.section(node, key, needed="title", allowed="department")
        department = self.string(parts.get("department"), f"{key}.department")
        built_in = name in BUILT_IN_LANES or name.endswith("_head")
        if built_in and name not in BOUND_LANES and department is not None:
            self.fault(parts["department"], f"{key}.department", say("a built-in lane finds its department by itself"))
        elif not built_in and department is None:
            self.fault(node, f"{key}.department", say("is missing: the lane is not built in"))
        elif department is not None:
            self.compiled(parts["department"], f"{key}.department", department, ("text", "any"))
        return Lane(self.text(parts.get("title"), f"{key}.title") or NO_TEXT, department)

    def letter(self, name: str, node: YamlNode, key: str) -> LetterTemplate:
        self.good_name(node, key, name)
        parts = self.section(node, key, needed="title", allowed="text from cites clock signed_with addressee")
        titles = self.paragraphs(parts.get("title"), f"{key}.title")
        if titles and (titles[-1].when is not None or any(one.names for one in titles)):
            self.fault(node, f"{key}.title", say("the last title stands without a condition, and no title has braces"))
        return LetterTemplate(
            titles or (Paragraph(NO_TEXT),),
            self.paragraphs(parts.get("text"), f"{key}.text"),
            tuple(Sender(*one) for one in self.conditioned(parts.get("from"), f"{key}.from", "lane")),
            tuple(Cited(*one) for one in self.conditioned(parts.get("cites"), f"{key}.cites", "rule")),
            self.string(parts.get("clock"), f"{key}.clock"),
            self.string(parts.get("signed_with"), f"{key}.signed_with"),
            tuple(Addressee(*one) for one in self.conditioned(parts.get("addressee"), f"{key}.addressee", "fact")),
        )

    def conditioned(self, node: YamlNode | None, key: str, name: str) -> list[tuple[str, str | None]]:
        """One name, or a list of names of which each may have its condition."""
        if node is None:
            return []
        found: list[tuple[str, str | None]] = []
        for part in self.items(node, key) if isinstance(node.value, list) else [node]:
            if not isinstance(part.value, dict):
                found.append((self.string(part, key) or "", None))
                continue
            parts = self.section(part, key, needed=name, allowed="when")
            when = self.condition(parts.get("when"), f"{key}.when")
            found.append((self.string(parts.get(name), f"{key}.{name}") or "", when))
        return found

    def named_text(self, name: str, node: YamlNode, key: str) -> Text | None:
        self.good_name(node, key, name)
        return self.text(node, key)
