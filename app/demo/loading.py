"""Loading the demonstration: once, going on where it was broken off, and in large numbers when asked.

How far it has come stands in one row of settings, written in the same transaction as each move.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import accumulate

import orjson
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Actor, Demo, Department
from app.cases.models import Case
from app.catalogue.models import Grant
from app.database.transactions import Database, Setting
from app.demo import foundation, player
from app.demo.bulk_copies import copy_cases
from app.demo.stories import Move, moves_of, read_stories, shuffled
from app.floor import clock
from app.jurisdictions.rulebook import rulebook

NAME = "demo"
READ_BEFORE = timedelta(days=4)
Progress = Callable[[int, int], None]
"""Told how much is done, and how much there is."""


@dataclass(frozen=True)
class Record:
    """How far the demonstration is: the stories `first:until` (in the order of the seed) are played as seen at `at`;
    of their moves so many are made. `brought`: cases that were opened because of them; `copies`: cases copied."""

    seed: int
    at: str
    first: int
    until: int
    moves: int = 0
    finished: bool = False
    copies: int = 0
    brought: int = 0

    @property
    def cases(self) -> int:
        return self.until + self.brought + self.copies


def read_record(session: Session) -> Record | None:
    row = session.get(Setting, NAME)
    return Record(**orjson.loads(row.value)) if row is not None else None


def write_record(session: Session, record: Record) -> None:
    row = session.get(Setting, NAME) or Setting(name=NAME, value="")
    row.value = orjson.dumps(asdict(record)).decode()
    session.add(row)


def is_wanted(database: Database) -> bool:
    """Whether a first start should load it: nothing is there yet, or an earlier load was broken off."""
    with database.transaction(write=False) as session:
        record = read_record(session)
        if record is not None:
            return not record.finished
        return not session.scalar(select(func.count()).select_from(Department))


def load_demo(
    database: Database,
    actor: Actor,
    demo: Demo,
    *,
    cases: int | None = None,
    seed: int = 1,
    progress: Progress = lambda done, total: None,
) -> Record:
    """Load the demonstration, so many cases in all; a second time nothing happens unless more are asked for."""
    with database.transaction(write=False) as session:
        now, known = clock.now(), read_record(session)
    hashed = {} if known else accounts.hash_passwords(foundation.account_table(demo.password), demo=demo)
    before = clock.stopped_at()
    own = Database(database.url)  # the demonstration moves the clock itself, also where it is simulated
    try:
        record = _begin(own, actor, demo, hashed, now, cases, seed)
        record = _play(own, record, progress)
        told = stories_within(cases, record.seed)
        if cases is not None and record.until < told:
            more = replace(record, first=record.until, until=told, at=now.isoformat(), moves=0, finished=False)
            record = _play(own, more, progress)
        clock.stop_at(now)
        if cases is not None and cases > record.cases:
            record = _copy(own, record, cases - record.cases, seed, progress)
    finally:
        clock.stop_at(before)
        own.engine.dispose()
    return record


def _begin(
    database: Database, actor: Actor, demo: Demo, hashed: dict[str, str], now: datetime, cases: int | None, seed: int
) -> Record:
    """The record of this demonstration; at the first time the ground is laid, as of the day before the first move."""
    clock.stop_at(now)
    with database.transaction() as session:
        record = read_record(session)
        if record is not None:
            return record
        foundation.carry_on(session, actor)
        record = Record(seed, now.isoformat(), 0, stories_within(cases, seed))
        moves = _moves(session, record)
        clock.stop_at(min([move.at for move in moves], default=now) - timedelta(days=1))
        foundation.lay_ground(session, actor, demo, hashed)
        write_record(session, record)
    return record


def stories_within(cases: int | None, seed: int) -> int:
    """How many stories can be told, in the order of the seed, so that there are not more cases than asked for."""
    made = list(accumulate(1 + story.brings for story in shuffled(read_stories(), seed)))
    return len(made) if cases is None else sum(one <= cases for one in made)


def _brought(session: Session, at: datetime) -> int:
    """How many cases were opened because of those of the stories: reviews of their grants."""
    told = select(Grant.id).join(Case, Case.id == Grant.case_id).where(Case.idempotency_key.contains(":demo:"))
    reviews = Case.idempotency_key.is_(None), Case.opened_at < at, Case.grant_id.in_(told)
    return session.scalar(select(func.count()).select_from(Case).where(*reviews)) or 0


def _moves(session: Session, record: Record) -> list[Move]:
    at = datetime.fromisoformat(record.at)
    playable: dict[str, bool] = {}
    stories = shuffled(read_stories(), record.seed)[record.first : record.until]
    for story in stories:
        if story.jurisdiction not in playable:
            refused = rulebook(session, story.jurisdiction).opens_cases(clock.office_date(at))
            playable[story.jurisdiction] = refused is None
    return moves_of(session, [one for one in stories if playable[one.jurisdiction]], at, record.seed)


def _play(database: Database, record: Record, progress: Progress) -> Record:
    """Make the moves that are not made yet, in the order of time, and let time pass until now."""
    if record.finished:
        return record
    at = datetime.fromisoformat(record.at)
    with database.transaction(write=False) as session:
        moves = _moves(session, record)
    reading = sum(move.at <= at - READ_BEFORE for move in moves) - 1
    for number in range(record.moves, len(moves)):
        player.play(database, moves[number], partial(_note, replace(record, moves=number + 1), number == reading))
        progress(number + 1, len(moves))
    player.pass_time(database, at)
    with database.transaction() as session:
        record = replace(record, moves=len(moves), finished=True, brought=_brought(session, at))
        write_record(session, record)
    return record


def _note(record: Record, reading: bool, session: Session) -> None:
    if reading:
        player.read_notices(session)
    write_record(session, record)


def _copy(database: Database, record: Record, count: int, seed: int, progress: Progress) -> Record:
    """Copy so many cases, in portions, each written together with how far it has come."""

    def note(session: Session, copied: int) -> None:
        write_record(session, replace(record, copies=record.copies + copied))

    copied = copy_cases(database, count, f"{seed} {record.copies}", note, progress)
    return replace(record, copies=record.copies + copied)
