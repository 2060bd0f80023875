"""Asks a pack's tree for its values. What could not be read is answered with an empty value of the right type, which
nobody sees because the pack is then refused."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date

from app.floor import yaml_reader as strict
from app.floor.messages import Say, Text, say
from app.floor.yaml_nodes import YamlNode
from app.rules.pack import FIRST_DAY, LAST_DAY

CheckExpression = Callable[[str], list[Say]]
LONGEST_PATH = 160
ARTICLE = re.compile(r"\d{1,3}(\(\d{1,2}\)){0,2}")


class PackReader(strict.YamlReader):
    def __init__(self, file: str, check_expression: CheckExpression):
        super().__init__(file)
        self._check_expression = check_expression

    def fault(self, where: YamlNode | int | None, path: str, message: Say) -> None:
        """Rules are named by their own key, everything else by its path."""
        super().fault(where, path.removeprefix("rules.")[:LONGEST_PATH], message)

    def words(self, node: YamlNode | None, path: str) -> str:
        return self.filled(node, path) or "-"

    def code(self, node: YamlNode | None, path: str, pattern: str) -> str:
        text = self.words(node, path)
        if node is not None and not re.fullmatch(pattern, text):
            self.fault(node, path, say("%(text)s does not fit %(pattern)s", text=repr(text[:40]), pattern=pattern))
        return text

    def both(self, node: YamlNode | None, path: str) -> Text:
        """A text in both languages."""
        return self.text(node, path) or Text("-", "-")

    def note(self, node: YamlNode | None, path: str) -> Text | None:
        return self.both(node, path) if node is not None else None

    def flag(self, node: YamlNode | None, path: str, otherwise: bool = False) -> bool:
        given = self.switch(node, path)
        return otherwise if given is None else given

    def number(self, node: YamlNode | None, path: str, least: int, most: int) -> int | None:
        number = self.integer(node, path)
        if number is not None and not least <= number <= most:
            self.fault(node, path, say("must lie between %(least)s and %(most)s", least=least, most=most))
        return number

    def day(self, node: YamlNode | None, path: str) -> date | None:
        """A date without quotes, as 2021-03-10; null is none."""
        on = super().day(node, path) if node is not None and node.value is not None else None
        if on is None or FIRST_DAY <= on <= LAST_DAY:
            return on
        self.fault(node, path, say("must lie between %(least)s and %(most)s", least=FIRST_DAY, most=LAST_DAY))
        return None

    def one_of(self, node: YamlNode | None, path: str, choices: Iterable[str]) -> str:
        known = list(choices)
        return self.choice(node, path, known) or known[0]

    def article(self, node: YamlNode | None, path: str) -> tuple[str, ...]:
        """One article or several: "15", 15 or ["15", "4(2)"]."""
        if node is None:
            return ()
        parts = node.value if isinstance(node.value, list) else [node]
        found = tuple(str(part.value).strip() for part in parts)
        if not found or not all(ARTICLE.fullmatch(one) for one in found):
            self.fault(node, path, say('an article is needed here, such as "15" or ["15", "4(2)"]'))
        return found

    def expression(self, node: YamlNode | None, path: str) -> str | None:
        if node is None:
            return None
        source = self.words(node, path)
        for message in self._check_expression(source):
            self.fault(node, path, message)
        return source
