"""The rules of each jurisdiction as rows: loaded packs, what administrators entered, extensions; and the book made of
them. Nothing is overwritten: a change is a new row and a new edition, and every edition can be made again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import orjson
from sqlalchemy import Index, String, Text, select, true
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import history
from app.accounts import SYSTEM, Actor
from app.database import transactions
from app.database.transactions import Base, set_edition
from app.engine.expressions import ExpressionError, compile_expression
from app.engine.vocabulary import SEED_FACTS
from app.floor import clock
from app.floor.errors import NotFound, Place, RulePackError
from app.floor.messages import Say, say
from app.floor.messages import Text as BothLanguages
from app.jurisdictions.rules_in_force import CarriedOn, Override, RuleBook, overlaid
from app.jurisdictions.superior_texts import superiors
from app.rules.loader import load_pack
from app.rules.pack import Declared, Pack, RuleKey, Superior

CONDITION_FUNCTIONS = ("involves", "len")
"""What a condition in a pack may ask beside the seed facts; never another rule, so that no value waits for itself."""
MAX_BOOKS = 64


class RulePackRow(Base):
    """A pack as it was loaded. `declared` keeps the keys as they were then, so that the text can always be read again;
    `changes` counts what has been entered since the jurisdiction's first pack."""

    __tablename__ = "rule_pack"
    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(40))
    hash: Mapped[str] = mapped_column(String(64))
    text: Mapped[str] = mapped_column(Text)
    declared: Mapped[dict[str, Any]]
    file: Mapped[str] = mapped_column(String(200))
    loaded_at: Mapped[datetime]
    loaded_by: Mapped[str] = mapped_column(String(80))
    current: Mapped[bool]
    changes: Mapped[int]
    edition: Mapped[str] = mapped_column(String(120))
    __table_args__ = (
        Index(
            "uq_rule_pack_current",
            "jurisdiction",
            unique=True,
            sqlite_where=sql("current"),
            postgresql_where=sql("current"),
        ),
        Index("ix_rule_pack_hash", "jurisdiction", "hash"),
    )


class _Entered:
    """`added_in` and `ended_in` are counts of changes: what an edition holds can be told from them for good."""

    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(40), index=True)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(80))
    added_in: Mapped[int]
    ended_in: Mapped[int | None]
    ended_at: Mapped[datetime | None]


class TargetOverride(Base, _Entered):
    """An internal target, a convention, or a number that this copy has lost, as an administrator entered it."""

    __tablename__ = "target_override"
    key: Mapped[str] = mapped_column(String(80))
    value: Mapped[dict[str, Any]]
    statutory: Mapped[bool]
    source: Mapped[str] = mapped_column(String(400))
    from_on: Mapped[date]


class RegulationExtension(Base, _Entered):
    """A regulation out of force that is carried on until a day, and the document that says so."""

    __tablename__ = "regulation_extension"
    until: Mapped[date]
    ground: Mapped[str] = mapped_column(String(400))


E = TypeVar("E", TargetOverride, RegulationExtension)


# loading


def check_condition(source: str) -> list[Say]:
    """The faults of a condition in a pack; it reads the seed facts of a case and nothing else."""
    try:
        expression = compile_expression(source)
    except ExpressionError as error:
        return [error.detail]
    foreign = sorted({call.function for call in expression.calls} - set(CONDITION_FUNCTIONS))
    faults = [say("%(name)s() cannot be used in a rule pack", name=name) for name in foreign]
    faults += [
        say("there is no %(name)s here; known are %(known)s", name=name, known=", ".join(SEED_FACTS))
        for name in sorted(expression.roots - set(SEED_FACTS))
    ]
    if expression.type not in ("yes_no", "any"):
        faults.append(say("a condition is true or false"))
    return faults


def load_shipped(session: Session, folder: Path, declared: Declared) -> list[Pack]:
    """Store the packs of a folder that are new. A pack that somebody has replaced since stays replaced: only a text
    that this database has never held takes its place. Raises RulePackError with the faults of all files."""
    faults: list[Place] = []
    stored: list[Pack] = []
    for path in sorted(folder.glob("*.yaml")):
        try:
            stored += _load_new(session, path, declared)
        except RulePackError as error:
            faults += error.places
    if faults:
        raise RulePackError(faults)
    return stored


def _load_new(session: Session, path: Path, declared: Declared) -> list[Pack]:
    content = path.read_text("utf-8")
    known = session.scalars(select(RulePackRow).where(RulePackRow.text == content)).all()
    current = next((row for row in known if row.current), None)
    if known and (current is None or _same_keys(current, declared)):
        return []
    try:
        return [store_pack(session, content, path.name, declared, SYSTEM)]
    except RulePackError:
        if known:  # it worked with the keys of yesterday, and goes on so: a diagram's new key must not stop the start
            return []
        raise


