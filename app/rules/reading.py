"""Asks a YAML tree for what must stand there. A fault is noted with its place and never stops the reading: what could
not be read is answered with an empty value of the right type, which nobody sees because the pack is then refused."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any, TypeVar

from app.errors import Place
from app.rules.located import Node, place_key
from app.rules.pack import FIRST_DAY, LAST_DAY
from app.words import Text

T = TypeVar("T")
CheckExpression = Callable[[str], list[str]]
_ARTICLE = re.compile(r"\d{1,3}(\(\d{1,2}\)){0,2}")


class Reading:
    def __init__(self, file: str, check_expression: CheckExpression):
        self.file, self.places = file, list[Place]()
        self._check_expression = check_expression

    def fault(self, node: Node | None, path: str, message: str) -> None:
        self.places.append(Place(self.file, node.line if node else 0, place_key(path), message))

    def section(self, node: Node | None, path: str, needed: str = "", allowed: str = "") -> dict[str, Node]:
        """A mapping with known keys only; `needed` and `allowed` are names between blanks."""
        entries = self.entries(node, path)
        known = [*needed.split(), *allowed.split()]
        for key in [key for key in entries if key not in known]:
            self.fault(entries.pop(key), join(path, key), f"is not known here{did_you_mean(key, known)}")
        if node is not None and isinstance(node.value, dict):
            for key in needed.split():
                if key not in entries:
                    self.fault(node, join(path, key), "is missing")
        return entries

    def entries(self, node: Node | None, path: str) -> dict[str, Node]:
        """A mapping with free keys."""
        if node is not None and isinstance(node.value, dict):
            return dict(node.value)
        if node is not None:
            self.fault(node, path, "keys with values are needed here")
        return {}

    def items(self, node: Node | None, path: str) -> list[Node]:
        if node is not None and isinstance(node.value, list):
            return list(node.value)
        if node is not None:
            self.fault(node, path, "a list is needed here")
        return []

    def _is(self, node: Node | None, path: str, kind: type[T], what: str, otherwise: T) -> T:
        if node is None or type(node.value) is kind:
            return otherwise if node is None else node.value
        self.fault(node, path, f"{what} is needed here")
        return otherwise

    def words(self, node: Node | None, path: str) -> str:
        text = self._is(node, path, str, "a text (in quotes, if it looks like a number or a date)", "-").strip()
        if not text:
            self.fault(node, path, "is empty")
        return text

    def code(self, node: Node | None, path: str, pattern: str) -> str:
        text = self.words(node, path)
        if node is not None and not re.fullmatch(pattern, text):
            self.fault(node, path, f"{text[:40]!r} does not fit {pattern}")
        return text

    def both(self, node: Node | None, path: str) -> Text:
        """A text in both languages."""
        parts = self.section(node, path, needed="zh en")
        return Text(*(self.words(parts.get(name), join(path, name)) for name in ("zh", "en")))

    def note(self, node: Node | None, path: str) -> Text | None:
        return self.both(node, path) if node is not None else None

    def flag(self, node: Node | None, path: str, otherwise: bool = False) -> bool:
        return self._is(node, path, bool, "true or false", otherwise)

    def number(self, node: Node | None, path: str, least: int, most: int) -> int | None:
        if node is None:
            return None
        number = self._is(node, path, int, "a whole number", least)
        if not least <= number <= most:
            self.fault(node, path, f"must lie between {least} and {most}")
        return number

    def day(self, node: Node | None, path: str) -> date | None:
        """A date without quotes, as 2021-03-10; null is none."""
        if node is None or node.value is None:
            return None
        on = self._is(node, path, date, "a date such as 2021-03-10", FIRST_DAY)
        if not FIRST_DAY <= on <= LAST_DAY:
            self.fault(node, path, f"must lie between {FIRST_DAY} and {LAST_DAY}")
            return None
        return on

    def one_of(self, node: Node | None, path: str, choices: Iterable[str]) -> str:
        known = list(choices)
        if node is None:
            return known[0]
        text = self.words(node, path)
        if text not in known:
            self.fault(node, path, f"{text[:40]!r} is none of: {', '.join(known)}{did_you_mean(text, known)}")
        return text

    def article(self, node: Node | None, path: str) -> tuple[str, ...]:
        """One article or several: "15", 15 or ["15", "4(2)"]."""
        if node is None:
            return ()
        parts = node.value if isinstance(node.value, list) else [node]
        found = tuple(str(part.value).strip() for part in parts)
        if not found or not all(_ARTICLE.fullmatch(one) for one in found):
            self.fault(node, path, 'an article is needed here, such as "15" or ["15", "4(2)"]')
        return found

    def expression(self, node: Node | None, path: str) -> str | None:
        if node is None:
            return None
        source = self.words(node, path)
        for message in self._check_expression(source):
            self.fault(node, path, message)
        return source


def plain(node: Node) -> Any:
    """The value without its lines."""
    if isinstance(node.value, dict):
        return {key: plain(part) for key, part in node.value.items()}
    if isinstance(node.value, list):
        return [plain(part) for part in node.value]
    return node.value


def did_you_mean(word: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {close[0]}?" if close else ""


def join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
