"""The calendars in force: every notice ever entered, one version each, never changed afterwards. What was known at an
older version stays answerable; what holds now is folded from all of them, local days over national ones."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, MutableMapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from threading import Lock
from weakref import WeakKeyDictionary

import orjson
from sqlalchemy import Engine, ForeignKey, Index, String, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from app import history
from app.accounts import SYSTEM, Actor
from app.database import transactions
from app.database.transactions import Base, set_edition
from app.deadlines.calendar import Calendar, Day, LocalDays
from app.deadlines.holidays import Omission, kept_estimate, odd_count, omissions
from app.deadlines.notice import ALL, NATIONAL, Notice, load_notice
from app.floor import clock
from app.floor.errors import Conflict, Invalid
from app.floor.messages import Say, Text, say
from app.jurisdictions.rulebook import rulebook

LEDGER = "calendar"
WITHDRAWN = "withdrawn"
_KEPT = 32


class CalendarVersion(Base):
    """One notice as it was entered. Ids only grow: a version is all that was known up to and including it."""

    __tablename__ = "calendar_version"
    __table_args__ = (Index("ix_calendar_version_scope_id", "scope", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(40))
    year: Mapped[int | None]
    amends: Mapped[bool] = mapped_column(default=False)
    estimate: Mapped[bool] = mapped_column(default=False)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[str] = mapped_column(String(80))
    notice: Mapped[str | None] = mapped_column(String(400))
    source: Mapped[str | None] = mapped_column(String(400))
    title_zh: Mapped[str | None] = mapped_column(String(400))
    title_en: Mapped[str | None] = mapped_column(String(400))
    note_zh: Mapped[str | None] = mapped_column(String(400))
    note_en: Mapped[str | None] = mapped_column(String(400))
    announced_until: Mapped[date | None]
    digest: Mapped[str] = mapped_column(String(64), index=True)


class CalendarDay(Base):
    """One special day of one version. A day that is taken back is kept too, as `withdrawn`."""

    __tablename__ = "calendar_day"
    version_id: Mapped[int] = mapped_column(ForeignKey("calendar_version.id"), primary_key=True)
    on: Mapped[date] = mapped_column(primary_key=True)
    scope: Mapped[str] = mapped_column(String(40))
    working: Mapped[bool]
    kind: Mapped[str] = mapped_column(String(20))
    name_zh: Mapped[str | None] = mapped_column(String(400))
    name_en: Mapped[str | None] = mapped_column(String(400))
    notice: Mapped[str | None] = mapped_column(String(400))
    stops_statutory: Mapped[bool] = mapped_column(default=True)
    estimated: Mapped[bool] = mapped_column(default=False)


# ---- what is known


def latest_version(session: Session, jurisdiction: str) -> int:
    """The newest version that concerns this jurisdiction; 0 where nothing is known yet."""
    known = transactions.editions(session)
    return max(int(known.get(f"calendar:{scope}", "0")) for scope in (NATIONAL, jurisdiction))


def calendar_for(
    session: Session, jurisdiction: str, version: int | None = None, extra: Notice | None = None
) -> Calendar:
    """The calendar of a jurisdiction, as known at `version` (default: now). `extra` is a notice to try out: it is laid
    over what is known and kept nowhere. Days are read once for each version, then kept in this process."""
    version = latest_version(session, jurisdiction) if version is None else version
    awaited = _awaited(session, jurisdiction)
    if extra is not None:
        return _build(session, jurisdiction, version, extra).calendar(version, awaited)
    kept, key = _kept(session), (jurisdiction, version, awaited)
    calendar = kept.get(key)
    if calendar is None:
        calendar = _build(session, jurisdiction, version, None).calendar(version, awaited)
        with _keeping:
            if len(kept) >= _KEPT:
                del kept[next(iter(kept))]
            kept[key] = calendar
    return calendar


def notices(session: Session, jurisdiction: str | None = None) -> list[CalendarVersion]:
    """Every version that concerns a jurisdiction (without one: all), newest first."""
    query = select(CalendarVersion).order_by(CalendarVersion.id.desc())
    if jurisdiction is not None:
        query = query.where(CalendarVersion.scope.in_((NATIONAL, jurisdiction)))
    return list(session.scalars(query))


def omitted_by(session: Session, notice: Notice) -> list[Omission]:
    """The statutory holidays that the year of a national notice would lack once it is entered, as far as that is the
    notice's doing: a later change of the year does not answer for what the first notice left out."""
    if notice.scope != NATIONAL or notice.estimate or notice.year is None:
        return []
    known = _build(session, NATIONAL, latest_version(session, NATIONAL), None)
    before = known.omissions(notice.year) if notice.amends else []
    known.take(notice)
    return [one for one in known.omissions(notice.year) if one not in before]


def remarks_on(session: Session, notice: Notice) -> list[Say]:
    """What whoever enters a notice should know: the holidays that it lacks, whose dates stay provisional, and a count
    of days that is not the law's."""
    said = [one.said() for one in omitted_by(session, notice)]
    if said:
        return [*said, say("Dates that these holidays may move stay provisional.")]
    whole = notice.scope == NATIONAL and notice.replaces_year and not notice.estimate
    odd = odd_count(notice.year, notice.days) if whole and notice.year else None
    return [odd] if odd else []


