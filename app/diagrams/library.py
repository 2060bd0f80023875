"""What is stored and published, for reading: versions, procedures, the bundles that cases run.

content = bundle_content(session, current_bundle(session, "dispute"))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from app.diagrams.cache import Remembered, copy_of, known_of, now_published, with_called
from app.diagrams.diagram import Known
from app.diagrams.forms import Forms, load_forms
from app.diagrams.models import DiagramBundle, DiagramVersion
from app.floor.errors import NotFound
from app.floor.messages import Text, say
from app.rules.pack import RuleKey

_contents = Remembered()


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
    title: Text
    number_code: str
    starters: tuple[str, ...]
    about: str
    version: str


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
    return {key: known for key, known in now_published(session).known.items() if key != without}


def current_bundle(session: Session, key: str) -> str:
    """The hash of the bundle that a new case of this process runs. Raises NotFound."""
    found = now_published(session).bundles.get(key)
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
    known = {row.key: known_of(copy_of(row)) for row in rows}
    return Content(
        process=bundle.key,
        files=[known[key].bpmn for key in sorted(known)],
        forms={key: one.forms for key, one in known.items() if one.forms is not None},
        versions={row.key: row.name for row in rows},
    )


def procedures(session: Session) -> list[Procedure]:
    """The published procedures that can be started by themselves."""
    published = now_published(session)
    found = []
    for key, known in sorted(published.known.items()):
        forms = known.forms
        if forms is not None and forms.startable:
            found.append(
                Procedure(
                    process=key,
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
    known = now_published(session).known
    needed = {key: [known[name].forms for name in with_called(known, key)] for key in known}
    return {
        key: {name: rule for forms in all_forms if forms for name, rule in forms.rules.items()}
        for key, all_forms in needed.items()
    }


def read_folder(folder: Path) -> dict[str, Known]:
    """The diagrams of a folder with their forms, by the name of the file, which is the process id."""
    found: dict[str, Known] = {}
    for path in sorted(folder.glob("*.bpmn")):
        beside = path.with_suffix(".forms.yaml")
        forms = load_forms(beside.read_text("utf-8"), beside.name) if beside.exists() else None
        found[path.stem] = Known(path.stem, path.read_bytes(), forms)
    return found
