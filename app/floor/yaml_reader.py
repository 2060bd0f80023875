"""Asks a YAML tree for what must stand there: rule packs, forms and calendars are read by this. A fault is noted with
its place and never stops the reading, so that all of them are found at once; what could not be read is None."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from app.floor.errors import Place
from app.floor.messages import Say, Text, say
from app.floor.yaml_nodes import Limits, Unread, UnreadableYaml, YamlNode, read_yaml

T = TypeVar("T")
MISSING = say("is missing")


class YamlReader:
    """One file being read, and the faults found in it so far."""

    limits = Limits()

    def __init__(self, file: str):
        self.file, self.places = file, list[Place]()

    def root(self, text: str) -> YamlNode | None:
        """The file's tree; None when it cannot be read to its end."""
        try:
            return read_yaml(text, self.limits)
        except UnreadableYaml as error:
            self.fault(error.line, "", error.message)
            return None

    def fault(self, where: YamlNode | int | None, path: str, message: Say) -> None:
        line = where.line if isinstance(where, YamlNode) else where or 0
        self.places.append(Place(self.file, line, path, message))

    def found(self) -> list[Place]:
        """All faults, in the order of their lines."""
        return sorted({str(place): place for place in self.places}.values(), key=lambda place: place.line)

    def section(self, node: YamlNode | None, path: str, needed: str = "", allowed: str = "") -> dict[str, YamlNode]:
        """A mapping with known keys only; `needed` and `allowed` are names between blanks."""
        entries = self.entries(node, path)
        known = [*needed.split(), *allowed.split()]
        for key in [key for key in entries if key not in known]:
            self.fault(
                entries.pop(key), join(path, key), say("is not known here%(hint)s", hint=did_you_mean(key, known))
            )
        if node is not None and isinstance(node.value, dict):
            for key in needed.split():
                if key not in entries:
                    self.fault(node, join(path, key), MISSING)
        return entries

    def entries(self, node: YamlNode | None, path: str) -> dict[str, YamlNode]:
        """A mapping with free keys; one that stands twice is a fault."""
        if node is not None and isinstance(node.value, dict):
            for one in node.twice:
                self.fault(
                    one.line, join(path, one.key), say("stands twice; the first is on line %(first)s", first=one.first)
                )
            return dict(node.value)
        if node is not None:
            self.fault(node, path, say("keys with values are needed here"))
        return {}

    def items(self, node: YamlNode | None, path: str) -> list[YamlNode]:
        if node is not None and isinstance(node.value, list):
            return list(node.value)
        if node is not None:
            self.fault(node, path, say("a list is needed here"))
        return []

    def each(self, node: YamlNode | None, path: str, read: Callable[[str, YamlNode, str], T | None]) -> dict[str, T]:
        """A mapping of names to things, each read by `read(name, node, path)`; what cannot be read is left out."""
        made = ((name, read(name, part, join(path, name))) for name, part in self.entries(node, path).items())
        return {name: thing for name, thing in made if thing is not None}

    def scalar(self, node: YamlNode | None, path: str, kind: type[T], what: Say) -> T | None:
        if node is None or type(node.value) is kind:
            return None if node is None else node.value
        if isinstance(node.value, Unread):
            self.fault(node, path, say("%(text)s cannot be read", text=repr(node.value.text)))
        else:
            self.fault(node, path, what)
        return None

    def string(self, node: YamlNode | None, path: str) -> str | None:
        text = self.scalar(
            node, path, str, say("a text (in quotes, if it looks like a number or a date) is needed here")
        )
        return None if text is None else text.strip()

    def strings(self, node: YamlNode | None, path: str) -> tuple[str, ...]:
        found = (self.string(part, path) for part in self.items(node, path))
        return tuple(text for text in found if text is not None)

    def filled(self, node: YamlNode | None, path: str) -> str | None:
        """A text that is not empty."""
        text = self.string(node, path)
        if text == "":
            self.fault(node, path, say("is empty"))
        return text or None

    def matching(self, node: YamlNode | None, path: str, pattern: str | re.Pattern[str], what: Say) -> str | None:
        text = self.string(node, path)
        if text is None or re.fullmatch(pattern, text):
            return text
        self.fault(node, path, say("%(text)s is not %(what)s", text=repr(text[:60]), what=what))
        return None

    def integer(self, node: YamlNode | None, path: str) -> int | None:
        return self.scalar(node, path, int, say("a whole number is needed here"))

    def switch(self, node: YamlNode | None, path: str) -> bool | None:
        return self.scalar(node, path, bool, say("true or false is needed here"))

    def day(self, node: YamlNode | None, path: str) -> date | None:
        """A date without quotes."""
        return self.scalar(node, path, date, say("a date such as 2021-03-10 is needed here"))

    def choice(self, node: YamlNode | None, path: str, choices: Iterable[str]) -> str | None:
        text, known = self.filled(node, path), list(choices)
        if text is None or text in known:
            return text
        self.fault(
            node,
            path,
            say(
                "%(text)s is none of: %(known)s%(hint)s",
                text=repr(text[:40]),
                known=", ".join(known),
                hint=did_you_mean(text, known),
            ),
        )
        return None

    def text(self, node: YamlNode | None, path: str) -> Text | None:
        """A text in both languages, `{zh: …, en: …}`."""
        parts = self.section(node, path, needed="zh en")
        zh, en = (self.filled(parts.get(name), join(path, name)) for name in ("zh", "en"))
        return Text(zh, en) if zh and en else None

    def plain(self, node: YamlNode, path: str) -> Any:
        """The value without its lines."""
        if isinstance(node.value, Unread):
            return self.scalar(node, path, object, MISSING)
        if isinstance(node.value, dict):
            return {key: self.plain(part, join(path, key)) for key, part in self.entries(node, path).items()}
        if isinstance(node.value, list):
            return [self.plain(part, path) for part in node.value]
        return node.value


def did_you_mean(word: str, known: Iterable[str]) -> Say | str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return say("; did you mean %(word)s?", word=close[0]) if close else ""


def join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
