"""YAML as values that know their lines. Built from the parser's events, without recursion, so that no text can make it
deep, big or run code: aliases, tags and directives are refused, and a key that stands twice is a fault."""

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

from app.errors import Place

MAX_CHARACTERS, MAX_DEPTH, MAX_NODES = 200_000, 12, 20_000
LONGEST_NUMBER, LONGEST_SHOWN, LONGEST_PATH = 20, 60, 160


@dataclass(slots=True)
class Node:
    """A value and the line on which it stands; a mapping is a dict of nodes, a list a list of nodes."""

    line: int
    value: Any


@dataclass(slots=True)
class _Open:
    """A mapping or list that is still being read; `key` is the mapping's key that waits for its value."""

    node: Node
    path: str
    key: str | None = None
    keys: dict[str, int] = field(default_factory=dict)


class Unreadable(Exception):
    """The text cannot be read any further."""

    def __init__(self, line: int, message: str):
        self.line, self.message = line, message
        super().__init__(message)


def read_yaml(text: str, file: str) -> tuple[Node | None, list[Place]]:
    """The file's one document, and its faults. None when it could not be read to the end."""
    builder = _Builder(file)
    try:
        if len(text) > MAX_CHARACTERS:
            raise Unreadable(0, f"the file is longer than {MAX_CHARACTERS} characters")
        yaml = YAML(typ="rt", pure=True)
        for event in yaml.parse(text):
            builder.take(event, yaml.resolver)
    except Unreadable as error:
        return None, [*builder.places, Place(file, error.line, "", error.message)]
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        message = error.problem or error.context or "this is not YAML"
        return None, [
            *builder.places,
            Place(file, mark.line + 1 if mark else 0, "", f"not readable as YAML: {message}"),
        ]
    except (YAMLError, ValueError) as error:
        return None, [*builder.places, Place(file, 0, "", f"not readable as YAML: {str(error)[:200]}")]
    if builder.root is None:
        builder.places.append(Place(file, 1, "", "the file is empty"))
    return builder.root, builder.places


def place_key(path: str) -> str:
    """How a place is named: rules by their own key, everything else by its path."""
    return path.removeprefix("rules.")[:LONGEST_PATH]


class _Builder:
    def __init__(self, file: str):
        self.file, self.root, self.places = file, None, list[Place]()  # type: tuple[str, Node | None, list[Place]]
        self._open: list[_Open] = []
        self._nodes = 0

    def take(self, event: Event, resolver: Any) -> None:
        line = event.start_mark.line + 1
        match event:
            case DocumentStartEvent():
                if self.root is not None:
                    raise Unreadable(line, "a second document begins here; one file holds one regulation")
                if event.version or event.tags:
                    raise Unreadable(line, "directives (%YAML, %TAG) are not allowed")
            case AliasEvent():
                raise Unreadable(
                    line, f"aliases are not allowed (*{event.anchor[:LONGEST_SHOWN]}); write the value out"
                )
            case MappingStartEvent() | SequenceStartEvent():
                self._refuse_marks(event, line)
                self._begin(Node(line, {} if isinstance(event, MappingStartEvent) else []))
            case MappingEndEvent() | SequenceEndEvent():
                self._open.pop()
            case ScalarEvent():
                self._refuse_marks(event, line)
                self._scalar(event, line, resolver)

    @staticmethod
    def _refuse_marks(event: NodeEvent, line: int) -> None:
        if event.anchor:
            raise Unreadable(line, f"anchors are not allowed (&{event.anchor[:LONGEST_SHOWN]}); write the value out")
        tag = getattr(event, "ctag", None)
        if tag:
            raise Unreadable(line, f"tags are not allowed ({str(tag)[:LONGEST_SHOWN]})")

    def _begin(self, node: Node) -> None:
        if len(self._open) >= MAX_DEPTH:
            raise Unreadable(node.line, f"nested deeper than {MAX_DEPTH}")
        if self._open and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None:
            raise Unreadable(node.line, "a plain name is needed as key")
        path = self._path()
        self._place(node)
        self._open.append(_Open(node, path))

    def _scalar(self, event: ScalarEvent, line: int, resolver: Any) -> None:
        holder = self._open[-1] if self._open else None
        if holder and isinstance(holder.node.value, dict) and holder.key is None:
            self._key(holder, event.value, line)
            return
        tag = str(resolver.resolve(ScalarNode, event.value, event.implicit)) if event.implicit[0] else "str"
        try:
            value = _plain(event.value, tag.rpartition(":")[2])
        except ValueError:
            self.places.append(
                Place(self.file, line, place_key(self._path()), f"{event.value[:LONGEST_SHOWN]!r} cannot be read")
            )
            value = None
        self._place(Node(line, value))

    def _key(self, holder: _Open, key: str, line: int) -> None:
        holder.key = key
        if key in holder.keys:
            message = f"stands twice; the first is on line {holder.keys[key]}"
            self.places.append(Place(self.file, line, place_key(self._path()), message))
        holder.keys.setdefault(key, line)

    def _path(self) -> str:
        if not self._open:
            return ""
        return ".".join(part for part in (self._open[-1].path, self._open[-1].key) if part)

    def _place(self, node: Node) -> None:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise Unreadable(node.line, f"more than {MAX_NODES} values")
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
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
