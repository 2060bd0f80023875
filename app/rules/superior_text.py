"""A text above the regulations of the jurisdictions, read strictly from its file: what it is called, since when it is
in force, what it leaves out altogether. Numbers do not stand here: they are entered with their source."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from app.floor.errors import Place, RulePackError
from app.floor.messages import Text, say
from app.floor.yaml_nodes import YamlNode
from app.rules.pack import RANKS, Superior
from app.rules.value_reader import PackReader

CODE = "[a-z][a-z0-9_]{1,39}"


@dataclass(frozen=True)
class Excluded:
    """What is no matter of sharing at all under the superior text, and so under none below it."""

    key: str
    title: Text
    article: tuple[str, ...]


@dataclass(frozen=True)
class SuperiorText:
    """One text, checked."""

    text: Superior
    from_on: date
    until: date | None
    excluded: Mapping[str, Excluded]
    note: Text | None
    hash: str

    def in_force(self, on: date) -> bool:
        return self.from_on <= on and (self.until is None or on <= self.until)


def is_superior(text: str) -> bool:
    """Whether a file holds a superior text and no pack: its first key says so."""
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    return next(lines, "").startswith("superior:")


def load_superior(text: str, file: str) -> SuperiorText:
    """Raises RulePackError with every fault."""
    found, places = _read(text, file)
    if places or found is None:
        raise RulePackError(places)
    return found


def check_superior(text: str, file: str) -> list[Place]:
    """Every fault of the file, in the order of its lines."""
    return _read(text, file)[1]


def _read(text: str, file: str) -> tuple[SuperiorText | None, list[Place]]:
    r = PackReader(file, lambda _: [])
    root = r.root(text)
    if root is None:
        return None, r.found()
    top = r.section(root, "", "superior title rank in_force", "document excluded note")
    force = r.section(top.get("in_force"), "in_force", "from", "until")
    begins, ends = r.day(force.get("from"), "in_force.from"), r.day(force.get("until"), "in_force.until")
    if "from" in force and begins is None:
        r.fault(force["from"], "in_force.from", say("a date such as 2021-03-10 is needed here"))
    if begins and ends and ends < begins:
        r.fault(force["until"], "in_force.until", say("lies before the first day"))
    found = SuperiorText(
        text=Superior(
            code=r.code(top.get("superior"), "superior", CODE),
            title=r.both(top.get("title"), "title"),
            document=r.words(top["document"], "document") if "document" in top else None,
            rank=r.one_of(top.get("rank"), "rank", RANKS),
        ),
        from_on=begins or date.min,
        until=ends,
        excluded={key: _excluded(r, key, node) for key, node in r.entries(top.get("excluded"), "excluded").items()},
        note=r.note(top.get("note"), "note"),
        hash=hashlib.sha256(text.encode()).hexdigest(),
    )
    return found, r.found()


def _excluded(r: PackReader, key: str, node: YamlNode) -> Excluded:
    path = f"excluded.{key}"
    parts = r.section(node, path, "title article")
    return Excluded(
        key, r.both(parts.get("title"), f"{path}.title"), r.article(parts.get("article"), f"{path}.article")
    )
