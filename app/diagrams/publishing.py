"""Keeping a drawing, and putting it in force.

version = store_version(session, "dispute", bpmn, forms, actor)
propose(session, version, actor); publish(session, version, second_actor)
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import history
from app.accounts import SYSTEM, Actor
from app.database.transactions import bump_edition
from app.diagrams import gate
from app.diagrams.cache import EDITION, PUBLISHES, Remembered, content_hash, now_published, read_published
from app.diagrams.diagram import Diagram, Known
from app.diagrams.findings import DiagramError, Report
from app.diagrams.forms import load_forms
from app.diagrams.forms.question_reader import MAX_CHARACTERS
from app.diagrams.library import library, read_folder
from app.diagrams.models import DiagramBundle, DiagramVersion
from app.diagrams.xml import UnreadableXml
from app.floor import clock
from app.floor.errors import Conflict, Forbidden, FormsError, Place
from app.floor.messages import say

_reports = Remembered()


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
    except UnreadableXml:
        return ""
    return process.id if process else ""


def judge(session: Session, version: DiagramVersion) -> Report:
    """Whether the version can be published now. Takes up to a few seconds, and is remembered: ask it before the
    transaction that publishes, so that nobody waits behind it."""
    published, around = now_published(session), library(session, without=version.key)
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
    session.info[PUBLISHES] = True
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
    published = read_published(session)
    for key, name in published.bundles.items():
        if session.get(DiagramBundle, name) is None:
            members = {process: version.id for process, version in published.members(key).items()}
            session.add(DiagramBundle(hash=name, key=key, members=members, created_at=clock.now()))
    session.flush()


def _book(owner: history.Ledger, session: Session, version: DiagramVersion, kind: str, actor: Actor) -> None:
    history.append(session, owner, f"diagram.{kind}", actor.username, {"n": version.n, "hash": version.hash})


# what a release brings


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
