"""Reads the questions of a forms file: forms of steps and actions, their fields, options and checks."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from app.diagrams.forms.basis import BASIS, BASIS_KINDS, CARRIES, REASON, made_adverse
from app.diagrams.forms.model import (
    FIELD_TYPES,
    LONGEST,
    MANY,
    Field,
    Form,
    FormCheck,
    Option,
    Paragraph,
    SideAction,
    TaskForm,
)
from app.engine.expressions import ExpressionError, compile_expression
from app.engine.vocabulary import EXPRESSION_FUNCTIONS
from app.floor.messages import Text, say
from app.floor.yaml_nodes import Limits, YamlNode
from app.floor.yaml_reader import YamlReader, did_you_mean
from app.rules.pack import CLOCKS, RuleKey
from app.rules.terms import TERMS, unknown_terms

NAME = re.compile(r"[a-z][a-z0-9_]{0,59}")
RULE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*){1,3}")
PLACEHOLDERS = re.compile(r"(?:[^{}]|\{[a-z][a-z0-9_.]*\})*", re.DOTALL)
LARGEST = 10**12
MAX_CHARACTERS = 300_000
YES_NO = {"yes": "true", "no": "false"}
"""The words of a boolean, and the values that a page sends for them."""
SAID = "preview foresees help fields checks"
"""What the form of any step may have."""
CITING = ("basis", "item_reasons")
"""The types whose answer names texts by their kinds."""
NO_TEXT = Text("", "")
"""Stands for a text that is missing; nobody sees it, because the file is then refused."""


class Questions(YamlReader):
    """What a step asks. Every part reads one section and notes what is wrong in it."""

    limits = Limits(characters=MAX_CHARACTERS, values=30_000, anchors=True)

    def text(self, node: YamlNode | None, path: str) -> Text | None:
        found = super().text(node, path)
        if found is not None:
            self.terms_known(node, path, found.zh, found.en)
        return found

    def terms_known(self, node: YamlNode | None, path: str, *texts: str) -> None:
        """A text may leave a word to the regulation, `{word.resource}`; it is one of a closed list."""
        for name in dict.fromkeys(name for text in texts for name in unknown_terms(text)):
            hint = did_you_mean(name, TERMS)
            self.fault(node, path, say("there is no word %(name)s%(hint)s", name=repr(name), hint=hint))

    def form(self, name: str, node: YamlNode | None, key: str, title: Text) -> Form:
        parts = self.section(node, key, allowed="title " + SAID)
        own = self.text(parts.get("title"), f"{key}.title")
        return Form(key=name, title=own or title, **self.foretold(parts, key), **self.questions(parts, key))

    def task(self, name: str, node: YamlNode, key: str, rules: Mapping[str, RuleKey]) -> TaskForm:
        parts = self.section(
            node,
            key,
            needed="title",
            allowed="rule adverse by_current_entry owed_by_holder second_to resumes " + SAID,
        )
        named = self.one_or_more(parts.get("rule"), f"{key}.rule")
        for rule in named:
            if rule not in rules or rules[rule].type not in CLOCKS:
                message = say("%(rule)s is no rule of days or months that this file declares", rule=repr(rule))
                self.fault(parts["rule"], f"{key}.rule", message)
        title = self.text(parts.get("title"), f"{key}.title") or NO_TEXT
        resumes = bool(self.switch(parts.get("resumes"), f"{key}.resumes"))
        adverse = self.condition(parts.get("adverse"), f"{key}.adverse")
        asked = self.questions(parts, key)
        if adverse is not None:
            self.carries(parts["adverse"], f"{key}.adverse", asked["fields"], rules)
            asked["fields"] = made_adverse(asked["fields"], adverse)
        return TaskForm(
            key=name,
            title=title,
            rules=named,
            adverse=adverse,
            by_current_entry=bool(self.switch(parts.get("by_current_entry"), f"{key}.by_current_entry")),
            owed_by_holder=bool(self.switch(parts.get("owed_by_holder"), f"{key}.owed_by_holder")),
            second_to=self.one_or_more(parts.get("second_to"), f"{key}.second_to"),
            **self.foretold(parts, key),
            resumes=resumes,
            **asked,
        )

    def foretold(self, parts: Mapping[str, YamlNode], key: str) -> dict[str, Any]:
        """What is said before the answer is sent."""
        return {
            "preview": self.paragraphs(parts.get("preview"), f"{key}.preview", alone=True),
            "foresees": self.strings(parts.get("foresees"), f"{key}.foresees"),
        }

    def carries(self, node: YamlNode, key: str, fields: Iterable[Field], rules: Mapping[str, RuleKey]) -> None:
        """An adverse answer has somewhere to put its reason and its basis."""
        kinds = {field.key: field.type for field in fields}
        if kinds.get(REASON) not in LONGEST or kinds.get(BASIS) != "basis":
            self.fault(node, key, say("needs a field reason of a text and a field basis of type basis"))
        if CARRIES not in rules:
            self.fault(node, key, say("needs the rule key %(rule)s, which this file does not declare", rule=CARRIES))

    def action(self, name: str, node: YamlNode, key: str) -> SideAction:
        self.good_name(node, key, name)
        parts = self.section(node, key, needed="title", allowed="on lane offered help fields checks")
        return SideAction(
            key=name,
            title=self.text(parts.get("title"), f"{key}.title") or NO_TEXT,
            on=self.strings(parts.get("on"), f"{key}.on"),
            lane=self.string(parts.get("lane"), f"{key}.lane"),
            offered=self.condition(parts.get("offered"), f"{key}.offered"),
            **self.questions(parts, key),
        )

    def questions(self, parts: Mapping[str, YamlNode], key: str) -> dict[str, Any]:
        fields: dict[str, Field] = {}
        for number, node in enumerate(self.items(parts.get("fields"), f"{key}.fields")):
            field = self.field(node, f"{key}.fields[{number}]")
            if field is None:
                continue
            if field.key in fields:
                self.fault(node, f"{key}.{field.key}", say("stands twice"))
            fields[field.key] = field
        self.apart(parts.get("fields"), key, fields)
        checks = [
            self.check(node, f"{key}.checks[{number}]", fields)
            for number, node in enumerate(self.items(parts.get("checks"), f"{key}.checks"))
        ]
        return {
            "fields": tuple(fields.values()),
            "checks": tuple(check for check in checks if check is not None),
            "help": self.text(parts.get("help"), f"{key}.help"),
        }

    def apart(self, node: YamlNode | None, key: str, fields: Mapping[str, Field]) -> None:
        """Reasons for items stand beside a field in which the others are named."""
        for field in fields.values():
            beside = fields.get(field.apart_from or "")
            if field.apart_from is not None and (beside is None or beside.type != "items" or node is None):
                told = say("there is no field %(field)s of items in this form", field=repr(field.apart_from))
                self.fault(node, f"{key}.{field.key}.apart_from", told)

    def field(self, node: YamlNode, key: str) -> Field | None:
        parts = self.section(
            node,
            key,
            needed="key type title",
            allowed="required shown help max min options yes no options_from default group of begins among apart_from",
        )
        name = self.name(parts.get("key"), f"{key}.key")
        kind = self.choice(parts.get("type"), f"{key}.type", FIELD_TYPES)
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
            options=self.options(parts, kind, key) + self.yes_and_no(parts, kind, key)
            or (BASIS_KINDS if kind in CITING else ()),
            options_from=self.matching(parts.get("options_from"), f"{key}.options_from", RULE, say("a rule key")),
            default=self.default(parts.get("default"), f"{key}.default"),
            group=self.name(parts["group"], f"{key}.group") if "group" in parts else None,
            of=self.strings(parts.get("of"), f"{key}.of"),
            begins=self.condition(parts.get("begins"), f"{key}.begins"),
            among=self.expression(parts.get("among"), f"{key}.among", ("items", "list", "any")),
            apart_from=self.name(parts["apart_from"], f"{key}.apart_from") if "apart_from" in parts else None,
        )
        self.holds_together(node, key, field)
        return field

    def holds_together(self, node: YamlNode, key: str, field: Field) -> None:
        chosen = field.type in ("choice", "choices", "points")
        if chosen and not field.options and field.options_from is None:
            self.fault(node, f"{key}.options", say("is missing: nothing could be chosen"))
        if not (chosen or field.type in CITING) and field.options_from is not None:
            self.fault(node, f"{key}.options_from", say("a field of type %(kind)s has no options", kind=field.type))
        if field.group and not field.key.startswith(f"{field.group}_"):
            self.fault(node, f"{key}.group", say("the key begins with the name of its group"))
        for name, kind in (("among", "items"), ("apart_from", "item_reasons")):
            if getattr(field, name) is not None and field.type != kind:
                told = say("a field of type %(kind)s has no %(which)s", kind=field.type, which=name)
                self.fault(node, f"{key}.{name}", told)
        if field.of and field.type != "changes":
            self.fault(node, f"{key}.of", say("a field of type %(kind)s has no rows", kind=field.type))
        if field.min is not None and field.max is not None and field.min > field.max:
            self.fault(node, f"{key}.min", say("is more than max"))
        if field.default is not None and (field.type in (*CITING, "points") or not _fits(field)):
            self.fault(node, f"{key}.default", say("is no answer of type %(type)s", type=field.type))

    def required(self, node: YamlNode | None, key: str) -> bool | str:
        if node is not None and isinstance(node.value, bool):
            return node.value
        return self.condition(node, key) or False

    def limit(self, parts: Mapping[str, YamlNode], which: str, kind: str, key: str) -> int | None:
        node = parts.get(which)
        value = self.integer(node, f"{key}.{which}")
        if value is None:
            return None
        if kind not in (*LONGEST, "integer", *MANY):
            self.fault(node, f"{key}.{which}", say("a field of type %(kind)s has no %(which)s", kind=kind, which=which))
        elif abs(value) > LONGEST.get(kind, LARGEST) or (value < 0 and kind != "integer"):
            self.fault(
                node, f"{key}.{which}", say("%(value)s is out of bounds for type %(kind)s", value=value, kind=kind)
            )
        else:
            return value
        return None

    def options(self, parts: Mapping[str, YamlNode], kind: str, key: str) -> tuple[Option, ...]:
        """One value may stand several times in different words: the first counts whose `when` holds."""
        node, found = parts.get("options"), list[Option]()
        if node is not None and kind not in ("choice", "choices", "points"):
            self.fault(node, f"{key}.options", say("a field of type %(kind)s has no options", kind=kind))
        for part in self.items(node, f"{key}.options"):
            option = self.section(part, f"{key}.options", needed="value title", allowed="when on_pages")
            value = (
                self.matching(option.get("value"), f"{key}.options.value", NAME, say("a name in small letters")) or ""
            )
            if any(one.value == value and one.when is None for one in found):
                self.fault(part, f"{key}.options.{value}", say("stands twice"))
            title = self.text(option.get("title"), f"{key}.options.{value}.title") or NO_TEXT
            when = self.condition(option.get("when"), f"{key}.options.{value}.when")
            on_pages = self.default(option.get("on_pages"), f"{key}.options.{value}.on_pages")
            found.append(Option(value, title, when, on_pages is not False))
        return tuple(found)

    def yes_and_no(self, parts: Mapping[str, YamlNode], kind: str, key: str) -> tuple[Option, ...]:
        """What yes and no mean here, in words: one text, or several of which the first counts whose `when` holds."""
        found: list[Option] = []
        for name, value in YES_NO.items():
            if name not in parts:
                continue
            if kind != "boolean":
                self.fault(parts[name], f"{key}.{name}", say("belongs to a field of type boolean, and only there"))
            said = self.paragraphs(parts[name], f"{key}.{name}")
            if said and (said[-1].when is not None or any(one.names for one in said)):
                self.fault(
                    parts[name], f"{key}.{name}", say("the last text stands without a condition, and none has braces")
                )
            found += [Option(value, one.text, one.when) for one in said]
        return tuple(found)

    def default(self, node: YamlNode | None, key: str) -> Any:
        if node is not None and isinstance(node.value, dict):
            self.fault(node, key, say("a plain value is needed here"))
            return None
        value = self.plain(node, key) if node is not None else None
        return value.isoformat() if isinstance(value, date) else value

    def check(self, node: YamlNode, key: str, fields: Mapping[str, Field]) -> FormCheck | None:
        parts = self.section(node, key, needed="when field say")
        when = self.condition(parts.get("when"), f"{key}.when")
        field = self.string(parts.get("field"), f"{key}.field")
        sentence = self.text(parts.get("say"), f"{key}.say")
        if field is not None and field not in fields:
            self.fault(
                parts["field"], f"{key}.field", say("there is no field %(field)s in this form", field=repr(field))
            )
        return FormCheck(when, field, sentence) if when and field and sentence else None

    # Texts with names in braces

    def paragraphs(self, node: YamlNode | None, key: str, *, alone: bool = False) -> tuple[Paragraph, ...]:
        """One text, or a list of texts of which each may have its condition, and where `alone` is known may stand for
        all the others."""
        if node is None:
            return ()
        several = isinstance(node.value, list)
        found = (self.paragraph(part, key, alone) for part in (self.items(node, key) if several else [node]))
        return tuple(one for one in found if one is not None)

    def paragraph(self, node: YamlNode, key: str, alone: bool) -> Paragraph | None:
        parts = self.section(node, key, needed="zh en", allowed="when alone" if alone else "when")
        zh, en = (self.filled(parts.get(name), f"{key}.{name}") for name in ("zh", "en"))
        if not zh or not en:
            return None
        self.terms_known(node, key, zh, en)
        if not all(PLACEHOLDERS.fullmatch(one) for one in (zh, en)):
            self.fault(node, key, say("braces hold the name of a fact, such as {application.purpose}"))
        only = bool(self.switch(parts.get("alone"), f"{key}.alone"))
        return Paragraph(Text(zh, en), self.condition(parts.get("when"), f"{key}.when"), only)

    # Names and expressions

    def name(self, node: YamlNode | None, key: str) -> str:
        """A name in small letters, or an empty text when it is faulty."""
        name = self.string(node, key)
        if name is not None and node is not None and self.good_name(node, key, name):
            return name
        return ""

    def good_name(self, node: YamlNode, key: str, name: str) -> bool:
        good = NAME.fullmatch(name) is not None and not keyword.iskeyword(name)
        if not good:
            self.fault(node, key, say("%(name)s is no name: small letters, digits and _", name=repr(name[:60])))
        return good

    def one_or_more(self, node: YamlNode | None, key: str) -> tuple[str, ...]:
        """A text, or a list of texts."""
        if node is not None and isinstance(node.value, list):
            return self.strings(node, key)
        text = self.string(node, key)
        return () if text is None else (text,)

    def condition(self, node: YamlNode | None, key: str) -> str | None:
        return self.expression(node, key, ("yes_no", "any"))

    def expression(self, node: YamlNode | None, key: str, kinds: tuple[str, ...]) -> str | None:
        source = self.string(node, key)
        return source if source is not None and self.compiled(node, key, source, kinds) else None

    def compiled(
        self, node: YamlNode | None, key: str, source: str, kinds: tuple[str, ...] = ("yes_no", "any")
    ) -> bool:
        try:
            expression = compile_expression(source)
        except ExpressionError as error:
            self.fault(node, key, error.detail)
            return False
        foreign = [call.function for call in expression.calls if call.function not in EXPRESSION_FUNCTIONS]
        if foreign:
            self.fault(node, key, say("%(foreign)s() belongs to the timers of a diagram", foreign=foreign[0]))
        elif expression.type not in kinds:
            self.fault(
                node,
                key,
                say(
                    "%(source)s is %(type)s, but %(kinds)s is needed",
                    source=repr(source),
                    type=expression.type,
                    kinds=" or ".join(kinds),
                ),
            )
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