def _awaited(session: Session, jurisdiction: str) -> Text | None:
    """Why local notices are awaited there, if the pack says so."""
    ruled = f"rules:{jurisdiction}" in transactions.editions(session)
    return rulebook(session, jurisdiction).pack.awaits_local if ruled else None


Kept = MutableMapping[tuple[str, int, Text | None], Calendar]
_by_engine: WeakKeyDictionary[Engine, Kept] = WeakKeyDictionary()
_keeping = Lock()


def _kept(session: Session) -> Kept:
    """A session that has entered a notice keeps its calendars to itself: a rolled-back version's number comes again."""
    if LEDGER in session.info:
        own: Kept = session.info[LEDGER]
        return own
    return _by_engine.setdefault(session.get_bind().engine, {})


def _build(session: Session, jurisdiction: str, version: int, extra: Notice | None) -> _Known:
    known = _Known()
    for notice in _entered(session, (NATIONAL, jurisdiction), version):
        known.take(notice)
    if extra is not None and extra.scope in (NATIONAL, jurisdiction):
        known.take(extra)
    return known


@dataclass
class _Known:
    """Notices laid over one another in the order of their entry."""

    national: dict[date, tuple[int | None, Day]] = field(default_factory=dict)
    local: dict[date, tuple[int | None, Day]] = field(default_factory=dict)
    announced: set[int] = field(default_factory=set)
    estimates: dict[int, tuple[Day, ...]] = field(default_factory=dict)
    """What was assumed of a year before its notice: still all that is known of a holiday that the notice leaves out."""
    declared: set[int] = field(default_factory=set)
    """The years of which all local days are said."""

    def take(self, notice: Notice) -> None:
        if notice.declares:
            self.declared.add(notice.declares)
        if notice.estimate and notice.year:
            self.estimates[notice.year] = notice.days
            if notice.year in self.announced:
                return
        layer = self.national if notice.scope == NATIONAL else self.local
        if notice.replaces_year:
            for on in [on for on, (year, _) in layer.items() if year == notice.year]:
                del layer[on]
        for on in notice.withdrawn:
            layer.pop(on, None)
        layer.update({day.on: (notice.year, day) for day in notice.days})
        if notice.announced_until:
            self.announced.add(notice.announced_until.year)

    def omissions(self, year: int) -> list[Omission]:
        """The statutory holidays that an announced year lacks."""
        estimate = self.estimates.get(year, ())
        return omissions(year, self._days_of(year), estimate) if year in self.announced else []

    def _days_of(self, year: int) -> dict[date, Day]:
        return {on: day for on, (of, day) in self.national.items() if of == year and not day.estimated}

    def calendar(self, version: int, awaited: Text | None) -> Calendar:
        if not self.announced:
            raise Conflict(say("No yearly holiday notice has been entered yet."), "no-calendar")
        omitted = [one for year in sorted(self.announced) for one in self.omissions(year)]
        assumed = [day for one in omitted for day in self._assumed(one)]
        given = [day for layer in (self.national, self.local) for _, day in layer.values()]
        first, last = min(min(self.national), date(min(self.announced), 1, 1)), max(self.national)
        until = date(self._announced_without_gap(), 12, 31)
        return Calendar(
            [*assumed, *given],
            until,
            version=version,
            first=date(first.year, 1, 1),
            known_until=max(date(last.year, 12, 31), until),
            gaps=[one.gap for one in omitted],
            local=LocalDays(self._local_years(), awaited) if awaited else None,
        )

    def _assumed(self, omitted: Omission) -> list[Day]:
        return kept_estimate(omitted, self._days_of(omitted.year), self.estimates.get(omitted.year, ()))

    def _local_years(self) -> frozenset[int]:
        """Said to be complete, or with a local day off that stops every clock."""
        days = (day for _, day in self.local.values() if not day.working and day.stops_statutory)
        return frozenset(self.declared | {day.on.year for day in days})

    def _announced_without_gap(self) -> int:
        year = min(self.announced)
        while year + 1 in self.announced:
            year += 1
        return year


def _entered(session: Session, scopes: tuple[str, ...], version: int) -> Iterator[Notice]:
    V, D = CalendarVersion, CalendarDay
    rows = session.execute(
        select(V.id, V.scope, V.year, V.amends, V.estimate, V.notice)
        .add_columns(D.on, D.working, D.kind, D.name_zh, D.name_en, D.notice, D.stops_statutory, D.estimated)
        .join(D, D.version_id == V.id, isouter=True)
        .where(V.scope.in_(scopes), V.id <= version)
        .order_by(V.id, D.on)
    )
    for head, days in groupby(rows, lambda row: tuple(row[:6])):
        _, scope, year, amends, estimate, number = head
        read = [tuple(row[6:]) for row in days if row[6] is not None]  # "no local days" has none
        yield Notice(
            scope=scope,
            days=tuple(_day(*row) for row in read if row[2] != WITHDRAWN),
            year=year,
            amends=amends,
            estimate=estimate,
            number=number,
            withdrawn=tuple(row[0] for row in read if row[2] == WITHDRAWN),
        )


