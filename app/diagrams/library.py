"""What is stored and published: versions of diagrams, their bundles, and what processes keep of them in memory.

    version = store_version(session, "dispute", bpmn, forms, actor)
    propose(session, version, actor); publish(session, version, second_actor)
    content = bundle_content(session, current_bundle(session, "dispute"))

Memory is keyed by content, or by the edition that every publication bumps: another process' publication is seen at
the next transaction, by one small query.
"""

from __future__ import annotations

import hashlib
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session, undefer

from app import clock, history
from app.accounts import SYSTEM, Actor
from app.db import bump_edition, editions
from app.diagrams import gate
from app.diagrams.diagram import Diagram, Known
from app.diagrams.findings import DiagramError, Report
from app.diagrams.forms import Forms, load_forms
from app.diagrams.forms.questions import MAX_CHARACTERS
from app.diagrams.models import DiagramBundle, DiagramVersion
from app.diagrams.xml import Unreadable
from app.errors import Conflict, Forbidden, FormsError, NotFound, Place
from app.rules.pack import RuleKey
from app.words import Text, say

EDITION = "diagrams"
MOST_REMEMBERED = 256
T = TypeVar("T")


@dataclass(frozen=True)
class Content:
    """A bundle as the engine and the pages need it. `process` is the one that is started; `forms` holds one for each
    process, `versions` what it is called in a case (`dispute@3`)."""

    process: str
    files: list[bytes]
    forms: Mapping[str, Forms]
    versions: Mapping[str, str]

    @property
    def version(self) -> str:
        return self.versions[self.process]


@dataclass(frozen=True)
class Procedure:
    """A procedure that can be started by itself."""

    process: str
    procedure: str
    title: Text
    number_code: str
    starters: tuple[str, ...]
    about: str
    version: str


# Memory


class _Remembered:
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
class _Published:
    """All published versions at one edition, by key."""

    versions: Mapping[str, DiagramVersion]

    @cached_property
    def known(self) -> Mapping[str, Known]:
        return {key: _known(version) for key, version in self.versions.items()}

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


_contents, _processes, _reports = _Remembered(), _Remembered(), _Remembered()
_published: weakref.WeakKeyDictionary[Engine, tuple[str, _Published]] = weakref.WeakKeyDictionary()


def content_hash(bpmn: str, forms: str) -> str:
    return hashlib.sha256(bpmn.encode() + b"\0" + forms.encode()).hexdigest()


def bundle_hash(key: str, members: Mapping[str, DiagramVersion]) -> str:
    parts = [key, *(f"{name} {members[name].hash}" for name in sorted(members))]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _known(version: DiagramVersion) -> Known:
    """A version as other diagrams see it; parsed once for each content."""

    def make() -> Known:
        forms = load_forms(version.forms, f"{version.key}.forms.yaml") if version.forms else None
        return Known(version.key, version.bpmn.encode(), forms)

    return _processes.get((version.key, version.hash), make)


def _now_published(session: Session) -> _Published:
    """What is published, as this transaction sees it. A transaction that has published itself reads anew each time:
    what it sees may never be committed."""
    engine, edition = session.get_bind().engine, editions(session).get(EDITION, "0")
    if session.info.get("publishes"):
        return _read_published(session)
    remembered = _published.get(engine)
    if remembered is None or remembered[0] != edition:
        remembered = edition, _read_published(session)
        _published[engine] = remembered
    return remembered[1]


def _read_published(session: Session) -> _Published:
    rows = session.scalars(
        select(DiagramVersion)
        .where(DiagramVersion.status == "published")
        .options(undefer(DiagramVersion.bpmn), undefer(DiagramVersion.forms))
    ).all()
    return _Published({row.key: _copy(row) for row in rows})


def _copy(row: DiagramVersion) -> DiagramVersion:
    """A row that belongs to no session, for memory shared by threads."""
    values = {column.key: getattr(row, column.key) for column in DiagramVersion.__mapper__.column_attrs}
    return DiagramVersion(**values)


