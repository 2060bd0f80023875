"""What a process keeps of the published diagrams. Keyed by content, or by the edition that every publication bumps:
another process' publication is seen at the next transaction, by one small query.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, undefer

from app.database.transactions import editions
from app.diagrams.diagram import Known
from app.diagrams.forms import load_forms
from app.diagrams.models import DiagramVersion

EDITION = "diagrams"
PUBLISHES = "publishes"
"""Marks a session that has published itself."""
MOST_REMEMBERED = 256
T = TypeVar("T")


class Remembered:
    """Things by key, the least used forgotten first; safe for many threads."""

    def __init__(self) -> None:
        self._things: OrderedDict[Any, Any] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Any, make: Callable[[], T]) -> T:
        with self._lock:
            if key in self._things:
                self._things.move_to_end(key)
                found: T = self._things[key]
                return found
        made = make()
        with self._lock:
            self._things[key] = made
            while len(self._things) > MOST_REMEMBERED:
                self._things.popitem(last=False)
        return made


@dataclass(frozen=True)
class PublishedDiagrams:
    """All published versions at one edition, by key."""

    versions: Mapping[str, DiagramVersion]

    @cached_property
    def known(self) -> Mapping[str, Known]:
        return {key: known_of(version) for key, version in self.versions.items()}

    @cached_property
    def bundles(self) -> Mapping[str, str]:
        """Key → hash of its bundle."""
        return {key: bundle_hash(key, self.members(key)) for key in self.versions}

    def members(self, key: str) -> dict[str, DiagramVersion]:
        """The version itself and all that it calls, directly or not."""
        return {name: self.versions[name] for name in with_called(self.known, key)}


def with_called(known: Mapping[str, Known], key: str) -> list[str]:
    """The process and all that it calls, directly or not, as far as they are known."""
    found: list[str] = []
    waiting = [key]
    while waiting:
        name = waiting.pop()
        if name in known and name not in found:
            found.append(name)
            waiting += known[name].calls
    return found


_processes = Remembered()
_published: weakref.WeakKeyDictionary[Engine, tuple[str, PublishedDiagrams]] = weakref.WeakKeyDictionary()


def content_hash(bpmn: str, forms: str) -> str:
    return hashlib.sha256(bpmn.encode() + b"\0" + forms.encode()).hexdigest()


def bundle_hash(key: str, members: Mapping[str, DiagramVersion]) -> str:
    parts = [key, *(f"{name} {members[name].hash}" for name in sorted(members))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def known_of(version: DiagramVersion) -> Known:
    """A version as other diagrams see it; parsed once for each content."""

    def make() -> Known:
        forms = load_forms(version.forms, f"{version.key}.forms.yaml") if version.forms else None
        return Known(version.key, version.bpmn.encode(), forms)

    return _processes.get((version.key, version.hash), make)


def now_published(session: Session) -> PublishedDiagrams:
    """What is published, as this transaction sees it. A transaction that has published itself reads anew each time:
    what it sees may never be committed."""
    engine, edition = session.get_bind().engine, editions(session).get(EDITION, "0")
    if session.info.get(PUBLISHES):
        return read_published(session)
    remembered = _published.get(engine)
    if remembered is None or remembered[0] != edition:
        remembered = edition, read_published(session)
        _published[engine] = remembered
    return remembered[1]


def read_published(session: Session) -> PublishedDiagrams:
    rows = session.scalars(
        select(DiagramVersion)
        .where(DiagramVersion.status == "published")
        .options(undefer(DiagramVersion.bpmn), undefer(DiagramVersion.forms))
    ).all()
    return PublishedDiagrams({row.key: copy_of(row) for row in rows})


def copy_of(row: DiagramVersion) -> DiagramVersion:
    """A row that belongs to no session, for memory shared by threads."""
    values = {column.key: getattr(row, column.key) for column in DiagramVersion.__mapper__.column_attrs}
    return DiagramVersion(**values)