def store_pack(session: Session, content: str, file: str, declared: Declared, actor: Actor) -> Pack:
    """Take a pack into use from now on; the same pack again changes nothing. Raises RulePackError with all faults.
    What administrators entered stays in force above it."""
    pack = load_pack(content, file, declared, check_condition, superiors(session))
    _check_number_code(session, pack, content, file)
    keys = _kept_keys(pack, declared)
    digest = hashlib.sha256(content.encode() + orjson.dumps(keys, option=orjson.OPT_SORT_KEYS)).hexdigest()
    ledger = history.ledger(session, f"rules:{pack.jurisdiction}")
    before = current_row(session, pack.jurisdiction, lock=True)
    if before is not None and before.hash == digest:
        return pack
    row = RulePackRow(
        jurisdiction=pack.jurisdiction,
        hash=digest,
        text=content,
        declared=keys,
        file=Path(file).name[:200],
        loaded_at=clock.now(),
        loaded_by=actor.username,
        current=True,
        changes=before.changes if before else 0,
        edition="",
    )
    if before is not None:
        before.current = False
        session.flush()
    session.add(row)
    renew(session, row)
    history.append(session, ledger, "rules.loaded", actor.username, {"file": row.file, "edition": row.edition})
    return pack


def _check_number_code(session: Session, pack: Pack, content: str, file: str) -> None:
    """Case numbers begin with it, so that no two jurisdictions may share one."""
    for jurisdiction, edition in editions(session).items():
        other = rulebook(session, jurisdiction, edition).pack
        if other.number_code == pack.number_code and jurisdiction != pack.jurisdiction:
            lines = content.splitlines()
            line = next((n for n, one in enumerate(lines, 1) if one.startswith("number_code")), 0)
            message = say("%(code)s is the code of %(place)s", code=pack.number_code, place=jurisdiction)
            raise RulePackError([Place(file, line, "number_code", message)])


def _kept_keys(pack: Pack, declared: Declared) -> dict[str, Any]:
    """The declared keys that this pack answers, as JSON."""
    return {
        process: {key: _as_json(rule) for key, rule in keys.items() if key in pack.rules}
        for process, keys in declared.items()
        if process in pack.procedures.values() or any(key in pack.rules for key in keys)
    }


def _as_json(rule: RuleKey) -> dict[str, Any]:
    told = {"type": rule.type, "zh": rule.title.zh, "en": rule.title.en, "of": list(rule.of)}
    return told | ({"stricter": rule.stricter} if rule.stricter else {})


def _same_keys(row: RulePackRow, declared: Declared) -> bool:
    now = {process: {key: _as_json(rule) for key, rule in keys.items()} for process, keys in declared.items()}
    return all(now.get(process) == kept for process, kept in row.declared.items())


_packs: dict[str, Pack] = {}
"""By the digest of its text and of what was declared when it was loaded."""


def read_again(row: RulePackRow) -> Pack:
    """The pack of a row; it was checked when it was stored, and is read once for all that was entered above it."""
    pack = _packs.get(row.hash)
    if pack is None:
        if len(_packs) >= MAX_BOOKS:
            _packs.clear()
        pack = _packs[row.hash] = _read(row)
    return pack


def _read(row: RulePackRow) -> Pack:
    declared = {
        process: {
            key: RuleKey(
                key,
                kept["type"],
                BothLanguages(kept["zh"], kept["en"]),
                tuple(kept["of"]),
                stricter=kept.get("stricter", ""),
            )
            for key, kept in keys.items()
        }
        for process, keys in row.declared.items()
    }
    return load_pack(row.text, row.file, declared, lambda _: [])


# reading

_books: dict[tuple[str, str], RuleBook] = {}


def editions(session: Session) -> dict[str, str]:
    """The current edition of each jurisdiction: how a process notices that rules have changed."""
    named = ((name.partition(":"), edition) for name, edition in sorted(transactions.editions(session).items()))
    return {jurisdiction: edition for (kind, _, jurisdiction), edition in named if kind == "rules"}


def rules_today(session: Session) -> Callable[[str], Callable[[str], Any]]:
    """How a catalogue entry asks the rules of its jurisdiction: those in force today, as plain values."""

    def of(jurisdiction: str) -> Callable[[str], Any]:
        book, today = rulebook(session, jurisdiction), clock.today()
        return lambda key: book.value(key, today).plain

    return of


def rulebook(session: Session, jurisdiction: str, edition: str | None = None) -> RuleBook:
    """The rules of a jurisdiction: now, or as they were in an edition that a case has kept. Raises NotFound.

    An edition names its content, so that books stay in memory without ever growing old."""
    if edition is None:
        edition = transactions.editions(session).get(f"rules:{jurisdiction}")
    if edition is None:
        raise NotFound(say("There are no rules for %(jurisdiction)s.", jurisdiction=jurisdiction))
    book = _books.get((jurisdiction, edition))
    if book is None:
        book = _made(session, jurisdiction, edition)
        if len(_books) >= MAX_BOOKS:
            _books.clear()
        _books[jurisdiction, edition] = book
    return book