# Storing and publishing


def store_version(session: Session, key: str, bpmn: str | bytes, forms: str, actor: Actor) -> DiagramVersion:
    """Keep a drawing with its forms as a new version, or find it when it was stored before. Raises DiagramError when
    there is danger in it; a draft need not be whole."""
    raw = bpmn if isinstance(bpmn, bytes) else bpmn.encode("utf-8", "replace")
    text, forms = raw.decode("utf-8-sig", "replace"), _storable(forms, key)
    _refuse_danger(session, key, raw, forms)
    owner = history.ledger(session, f"diagram:{key}")
    found = session.scalar(
        select(DiagramVersion).where(DiagramVersion.key == key, DiagramVersion.hash == content_hash(text, forms))
    )
    if found is not None:
        return found
    last = session.scalar(select(func.max(DiagramVersion.n)).where(DiagramVersion.key == key)) or 0
    version = DiagramVersion(
        key=key,
        n=last + 1,
        hash=content_hash(text, forms),
        status="draft",
        bpmn=text,
        forms=forms,
        created_at=clock.now(),
        created_by=actor.username,
    )
    session.add(version)
    session.flush()
    _book(owner, session, version, "stored", actor)
    return version


def _storable(forms: str, key: str) -> str:
    if len(forms) > MAX_CHARACTERS:
        file = f"{key}.forms.yaml"
        raise FormsError(
            [Place(file, 0, "", say("longer than %(max_characters)s characters", max_characters=MAX_CHARACTERS))]
        )
    return forms.encode("utf-8", "replace").decode().replace("\0", "")


def _refuse_danger(session: Session, key: str, raw: bytes, forms: str) -> None:
    try:
        read = load_forms(forms, f"{key}.forms.yaml") if forms.strip() else None
    except FormsError:
        read = None  # a draft's forms may be unfinished
    report = gate.check(raw, forms=read, library=library(session, without=key), level="draft", file=f"{key}.bpmn")
    if not report.ok:
        raise DiagramError(report)
    if process_of(raw) != key:
        raise Conflict(say("The diagram is of the process %(found)s, not of %(key)s.", found=process_of(raw), key=key))


def process_of(bpmn: bytes) -> str:
    """The id of the process in a file, under which it is stored; empty where there is none that can run."""
    try:
        process = Diagram(bpmn, file="").process
    except Unreadable:
        return ""
    return process.id if process else ""


def judge(session: Session, version: DiagramVersion) -> Report:
    """Whether the version can be published now. Takes up to a few seconds, and is remembered: ask it before the
    transaction that publishes, so that nobody waits behind it."""
    published, around = _now_published(session), library(session, without=version.key)
    forms = load_forms(version.forms, f"{version.key}.forms.yaml") if version.forms.strip() else None
    key = version.key, version.hash, *(published.versions[name].hash for name in sorted(around))
    return _reports.get(key, lambda: gate.check(version.bpmn.encode(), forms=forms, library=around, file=version.name))


def propose(session: Session, version: DiagramVersion, actor: Actor) -> DiagramVersion:
    """An administrator asks for a version to be published. Raises DiagramError, FormsError, Conflict."""
    owner = history.ledger(session, f"diagram:{version.key}")
    session.refresh(version)
    if version.status == "published":
        raise Conflict(say("%(version)s is published already.", version=version.name))
    _must_be_whole(judge(session, version))
    version.status, version.proposed_at, version.proposed_by = "proposed", clock.now(), actor.username
    session.flush()
    _book(owner, session, version, "proposed", actor)
    return version


def publish(session: Session, version: DiagramVersion, actor: Actor, *, operator: bool = False) -> DiagramVersion:
    """Publish a proposed version for new cases; running ones keep theirs. It takes a second administrator; the
    operator at the command line needs none. Raises DiagramError, FormsError, Conflict, Forbidden."""
    owner = history.ledger(session, f"diagram:{version.key}")
    session.refresh(version)
    if version.status == "published":
        return version
    if not operator:
        _must_be_second(version, actor)
    _must_be_whole(judge(session, version))
    _put_in_force(session, owner, version, actor)
    return version


