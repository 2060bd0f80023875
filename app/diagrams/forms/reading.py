"""Reads a YAML text strictly: every fault with its line, all of them at once, and never a Python object from a file.

The text is composed to nodes, not loaded, because only nodes know their lines and show a key that stands twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer, ComposerError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from app.errors import Place
from app.words import Text

MAX_CHARACTERS, MAX_DEPTH, MAX_NODES = 300_000, 12, 30_000
T = TypeVar("T")


class _Strict(Composer):
    """An anchor that stands twice is a fault, not a warning."""

    warn_double_anchors = False

    def compose_node(self, parent: Node | None, index: Any) -> Any:
        event = self.parser.peek_event()
        if not isinstance(event, AliasEvent) and getattr(event, "anchor", None) in self.anchors:
            raise ComposerError(None, None, f"the anchor &{event.anchor} stands twice", event.start_mark)
        return super().compose_node(parent, index)


def _yaml() -> YAML:
    """A parser that turns back at the depth at which no forms file is any more."""
    yaml = YAML(typ="safe", pure=True)
    yaml.Composer = _Strict
    yaml.max_depth = 2 * MAX_DEPTH
    return yaml


class Reader:
    """Gathers faults instead of stopping at the first; what it cannot read it answers with None."""

    def __init__(self, file: str):
        self.file, self.faults = file, list[Place]()
        self._nodes = 0

    def fault(self, node: Node | None, key: str, message: str) -> None:
        line = node.start_mark.line + 1 if node is not None and node.start_mark else 0
        self.faults.append(Place(self.file, line, key, message))

    def root(self, text: str) -> Node | None:
        if len(text) > MAX_CHARACTERS:
            self.fault(None, "", f"longer than {MAX_CHARACTERS} characters")
            return None
        try:
            node: Node | None = _yaml().compose(text)
        except MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            message = error.problem or error.context or "cannot be read as YAML"
            self.faults.append(Place(self.file, mark.line + 1 if mark else 0, "", message))
            return None
        except (YAMLError, RecursionError, ValueError) as error:
            self.fault(None, "", f"cannot be read as YAML: {str(error)[:200] or type(error).__name__}")
            return None
        if node is None:
            self.fault(None, "", "is empty")
        elif not self._small_enough(node, 0):
            self.fault(node, "", "is nested too deeply, or repeats itself too often")
        else:
            return node
        return None

    def _small_enough(self, node: Node, depth: int) -> bool:
        """Aliases make a small text big: count what would be read, not what was written."""
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            return False
        inside: Iterable[Node] = ()
        if isinstance(node, MappingNode):
            inside = (part for pair in node.value for part in pair)
        elif isinstance(node, SequenceNode):
            inside = node.value
        return all(self._small_enough(part, depth + 1) for part in inside)

    def mapping(self, node: Node | None, key: str) -> dict[str, Node]:
        """The entries of a mapping, in order; a key that stands twice is a fault."""
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            self.fault(node, key, "names with values are needed here")
            return {}
        entries: dict[str, Node] = {}
        for name, value in node.value:
            if not isinstance(name, ScalarNode):
                self.fault(name, key, "a plain name is needed here")
            elif name.value in entries:
                self.fault(name, _join(key, name.value), "stands twice")
            else:
                entries[name.value] = value
        return entries

    def section(self, node: Node | None, key: str, needed: str = "", allowed: str = "") -> dict[str, Node]:
        """A mapping with known names only: `needed` and `allowed` are names between blanks."""
        entries = self.mapping(node, key)
        must, may = needed.split(), allowed.split()
        for name in [name for name in entries if name not in (*must, *may)]:
            self.fault(entries.pop(name), _join(key, name), "is not known here")
        if isinstance(node, MappingNode):
            for name in [name for name in must if name not in entries]:
                self.fault(node, _join(key, name), "is missing")
        return entries

    def sequence(self, node: Node | None, key: str) -> list[Node]:
        if node is None:
            return []
        if not isinstance(node, SequenceNode):
            self.fault(node, key, "a list is needed here")
            return []
        return list(node.value)

    def string(self, node: Node | None, key: str) -> str | None:
        """A text; a number or a date without quotes is not one."""
        return self._scalar(node, key, ("str",), "a text is needed here", str.strip)

    def number(self, node: Node | None, key: str) -> int | None:
        return self._scalar(node, key, ("int",), "a whole number is needed here", lambda text: int(text[:12], 0))

    def switch(self, node: Node | None, key: str) -> bool | None:
        return self._scalar(node, key, ("bool",), "true or false is needed here", lambda text: text.lower() == "true")

    def _scalar(
        self, node: Node | None, key: str, types: tuple[str, ...], message: str, made: Callable[[str], T]
    ) -> T | None:
        if node is None:
            return None
        if not isinstance(node, ScalarNode) or kind_of(node) not in types:
            self.fault(node, key, message)
            return None
        try:
            return made(node.value)
        except ValueError:
            self.fault(node, key, message)
            return None

    def strings(self, node: Node | None, key: str) -> tuple[str, ...]:
        found = (self.string(part, key) for part in self.sequence(node, key))
        return tuple(text for text in found if text is not None)

    def one_of(self, node: Node | None, key: str, choices: Iterable[str]) -> str | None:
        value, known = self.string(node, key), tuple(choices)
        if value is None or value in known:
            return value
        self.fault(node, key, f"is {value!r}, but must be one of {', '.join(known)}")
        return None

    def text(self, node: Node | None, key: str) -> Text | None:
        """A text in both languages, `{zh: …, en: …}`."""
        if node is None:
            return None
        parts = self.section(node, key, needed="zh en")
        zh, en = self.string(parts.get("zh"), _join(key, "zh")), self.string(parts.get("en"), _join(key, "en"))
        for name, value in (("zh", zh), ("en", en)):
            if value == "":
                self.fault(parts[name], _join(key, name), "is empty")
        return Text(zh, en) if zh and en else None

    def each(self, node: Node | None, key: str, read: Callable[[str, Node, str], T | None]) -> Mapping[str, T]:
        """A mapping of names to things, each read by `read(name, node, key)`; what cannot be read is left out."""
        made = ((name, read(name, part, _join(key, name))) for name, part in self.mapping(node, key).items())
        return {name: thing for name, thing in made if thing is not None}


def kind_of(node: ScalarNode) -> str:
    """`str`, `int`, `bool`, `null`, `float`, `timestamp`: what YAML 1.2 makes of a scalar."""
    return str(node.tag).rpartition(":")[2]


def plain(node: Node) -> Any:
    """The value of a node as text, number, yes/no, None or a list of these; mappings are not plain."""
    if isinstance(node, SequenceNode):
        return [plain(part) for part in node.value]
    if not isinstance(node, ScalarNode):
        raise ValueError("a plain value is needed here")
    match kind_of(node):
        case "int":
            return int(node.value[:12], 0)
        case "bool":
            return node.value.lower() == "true"
        case "null":
            return None
    return node.value


def _join(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
