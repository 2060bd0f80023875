"""Reads a forms file: `load_forms`. Every fault is found in one go, with file, line and key; or nothing is taken."""

from __future__ import annotations

import keyword
import re
from collections.abc import Mapping
from typing import Any

from ruamel.yaml.nodes import Node, SequenceNode

from app.diagrams.forms.events import parse_event
from app.diagrams.forms.reading import Reader, plain
from app.diagrams.forms.shape import (
    BOUND_LANES,
    BUILT_IN_LANES,
    FIELD_TYPES,
    LONGEST,
    MANY,
    Action,
    Check,
    Field,
    Form,
    Forms,
    Lane,
    Letter,
    Option,
    TaskForm,
)
from app.engine.expressions import ExpressionError, compile_expression
from app.engine.vocabulary import EXPRESSION_FUNCTIONS
from app.errors import FormsError, Place
from app.rules.pack import RuleKey
from app.words import Text

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
RULE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
PLACEHOLDERS = re.compile(r"(?:[^{}]|\{[a-z][a-z0-9_.]*\})*", re.DOTALL)
CLOCKS = ("days", "months")
TYPES = (*CLOCKS, "number", "switch", "choice", "choices", "text", "ladder")
STARTERS = ("department", "bureau", "public")
LARGEST = 10**12
NO_TEXT = Text("", "")


def load_forms(text: str, file: str) -> Forms:
    """The forms of one procedure. Raises FormsError with all places."""
    reader = _Forms(file)
    root = reader.root(text)
    forms = reader.forms(root) if root is not None else None
    if forms is None or reader.faults:
        raise FormsError(_in_order(reader.faults))
    return forms


def check_forms(text: str, file: str) -> list[Place]:
    """What is wrong with a forms file; empty when it can be used."""
    try:
        load_forms(text, file)
    except FormsError as error:
        return error.places
    return []


def _in_order(places: list[Place]) -> list[Place]:
    return sorted(dict.fromkeys(places), key=lambda place: (place.line, place.key))