def require_edition(session: Session, jurisdiction: str, edition: str) -> None:
    """Raises NotFound unless the rows still make this edition: for whoever asks if they are what they were."""
    _rows_of(session, jurisdiction, edition)


def _made(session: Session, jurisdiction: str, edition: str) -> RuleBook:
    row, overrides, extensions = _rows_of(session, jurisdiction, edition)
    laid = [_as_entered(one) for one in overrides]
    carried = [CarriedOn(e.until, e.ground, e.recorded_by) for e in extensions]
    return RuleBook(overlaid(read_again(row), laid), edition, carried[-1] if carried else None)


def _rows_of(
    session: Session, jurisdiction: str, edition: str
) -> tuple[RulePackRow, Sequence[TargetOverride], Sequence[RegulationExtension]]:
    """The pack of an edition with what had been entered above it. Raises NotFound where rows and edition disagree."""
    unknown = NotFound(say("There is no edition %(edition)s of the rules.", edition=edition))
    begins, changes = [*edition.split("."), "", ""][:2]
    if not (begins.isalnum() and changes.isdecimal()):
        raise unknown
    rows = select(RulePackRow).where(RulePackRow.jurisdiction == jurisdiction, RulePackRow.hash.startswith(begins))
    row = session.scalars(rows.order_by(RulePackRow.id.desc())).first()
    overrides = entered_by(session, TargetOverride, jurisdiction, int(changes))
    extensions = entered_by(session, RegulationExtension, jurisdiction, int(changes))
    if row is None or _edition(row, int(changes), overrides, extensions) != edition:
        raise unknown
    return row, overrides, extensions


def as_kept(entered: Override, proposed_by: str | None) -> dict[str, Any]:
    """What was entered as its row keeps it. What comes from a superior text is kept with the text's own title, so that
    the edition can be made again whatever is loaded later."""
    kept: dict[str, Any] = {"value": entered.value}
    if proposed_by is not None:
        kept["proposed_by"] = proposed_by
    if entered.above is not None:
        text = entered.above
        title = {"zh": text.title.zh, "en": text.title.en}
        kept["superior"] = {"code": text.code, "title": title, "document": text.document, "rank": text.rank}
        kept |= {"article": list(entered.article), "unit": entered.unit, "open_article": list(entered.open_article)}
    return kept


def _as_entered(row: TargetOverride) -> Override:
    kept, text = row.value, row.value.get("superior")
    return Override(
        key=row.key,
        value=kept["value"],
        statutory=row.statutory,
        source=row.source,
        from_on=row.from_on,
        above=text and Superior(**{**text, "title": BothLanguages(**text["title"])}),
        article=tuple(kept.get("article", ())),
        unit=kept.get("unit", ""),
        open_article=tuple(kept.get("open_article", ())),
    )


def entered_by(session: Session, kind: type[E], jurisdiction: str, changes: int) -> Sequence[E]:
    """What was in force after so many changes, in the order of entering."""
    ended = kind.ended_in.is_(None) | (kind.ended_in > changes)
    rows = select(kind).where(kind.jurisdiction == jurisdiction, kind.added_in <= changes, ended)
    return session.scalars(rows.order_by(kind.id)).all()


def current_row(session: Session, jurisdiction: str, *, lock: bool) -> RulePackRow | None:
    rows = select(RulePackRow).where(RulePackRow.jurisdiction == jurisdiction, RulePackRow.current.is_(true()))
    return session.scalars(rows.with_for_update() if lock else rows).first()


def renew(session: Session, row: RulePackRow) -> None:
    """Name the edition after what it now holds."""
    session.flush()
    overrides = entered_by(session, TargetOverride, row.jurisdiction, row.changes)
    extensions = entered_by(session, RegulationExtension, row.jurisdiction, row.changes)
    row.edition = _edition(row, row.changes, overrides, extensions)
    set_edition(session, f"rules:{row.jurisdiction}", row.edition)


def _edition(
    row: RulePackRow, changes: int, overrides: Sequence[TargetOverride], extensions: Sequence[RegulationExtension]
) -> str:
    """A name that holds the pack, the count of changes and a digest of all content: two databases, or a transaction
    that was undone, never share one."""
    entered = [[o.key, o.value, o.statutory, o.source, o.from_on] for o in overrides]
    carried = [[e.until, e.ground, e.recorded_by] for e in extensions]
    content = row.hash.encode() + orjson.dumps([entered, carried], option=orjson.OPT_SORT_KEYS)
    return f"{row.hash[:12]}.{changes}.{hashlib.sha256(content).hexdigest()[:12]}"
