"""YAML as values that know their lines. Built from the parser's events, without recursion, so that no text can make it
deep, big or run code: tags and directives are refused, and so are anchors, but for files that may repeat themselves."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.nodes import ScalarNode

from app.floor.messages import Say, say

MAX_DEPTH = 12
LONGEST_NUMBER, LONGEST_SHOWN = 20, 60


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a file may hold. `anchors`: it may repeat a part of itself, which counts each time."""

    characters: int = 200_000
    values: int = 20_000
    anchors: bool = False


@dataclass(frozen=True, slots=True)
class Twice:
    """A key that stands a second time in its mapping; the first value holds."""

    key: str
    line: int
    first: int


@dataclass(frozen=True, slots=True)
class Unread:
    """A scalar that looks like a number or a date and is none."""

    text: str


@dataclass(slots=True)
class YamlNode:
    """A value and the line on which it stands; a mapping is a dict of nodes, a list a list of nodes. `size` counts the
    values in it, `height` how deep they are nested."""

    line: int
    value: Any
    twice: list[Twice] = field(default_factory=list)
    size: int = 1
    height: int = 0


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still being read; `key` is the mapping's key that waits for its value."""

    node: YamlNode
    anchor: str | None
    before: int
    key: str | None = None
    keys: dict[str, int] = field(default_factory=dict)


class UnreadableYaml(Exception):
    """The text cannot be read any further."""

    def __init__(self, line: int, message: Say):
        self.line, self.message = line, message
        super().__init__(str(message))


def read_yaml(text: str, limits: Limits) -> YamlNode:
    """The text's one document. Raises Unreadable with the line where it cannot be read any further."""
    if len(text) > limits.characters:
        raise UnreadableYaml(0, say("the file is longer than %(characters)s characters", characters=limits.characters))
    if (lost := text.find("\ufffd")) >= 0:
        raise UnreadableYaml(text.count("\n", 0, lost) + 1, say("not UTF-8; save the file as UTF-8"))
    builder, yaml = _Builder(limits), YAML(typ="rt", pure=True)
    try:
        for event in yaml.parse(text):
            builder.take(event, yaml.resolver)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise UnreadableYaml(mark.line + 1 if mark else 0, say("not readable as YAML")) from error
    except (YAMLError, ValueError) as error:
        raise UnreadableYaml(0, say("not readable as YAML")) from error
    if builder.root is None:
        raise UnreadableYaml(1, say("the file is empty"))
    return builder.root


class _Builder:
    def __init__(self, limits: Limits):
        self.limits, self.root, self.values = limits, None, 0  # type: tuple[Limits, YamlNode | None, int]
        self._open: list[_Open] = []
        self._anchors: dict[str, YamlNode] = {}

    def take(self, event: Event, resolver: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case DocumentStartEvent():
                if self.root is not None:
                    raise UnreadableYaml(line, say("a second document begins here; a file holds one"))
                if event.version or event.tags:
                    raise UnreadableYaml(line, say("directives (%(names)s) are not allowed", names="%YAML, %TAG"))
            case AliasEvent():
                self._repeat(event.anchor, line)
            case MappingStartEvent() | SequenceStartEvent():
                self._begin(YamlNode(line, {} if isinstance(event, MappingStartEvent) else []), self._mark(event, line))
            case MappingEndEvent() | SequenceEndEvent():
                self._end()
            case ScalarEvent():
                self._scalar(event, line, resolver, self._mark(event, line))

    def _mark(self, event: NodeEvent, line: int) -> str | None:
        """The anchor of a value, where one is allowed."""
        shown = (event.anchor or "")[:LONGEST_SHOWN]
        if event.anchor and not self.limits.anchors:
            raise UnreadableYaml(line, say("anchors are not allowed (&%(shown)s); write the value out", shown=shown))
        if event.anchor in self._anchors or any(one.anchor == event.anchor for one in self._open if one.anchor):
            raise UnreadableYaml(line, say("the anchor &%(shown)s stands twice", shown=shown))
        tag = getattr(event, "ctag", None)
        if tag:
            raise UnreadableYaml(line, say("tags are not allowed (%(tag)s)", tag=str(tag)[:LONGEST_SHOWN]))
        return event.anchor or None

    def _repeat(self, anchor: str, line: int) -> None:
        if not self.limits.anchors:
            raise UnreadableYaml(
                line, say("aliases are not allowed (*%(anchor)s); write the value out", anchor=anchor[:LONGEST_SHOWN])
            )
        if anchor not in self._anchors:
            raise UnreadableYaml(line, say("nothing before this is called &%(anchor)s", anchor=anchor[:LONGEST_SHOWN]))
        node = self._anchors[anchor]
        self._bound(line, node.height)
        self._place(node)

    def _bound(self, line: int, height: int) -> None:
        if len(self._open) + height > MAX_DEPTH:
            raise UnreadableYaml(line, say("nested deeper than %(max_depth)s", max_depth=MAX_DEPTH))
        if self._awaits_key():
            raise UnreadableYaml(line, say("a plain name is needed as key"))

    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None

    def _begin(self, node: YamlNode, anchor: str | None) -> None:
        self._bound(node.line, 1)
        self._place(node)
        self._open.append(_Open(node, anchor, self.values))

    def _end(self) -> None:
        ended = self._open.pop()
        ended.node.size = 1 + self.values - ended.before
        ended.node.height += 1
        if self._open:
            holder = self._open[-1].node
            holder.height = max(holder.height, ended.node.height)
        if ended.anchor:
            self._anchors[ended.anchor] = ended.node

    def _scalar(self, event: ScalarEvent, line: int, resolver: Any, anchor: str | None) -> None:
        if self._awaits_key():
            self._key(self._open[-1], event.value, line)
            return
        tag = str(resolver.resolve(ScalarNode, event.value, event.implicit)) if event.implicit[0] else "str"
        try:
            node = YamlNode(line, _plain(event.value, tag.rpartition(":")[2]))
        except ValueError:
            node = YamlNode(line, Unread(event.value[:LONGEST_SHOWN]))
        if anchor:
            self._anchors[anchor] = node
        self._place(node)

    @staticmethod
    def _key(holder: _Open, key: str, line: int) -> None:
        holder.key = key
        if key in holder.keys:
            holder.node.twice.append(Twice(key, line, holder.keys[key]))
        holder.keys.setdefault(key, line)

    def _place(self, node: YamlNode) -> None:
        self.values += node.size
        if self.values > self.limits.values:
            raise UnreadableYaml(node.line, say("more than %(values)s values", values=self.limits.values))
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        holder.node.height = max(holder.node.height, node.height)
        if isinstance(holder.node.value, list):
            holder.node.value.append(node)
        else:
            holder.node.value.setdefault(holder.key, node)
            holder.key = None


def _plain(text: str, tag: str) -> Any:
    """What YAML 1.2 makes of a scalar; a moment, or a number that is not plainly written, is refused."""
    match tag:
        case "null":
            return None
        case "bool":
            return text.lower() == "true"
        case "int":
            if len(text) > LONGEST_NUMBER:
                raise ValueError
            return int(text)
        case "float":
            return float(text)
        case "timestamp":
            return date.fromisoformat(text)
    return text