class _Forms(Reader):
    """The sections of a forms file, from the outer to the inner."""

    def forms(self, root: Node) -> Forms:
        top = self.section(
            root,
            "",
            needed="procedure title startable",
            allowed="number_code starters about lanes rules start tasks actions outcomes notices letters",
        )
        startable = bool(self.switch(top.get("startable"), "startable"))
        title = self.text(top.get("title"), "title") or NO_TEXT
        start = self.form("application", top.get("start"), "start", title)
        actions = self.each(top.get("actions"), "actions", self.action)
        rules = self.rules(top.get("rules"), start, actions)
        forms = Forms(
            procedure=self.name(top.get("procedure"), "procedure"),
            title=title,
            number_code=self.matching(top.get("number_code"), "number_code", r"[A-Z]{1,6}", "one to six capitals"),
            startable=startable,
            starters=self.starters(top.get("starters")),
            about=self.one_of(top.get("about"), "about", ("resource", "resources", "none")) or "none",
            start=start,
            lanes=self.each(top.get("lanes"), "lanes", self.lane),
            rules=rules,
            tasks=self.each(top.get("tasks"), "tasks", lambda name, node, key: self.task(name, node, key, rules)),
            actions=actions,
            outcomes=self.each(top.get("outcomes"), "outcomes", self.named_text),
            notices=self.each(top.get("notices"), "notices", self.named_text),
            letters=self.each(top.get("letters"), "letters", self.letter),
        )
        for key in ("number_code", "starters"):
            if startable and key not in top:
                self.fault(root, key, "is missing: the procedure can be started by itself")
        self.named_entry(root, forms)
        return forms

    def named_entry(self, root: Node, forms: Forms) -> None:
        about = forms.start.field(forms.about)
        if forms.about != "none" and (about is None or about.type != forms.about):
            self.fault(root, "about", f"the start form has no field {forms.about!r} of that type")

    def starters(self, node: Node | None) -> tuple[str, ...]:
        found = [self.one_of(part, "starters", STARTERS) for part in self.sequence(node, "starters")]
        return tuple(starter for starter in found if starter is not None)

    # Forms and fields

    def form(self, name: str, node: Node | None, key: str, title: Text) -> Form:
        parts = self.section(node, key, allowed="title help fields checks")
        own = self.text(parts.get("title"), f"{key}.title")
        return Form(key=name, title=own or title, **self.questions(parts, key))

    def task(self, name: str, node: Node, key: str, rules: Mapping[str, RuleKey]) -> TaskForm:
        parts = self.section(node, key, needed="title", allowed="rule help fields checks")
        named = self.one_or_more(parts.get("rule"), f"{key}.rule")
        for rule in named:
            if rule not in rules or rules[rule].type not in CLOCKS:
                message = f"{rule!r} is no rule of days or months that this file declares"
                self.fault(parts["rule"], f"{key}.rule", message)
        title = self.text(parts.get("title"), f"{key}.title") or NO_TEXT
        return TaskForm(key=name, title=title, rules=named, **self.questions(parts, key))

    def action(self, name: str, node: Node, key: str) -> Action:
        self.good_name(node, key, name)
        parts = self.section(node, key, needed="title", allowed="on lane offered help fields checks")
        return Action(
            key=name,
            title=self.text(parts.get("title"), f"{key}.title") or NO_TEXT,
            on=self.strings(parts.get("on"), f"{key}.on"),
            lane=self.string(parts.get("lane"), f"{key}.lane"),
            offered=self.condition(parts.get("offered"), f"{key}.offered"),
            **self.questions(parts, key),
        )

    def questions(self, parts: Mapping[str, Node], key: str) -> dict[str, Any]:
        fields: dict[str, Field] = {}
        for number, node in enumerate(self.sequence(parts.get("fields"), f"{key}.fields")):
            field = self.field(node, f"{key}.fields[{number}]")
            if field is None:
                continue
            if field.key in fields:
                self.fault(node, f"{key}.{field.key}", "stands twice")
            fields[field.key] = field
        checks = [
            self.check(node, f"{key}.checks[{number}]", fields)
            for number, node in enumerate(self.sequence(parts.get("checks"), f"{key}.checks"))
        ]
        return {
            "fields": tuple(fields.values()),
            "checks": tuple(check for check in checks if check is not None),
            "help": self.text(parts.get("help"), f"{key}.help"),
        }

    def field(self, node: Node, key: str) -> Field | None:
        parts = self.section(
            node,
            key,
            needed="key type title",
            allowed="required shown help max min options options_from default",
        )
        name = self.name(parts.get("key"), f"{key}.key")
        kind = self.one_of(parts.get("type"), f"{key}.type", FIELD_TYPES)
        if not name or kind is None:
            return None
        key = f"{key}.{name}"
        field = Field(
            key=name,
            type=kind,
            title=self.text(parts.get("title"), f"{key}.title") or NO_TEXT,
            required=self.required(parts.get("required"), f"{key}.required"),
            shown=self.condition(parts.get("shown"), f"{key}.shown"),
            help=self.text(parts.get("help"), f"{key}.help"),
            max=self.limit(parts, "max", kind, key),
            min=self.limit(parts, "min", kind, key),
            options=self.options(parts, kind, key),
            options_from=self.matching(parts.get("options_from"), f"{key}.options_from", RULE, "a rule key"),
            default=self.default(parts.get("default"), f"{key}.default"),
        )
        self.holds_together(node, key, field)
        return field

    def holds_together(self, node: Node, key: str, field: Field) -> None:
        chosen = field.type in ("choice", "choices")
        if chosen and not field.options and field.options_from is None:
            self.fault(node, f"{key}.options", "is missing: nothing could be chosen")
        if not chosen and field.options_from is not None:
            self.fault(node, f"{key}.options_from", f"a field of type {field.type} has no options")
        if field.min is not None and field.max is not None and field.min > field.max:
            self.fault(node, f"{key}.min", "is more than max")
        if field.default is not None and not _fits(field):
            self.fault(node, f"{key}.default", f"is no answer of type {field.type}")

    def required(self, node: Node | None, key: str) -> bool | str:
        if node is not None and str(node.tag).endswith(":bool"):
            return bool(self.switch(node, key))
        return self.condition(node, key) or False

    def limit(self, parts: Mapping[str, Node], which: str, kind: str, key: str) -> int | None:
        node = parts.get(which)
        value = self.number(node, f"{key}.{which}")
        if value is None:
            return None
        if kind not in (*LONGEST, "integer", *MANY):
            self.fault(node, f"{key}.{which}", f"a field of type {kind} has no {which}")
        elif abs(value) > LONGEST.get(kind, LARGEST) or (value < 0 and kind != "integer"):
            self.fault(node, f"{key}.{which}", f"{value} is out of bounds for type {kind}")
        else:
            return value
        return None

    def options(self, parts: Mapping[str, Node], kind: str, key: str) -> tuple[Option, ...]:
        node, found = parts.get("options"), dict[str, Option]()
        if node is not None and kind not in ("choice", "choices"):
            self.fault(node, f"{key}.options", f"a field of type {kind} has no options")
        for part in self.sequence(node, f"{key}.options"):
            option = self.section(part, f"{key}.options", needed="value title", allowed="when")
            value = self.matching(option.get("value"), f"{key}.options.value", NAME, "a name in small letters") or ""
            if value in found:
                self.fault(part, f"{key}.options.{value}", "stands twice")
            title = self.text(option.get("title"), f"{key}.options.{value}.title") or NO_TEXT
            found[value] = Option(value, title, self.condition(option.get("when"), f"{key}.options.{value}.when"))
        return tuple(found.values())

    def default(self, node: Node | None, key: str) -> Any:
        try:
            return None if node is None else plain(node)
        except ValueError as error:
            self.fault(node, key, str(error))
            return None

    def check(self, node: Node, key: str, fields: Mapping[str, Field]) -> Check | None:
        parts = self.section(node, key, needed="when field say")
        when = self.condition(parts.get("when"), f"{key}.when")
        field = self.string(parts.get("field"), f"{key}.field")
        sentence = self.text(parts.get("say"), f"{key}.say")
        if field is not None and field not in fields:
            self.fault(parts["field"], f"{key}.field", f"there is no field {field!r} in this form")
        return Check(when, field, sentence) if when and field and sentence else None

    # Rules, lanes, letters

    def rules(self, node: Node | None, start: Form, actions: Mapping[str, Action]) -> dict[str, RuleKey]:
        rules = dict(self.each(node, "rules", lambda name, part, key: self.rule(name, part, key, start)))
        for name, part in self.mapping(node, "rules").items() if node is not None else ():
            extended = rules[name].extended_by if name in rules else None
            if extended is None:
                continue
            key = f"rules.{name}.extended_by"
            if extended.get("message") not in actions:
                self.fault(part, f"{key}.message", f"there is no action {extended.get('message')!r}")
            limit = rules.get(extended.get("limit", ""))
            if limit is None or limit.type != "number":
                self.fault(part, f"{key}.limit", "is no rule of type number that this file declares")
        return rules

    def rule(self, name: str, node: Node, key: str, start: Form) -> RuleKey | None:
        if not RULE.fullmatch(name):
            self.fault(node, key, "a rule key has two parts or more with a dot between, in small letters")
        parts = self.section(node, key, needed="type title", allowed="of starts_on met_by restarts pauses extended_by")
        kind = self.one_of(parts.get("type"), f"{key}.type", TYPES)
        if kind is None:
            return None
        for clock in ("starts_on", "met_by", "restarts", "pauses", "extended_by"):
            if clock in parts and kind not in CLOCKS:
                self.fault(parts[clock], f"{key}.{clock}", "only a rule of days or months has a clock")
        if ("of" in parts) != (kind in ("choice", "choices")):
            self.fault(parts.get("of", node), f"{key}.of", "belongs to choice and choices, and only there")
        if "starts_on" not in parts and "met_by" in parts:
            self.fault(parts["met_by"], f"{key}.met_by", "a clock without starts_on is met by its task, not by this")
        return RuleKey(
            key=name,
            type=kind,
            title=self.text(parts.get("title"), f"{key}.title") or NO_TEXT,
            of=self.strings(parts.get("of"), f"{key}.of"),
            starts_on=self.events(parts.get("starts_on"), f"{key}.starts_on", start),
            met_by=self.events(parts.get("met_by"), f"{key}.met_by", start),
            restarts=bool(self.switch(parts.get("restarts"), f"{key}.restarts")),
            pauses=self.each(
                parts.get("pauses"), f"{key}.pauses", lambda _, part, where: self.pause(part, where, start)
            ),
            extended_by=self.extension(parts.get("extended_by"), f"{key}.extended_by"),
        )

    def pause(self, node: Node, key: str, start: Form) -> dict[str, str] | None:
        parts = self.section(node, key, needed="from to")
        ends = {name: self.event(parts.get(name), f"{key}.{name}", start) for name in ("from", "to")}
        return {name: event for name, event in ends.items() if event} if all(ends.values()) else None

    def extension(self, node: Node | None, key: str) -> dict[str, str] | None:
        if node is None:
            return None
        parts = self.section(node, key, needed="message limit")
        values = {name: self.string(parts.get(name), f"{key}.{name}") for name in ("message", "limit")}
        return {name: value for name, value in values.items() if value} or None

    def events(self, node: Node | None, key: str, start: Form) -> tuple[str, ...]:
        """One event, or a list of events."""
        parts = self.sequence(node, key) if isinstance(node, SequenceNode) else [node]
        found = (self.event(part, key, start) for part in parts)
        return tuple(event for event in found if event is not None)

    def event(self, node: Node | None, key: str, start: Form) -> str | None:
        text = self.string(node, key)
        if text is None:
            return None
        try:
            event = parse_event(text)
        except ValueError as error:
            self.fault(node, key, str(error))
            return None
        if event.kind == "field":
            field = start.field(event.element)
            if field is None or field.type != "date":
                self.fault(node, key, f"the start form has no date {event.element!r}")
        if event.when is not None:
            self.compiled(node, key, event.when)
        return text

    def lane(self, name: str, node: Node, key: str) -> Lane:
        self.good_name(node, key, name)
        parts = self.section(node, key, needed="title", allowed="department")
        department = self.string(parts.get("department"), f"{key}.department")
        built_in = name in BUILT_IN_LANES or name.endswith("_head")
        if built_in and name not in BOUND_LANES and department is not None:
            self.fault(parts["department"], f"{key}.department", "a built-in lane finds its department by itself")
        elif not built_in and department is None:
            self.fault(node, f"{key}.department", "is missing: the lane is not built in")
        elif department is not None:
            self.compiled(parts["department"], f"{key}.department", department, ("text", "any"))
        return Lane(self.text(parts.get("title"), f"{key}.title") or NO_TEXT, department)

    def letter(self, name: str, node: Node, key: str) -> Letter:
        self.good_name(node, key, name)
        parts = self.section(node, key, needed="title", allowed="text")
        text = self.text(parts.get("text"), f"{key}.text")
        if text is not None and not all(PLACEHOLDERS.fullmatch(one) for one in (text.zh, text.en)):
            self.fault(parts["text"], f"{key}.text", "braces hold the name of a fact, such as {application.purpose}")
        return Letter(self.text(parts.get("title"), f"{key}.title") or NO_TEXT, text)

    def named_text(self, name: str, node: Node, key: str) -> Text | None:
        self.good_name(node, key, name)
        return self.text(node, key)

    # Names and expressions

    def name(self, node: Node | None, key: str) -> str:
        """A name in small letters, or an empty text when it is faulty."""
        name = self.string(node, key)
        if name is not None and node is not None and self.good_name(node, key, name):
            return name
        return ""

    def good_name(self, node: Node, key: str, name: str) -> bool:
        good = NAME.fullmatch(name) is not None and not keyword.iskeyword(name)
        if not good:
            self.fault(node, key, f"{name[:60]!r} is no name: small letters, digits and _")
        return good

    def matching(self, node: Node | None, key: str, pattern: str | re.Pattern[str], what: str) -> str | None:
        value = self.string(node, key)
        if value is None or re.fullmatch(pattern, value):
            return value
        self.fault(node, key, f"{value[:60]!r} is not {what}")
        return None

    def one_or_more(self, node: Node | None, key: str) -> tuple[str, ...]:
        """A text, or a list of texts."""
        if isinstance(node, SequenceNode):
            return self.strings(node, key)
        text = self.string(node, key)
        return () if text is None else (text,)

    def condition(self, node: Node | None, key: str) -> str | None:
        source = self.string(node, key)
        return source if source is not None and self.compiled(node, key, source) else None

    def compiled(self, node: Node | None, key: str, source: str, kinds: tuple[str, ...] = ("yes_no", "any")) -> bool:
        try:
            expression = compile_expression(source)
        except ExpressionError as error:
            self.fault(node, key, str(error))
            return False
        foreign = [call.function for call in expression.calls if call.function not in EXPRESSION_FUNCTIONS]
        if foreign:
            self.fault(node, key, f"{foreign[0]}() belongs to the timers of a diagram")
        elif expression.type not in kinds:
            self.fault(node, key, f"{source!r} is {expression.type}, but {' or '.join(kinds)} is needed")
        else:
            return True
        return False


def _fits(field: Field) -> bool:
    """Whether the default could be an answer."""
    values = field.default if field.type in MANY and isinstance(field.default, list) else [field.default]
    match field.type:
        case "boolean":
            return isinstance(field.default, bool)
        case "integer":
            return isinstance(field.default, int) and not isinstance(field.default, bool)
        case "choice" | "choices" if field.options:
            return all(value in [option.value for option in field.options] for value in values)
    return all(isinstance(value, str) for value in values)
