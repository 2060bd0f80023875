"""Strict reading of a small YAML file: only what is known may stand there, every value has its type, and all faults are
collected with their lines. Values come from the parse tree: nothing is guessed or constructed on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.errors import Place
from app.words import Text

Fields = dict[str, Node]

MISSING = "is missing"
_LONGEST = 400


class Reading:
    """One file being read, and the faults found in it so far. `key` is where in the file a mapping stands."""

    def __init__(self, file: str):
        self.file = file
        self.places: list[Place] = []

    def fault(self, where: Node | int, key: str, message: str) -> None:
        line = where if isinstance(where, int) else where.start_mark.line + 1
        self.places.append(Place(self.file, line, key, message))

    def root(self, text: str) -> Node | None:
        try:
            root: Node | None = YAML(pure=True).compose(text)
        except MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 0
            self.fault(line, "file", f"is not YAML: {error.problem}")
            return None
        except (YAMLError, RecursionError) as error:
            self.fault(0, "file", f"is not YAML: {type(error).__name__}")
            return None
        if root is None:
            self.fault(1, "file", "is empty")
        return root

    def fields(self, node: Node, key: str, known: tuple[str, ...]) -> Fields:
        if not isinstance(node, MappingNode):
            self.fault(node, key or "file", "must be a mapping")
            return {}
        fields: Fields = {}
        for name_node, value in node.value:
            name = str(name_node.value)
            if name in fields:
                self.fault(name_node, _below(key, name), "stands here twice")
            elif name not in known:
                self.fault(name_node, _below(key, name), "is unknown")
            else:
                fields[name] = value
        return fields

    def items(self, fields: Fields, name: str) -> Iterator[Node]:
        node = fields.get(name)
        if isinstance(node, SequenceNode):
            yield from node.value
        elif node is not None:
            self.fault(node, name, "must be a list")

    def scalar(self, fields: Fields, name: str, key: str, tag: str, what: str) -> str | None:
        node = fields.get(name)
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or not str(node.tag).endswith(f":{tag}"):
            self.fault(node, _below(key, name), f"must be {what}")
            return None
        return str(node.value).strip()

    def text(self, fields: Fields, name: str, key: str = "") -> str | None:
        value = self.scalar(fields, name, key, "str", "a text")
        if value is not None and not 0 < len(value) <= _LONGEST:
            self.fault(fields[name], _below(key, name), f"must have 1 to {_LONGEST} characters")
        return value or None

    def flag(self, fields: Fields, name: str, key: str = "") -> bool:
        return self.scalar(fields, name, key, "bool", "true or false") in ("true", "True", "TRUE")

    def year(self, fields: Fields, name: str) -> int | None:
        value = self.scalar(fields, name, "", "int", "a year")
        if value is None:
            return None
        if not re.fullmatch(r"(19|20|21)\d\d", value):
            self.fault(fields[name], name, "must be a year")
            return None
        return int(value)

    def code(self, fields: Fields, name: str) -> str | None:
        value = self.text(fields, name)
        if value and not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", value):
            self.fault(fields[name], name, "must be a code: small letters, digits and _")
        return value

    def day(self, fields: Fields, name: str, key: str) -> date | None:
        node = fields.get(name)
        on = _as_date(node)
        if node is not None and on is None:
            self.fault(node, f"{key}.{name}", "must be a date like 2026-01-31")
        return on

    def words(self, fields: Fields, name: str, key: str = "") -> Text | None:
        if name not in fields:
            return None
        place = _below(key, name)
        if not isinstance(fields[name], MappingNode):
            self.fault(fields[name], place, "must be a text in both languages: {zh: …, en: …}")
            return None
        both = self.fields(fields[name], place, ("zh", "en"))
        for language in ("zh", "en"):
            if language not in both:
                self.fault(fields[name], _below(place, language), MISSING)
        zh, en = self.text(both, "zh", place), self.text(both, "en", place)
        return Text(zh, en) if zh and en else None


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name


def _as_date(node: Node | None) -> date | None:
    if not isinstance(node, ScalarNode) or not re.fullmatch(r"\d{4}-\d\d-\d\d", node.value):
        return None
    try:
        return date.fromisoformat(node.value)
    except ValueError:
        return None
