"""The texts above the regulations, as rows: what ships, what is loaded later, and which of them stand above a pack.

What an administrator enters from such a text keeps the text's title with it, so that every edition of the rules can be
made again, whatever is loaded later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path

from sqlalchemy import Index, String, Text, select, true
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import history
from app.accounts import SYSTEM, Actor
from app.database.transactions import Base
from app.floor import clock
from app.rules.pack import Pack
from app.rules.superior_text import SuperiorText, load_superior

FOLDER = "national"
"""Where they lie in the folder of the packs."""


class SuperiorTextRow(Base):
    """A superior text as it was loaded; the newest of each code is current."""

    __tablename__ = "superior_text"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    hash: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    file: Mapped[str] = mapped_column(String(200))
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(80))
    current: Mapped[bool]
    __table_args__ = (
        Index(
            "uq_superior_text_current",
            "code",
            unique=True,
            sqlite_where=sql("current"),
            postgresql_where=sql("current"),
        ),
    )


_read: dict[str, SuperiorText] = {}


def load_shipped_superiors(session: Session, folder: Path) -> list[SuperiorText]:
    """Store those of a folder that this database has never held; one that somebody has replaced stays replaced."""
    stored = []
    for path in sorted((folder / FOLDER).glob("*.yaml")):
        content = path.read_text("utf-8")
        if session.scalars(select(SuperiorTextRow).where(SuperiorTextRow.text == content)).first() is None:
            stored.append(store_superior(session, content, path.name, SYSTEM))
    return stored


def store_superior(session: Session, content: str, file: str, actor: Actor) -> SuperiorText:
    """Take a superior text into use; the same again changes nothing. Raises RulePackError with all faults."""
    read = load_superior(content, file)
    ledger = history.ledger(session, f"superior:{read.text.code}")
    current = SuperiorTextRow.code == read.text.code, SuperiorTextRow.current.is_(true())
    before = session.scalars(select(SuperiorTextRow).where(*current).with_for_update()).first()
    if before is not None and before.hash == read.hash:
        return read
    if before is not None:
        before.current = False
        session.flush()
    about = {"code": read.text.code, "hash": read.hash, "text": content, "file": Path(file).name[:200]}
    by = {"loaded_at": clock.now(), "loaded_by": actor.username}
    session.add(SuperiorTextRow(**about, **by, current=True))
    session.flush()
    history.append(session, ledger, "superior.loaded", actor.username, {"file": about["file"], "hash": read.hash})
    return read


def superiors(session: Session) -> dict[str, SuperiorText]:
    """Every superior text that is current, by its code."""
    rows = select(SuperiorTextRow.code, SuperiorTextRow.hash).where(SuperiorTextRow.current.is_(true()))
    return {code: _text(session, digest) for code, digest in session.execute(rows.order_by(SuperiorTextRow.code))}


def _text(session: Session, digest: str) -> SuperiorText:
    if digest not in _read:
        row = session.scalars(select(SuperiorTextRow).where(SuperiorTextRow.hash == digest)).first()
        assert row is not None
        _read[digest] = load_superior(row.text, row.file)
    return _read[digest]


def above(session: Session, pack: Pack, on: date | None = None) -> Mapping[str, SuperiorText]:
    """The texts that stand above a pack: those that it names, else all; with a day: those in force on it."""
    known = superiors(session)
    named = known if pack.superior is None else {code: known[code] for code in pack.superior if code in known}
    return {code: one for code, one in named.items() if on is None or one.in_force(on)}