def _must_be_second(version: DiagramVersion, actor: Actor) -> None:
    if version.status != "proposed":
        raise Conflict(say("%(version)s has not been proposed.", version=version.name))
    if version.proposed_by == actor.username:
        raise Forbidden(say("A second administrator must confirm what you have proposed."))


def _must_be_whole(report: Report) -> None:
    if not report.ok:
        raise DiagramError(report)


def _put_in_force(session: Session, owner: history.Ledger, version: DiagramVersion, actor: Actor) -> None:
    session.info["publishes"] = True
    bump_edition(session, EDITION)  # first of all: its lock lets one publication see the other
    for old in session.scalars(
        select(DiagramVersion).where(DiagramVersion.key == version.key, DiagramVersion.status == "published")
    ):
        old.status = "retired"
        _book(owner, session, old, "retired", actor)
    version.status, version.published_at, version.published_by = "published", clock.now(), actor.username
    session.flush()
    _book(owner, session, version, "published", actor)
    _bundle_anew(session)


def _bundle_anew(session: Session) -> None:
    """Bundles for all that is published now: whoever calls what was published runs the new version in new cases."""
    published = _read_published(session)
    for key, name in published.bundles.items():
        if session.get(DiagramBundle, name) is None:
            members = {process: version.id for process, version in published.members(key).items()}
            session.add(DiagramBundle(hash=name, key=key, members=members, created_at=clock.now()))
    session.flush()


def _book(owner: history.Ledger, session: Session, version: DiagramVersion, kind: str, actor: Actor) -> None:
    history.append(session, owner, f"diagram.{kind}", actor.username, {"n": version.n, "hash": version.hash})


# Reading


def versions(session: Session, key: str) -> list[DiagramVersion]:
    """All versions of a key, the newest first."""
    return list(
        session.scalars(select(DiagramVersion).where(DiagramVersion.key == key).order_by(DiagramVersion.n.desc()))
    )


def find_version(session: Session, key: str, n: int) -> DiagramVersion:
    found = session.scalar(select(DiagramVersion).where(DiagramVersion.key == key, DiagramVersion.n == n))
    if found is None:
        raise NotFound(say("There is no version %(n)s of %(key)s.", n=n, key=key))
    return found


def keys(session: Session) -> list[str]:
    """Every process of which a version is stored."""
    return list(session.scalars(select(DiagramVersion.key).distinct().order_by(DiagramVersion.key)))


def library(session: Session, without: str | None = None) -> dict[str, Known]:
    """The published processes, by id, as the gate wants them."""
    return {key: known for key, known in _now_published(session).known.items() if key != without}


def current_bundle(session: Session, key: str) -> str:
    """The hash of the bundle that a new case of this process runs. Raises NotFound."""
    found = _now_published(session).bundles.get(key)
    if found is None:
        raise NotFound(say("No diagram %(key)s is published.", key=key))
    return found


def bundle_content(session: Session, name: str) -> Content:
    """The content of a bundle, published once and perhaps long retired. Raises NotFound."""
    return _contents.get(name, lambda: _read_bundle(session, name))


def _read_bundle(session: Session, name: str) -> Content:
    bundle = session.get(DiagramBundle, name)
    if bundle is None:
        raise NotFound(say("There is no bundle %(hash)s.", hash=name[:12]))
    rows = session.scalars(
        select(DiagramVersion)
        .where(DiagramVersion.id.in_(bundle.members.values()))
        .options(undefer(DiagramVersion.bpmn), undefer(DiagramVersion.forms))
    ).all()
    known = {row.key: _known(_copy(row)) for row in rows}
    return Content(
        process=bundle.key,
        files=[known[key].bpmn for key in sorted(known)],
        forms={key: one.forms for key, one in known.items() if one.forms is not None},
        versions={row.key: row.name for row in rows},
    )