def _day(on, working, kind, zh, en, notice, stops, estimated) -> Day:
    return Day(on, working, kind, Text(zh, en) if zh else None, notice, stops, estimated)


# ---- entering notices


def add_notice(session: Session, notice: Notice, actor: Actor) -> int:
    """Enter a notice and return its version. The same notice entered twice in a row is one version. Due dates do not
    move by this alone: recounting them is the cases' story."""
    book = history.ledger(session, LEDGER)  # locked: versions are entered one after the other
    newest = session.scalar(
        select(CalendarVersion)
        .where(CalendarVersion.scope == notice.scope, CalendarVersion.year == notice.year)
        .order_by(CalendarVersion.id.desc())
        .limit(1)
    )
    if newest is not None and newest.digest == _digest(notice):
        return newest.id
    if newest is not None and notice.estimate and not newest.estimate:
        raise Conflict(
            say("The notice for %(year)s has been entered: an estimate is no longer needed.", year=notice.year)
        )
    omitted = _accepted(session, notice)
    [version] = _enter(session, [notice], actor.username)
    detail = {"version": version, "scope": notice.scope, "notice": notice.number, "year": notice.year}
    if omitted:
        detail["missing"] = [one.holiday.code for one in omitted]
    history.append(session, book, "notice_added", actor.username, {**detail, "days": len(notice.days)})
    return version


class IncompleteNotice(Invalid):
    """A yearly notice without one of the statutory holidays, and nobody has said yes to that."""

    code = "notice-incomplete"

    def __init__(self, omitted: list[Omission]):
        self.omitted = omitted
        super().__init__({"accept_missing": [one.said() for one in omitted]})


def _accepted(session: Session, notice: Notice) -> list[Omission]:
    """What the notice leaves out, all of it knowingly. Raises IncompleteNotice with what is not."""
    omitted = omitted_by(session, notice)
    if ALL not in notice.accepts:
        unknown = [one for one in omitted if one.holiday.code not in notice.accepts]
        if unknown:
            raise IncompleteNotice(unknown)
    return omitted


def seed(session: Session, folder: Path) -> list[int]:
    """Enter the shipped files under `folder` that are not yet known, and return their versions."""
    read = [load_notice(path.read_text("utf-8"), str(path)) for path in sorted(folder.rglob("*.yaml"))]
    book = history.ledger(session, LEDGER)
    known = set(session.scalars(select(CalendarVersion.digest)))
    new = [notice for notice in read if _digest(notice) not in known]
    if not new:
        return []
    versions = _enter(session, new, SYSTEM.username)
    history.append(session, book, "notices_shipped", SYSTEM.username, {"versions": versions})
    return versions


def _enter(session: Session, entered: list[Notice], recorded_by: str) -> list[int]:
    session.info[LEDGER] = {}
    versions = [_version(notice, recorded_by) for notice in entered]
    for version in versions:
        session.add(version)
        session.flush()  # one by one: the order of the ids is the order of the files
    rows = [row for version, notice in zip(versions, entered, strict=True) for row in _rows(version.id, notice)]
    if rows:
        session.execute(insert(CalendarDay), rows)
    for version in versions:
        set_edition(session, f"calendar:{version.scope}", str(version.id))
    return [version.id for version in versions]


def _version(notice: Notice, recorded_by: str) -> CalendarVersion:
    title, note = notice.title, notice.note
    return CalendarVersion(
        scope=notice.scope,
        year=notice.year,
        amends=notice.amends,
        estimate=notice.estimate,
        recorded_at=clock.now(),
        recorded_by=recorded_by,
        notice=notice.number,
        source=notice.source,
        title_zh=title and title.zh,
        title_en=title and title.en,
        note_zh=note and note.zh,
        note_en=note and note.en,
        announced_until=notice.announced_until,
        digest=_digest(notice),
    )


def _rows(version_id: int, notice: Notice) -> Iterable[dict[str, object]]:
    common = {"version_id": version_id, "scope": notice.scope}
    for day in notice.days:
        yield common | {
            "on": day.on,
            "working": day.working,
            "kind": day.kind,
            "name_zh": day.name and day.name.zh,
            "name_en": day.name and day.name.en,
            "notice": day.notice,
            "stops_statutory": day.stops_statutory,
            "estimated": day.estimated,
        }
    nothing = dict.fromkeys(("name_zh", "name_en", "notice"))
    for on in notice.withdrawn:
        yield (
            common
            | nothing
            | {"on": on, "working": False, "kind": WITHDRAWN, "stops_statutory": True, "estimated": False}
        )


def _digest(notice: Notice) -> str:
    """Of what it says; not of what whoever entered it has said yes to."""
    said = {one.name: getattr(notice, one.name) for one in fields(notice) if one.name != "accepts"}
    return hashlib.sha256(orjson.dumps(said)).hexdigest()