def procedures(session: Session) -> list[Procedure]:
    """The published procedures that can be started by themselves."""
    published = _now_published(session)
    found = []
    for key, known in sorted(published.known.items()):
        forms = known.forms
        if forms is not None and forms.startable:
            found.append(
                Procedure(
                    process=key,
                    procedure=forms.procedure,
                    title=forms.title,
                    number_code=forms.number_code or "",
                    starters=forms.starters,
                    about=forms.about,
                    version=published.versions[key].name,
                )
            )
    return found


def declared_rules(session: Session) -> dict[str, dict[str, RuleKey]]:
    """Process id → the rule keys that it needs answered, those of the processes that it calls among them."""
    return _declared(_now_published(session).known)


def declared_rules_in(folder: Path) -> dict[str, dict[str, RuleKey]]:
    """The same of the diagrams in a folder. Raises FormsError."""
    return _declared(read_folder(folder))


def _declared(known: Mapping[str, Known]) -> dict[str, dict[str, RuleKey]]:
    needed = {key: [known[name].forms for name in with_called(known, key)] for key in known}
    return {
        key: {name: rule for forms in all_forms if forms for name, rule in forms.rules.items()}
        for key, all_forms in needed.items()
    }


# Files


def read_folder(folder: Path) -> dict[str, Known]:
    """The diagrams of a folder with their forms, by the name of the file, which is the process id."""
    found: dict[str, Known] = {}
    for path in sorted(folder.glob("*.bpmn")):
        beside = path.with_suffix(".forms.yaml")
        forms = load_forms(beside.read_text("utf-8"), beside.name) if beside.exists() else None
        found[path.stem] = Known(path.stem, path.read_bytes(), forms)
    return found


def load_shipped(session: Session, folder: Path) -> list[DiagramVersion]:
    """Store and publish what a release brings; what was brought before is left alone, and so is a diagram of which
    an administrator has published a version. Raises DiagramError, FormsError; returns the newly published."""
    shipped, new = read_folder(folder), []
    for key in _called_first(shipped):
        known, path = shipped[key], folder / f"{key}.forms.yaml"
        bpmn = known.bpmn.decode("utf-8-sig")
        forms = path.read_text("utf-8") if path.exists() else ""
        if _brought_before(session, key, content_hash(bpmn, forms)):
            continue
        report = gate.check(
            known.bpmn, forms=known.forms, library=_others(shipped, key), file=f"{key}.bpmn", walk=False
        )
        _must_be_whole(report)
        version = store_version(session, key, bpmn, forms, SYSTEM)
        if not _chosen_here(session, key):
            _put_in_force(session, history.ledger(session, f"diagram:{key}"), version, SYSTEM)
            new.append(version)
    return new


def _others(known: Mapping[str, Known], key: str) -> dict[str, Known]:
    return {name: one for name, one in known.items() if name != key}


def _called_first(known: Mapping[str, Known]) -> Iterable[str]:
    """The keys so that what is called comes before who calls it."""
    placed: list[str] = []

    def place(key: str, above: tuple[str, ...]) -> None:
        if key in known and key not in placed and key not in above:
            for called in known[key].calls:
                place(called, (*above, key))
            placed.append(key)

    for key in known:
        place(key, ())
    return placed


def _brought_before(session: Session, key: str, digest: str) -> bool:
    found = select(DiagramVersion.id).where(DiagramVersion.key == key, DiagramVersion.hash == digest)
    return session.scalar(found) is not None


def _chosen_here(session: Session, key: str) -> bool:
    """Whether a person has published the version that is in force."""
    by = session.scalar(
        select(DiagramVersion.published_by).where(DiagramVersion.key == key, DiagramVersion.status == "published")
    )
    return by not in (None, SYSTEM.username)
