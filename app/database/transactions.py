"""The database: one declarative base, one engine, one transaction per action, committed by the door that opened it.

SQLite writers queue on a file lock and begin with BEGIN IMMEDIATE: without both, read-modify-writes are lost or one
writer starves for seconds (measured, docs/decisions/0002-lock-first.md). PostgreSQL writers lock the case's row, and
share a lock on the ground that they count on: calendar and rules.
"""

from __future__ import annotations

import fcntl
import logging
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any, Literal

import orjson
from sqlalchemy import JSON, Connection, DateTime, Dialect, Engine, MetaData, String, create_engine, event, select, text
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from app.database.pipeline import PostgresConnection, connect_postgres
from app.database.statements import BoundStatement, CompiledStatement, PendingResult, pipeline
from app.floor import clock
from app.floor.errors import ShuliuError

logging.getLogger("psycopg").setLevel(logging.ERROR)  # a lost connection is raised; it is not warned of besides


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC; SQLite has no zones, so it is put back when read. Naive moments are refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(none_as_null=True),
        list[Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
    }


class Setting(Base):
    """Small facts of the installation itself: the simulated clock, editions of what processes keep in memory."""

    __tablename__ = "setting"
    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


_EDITION = "edition:"
_SETTINGS = CompiledStatement(
    select(Setting.__table__.c.name, Setting.__table__.c.value).where(
        (Setting.__table__.c.name == "clock") | Setting.__table__.c.name.startswith(_EDITION)
    )
)


def connection_of(session: Session) -> Connection:
    """The connection of the session's transaction, which the session itself works out anew each time it is asked."""
    known: Connection | None = session.info.get("connection")
    if known is None or known.closed:
        known = session.info["connection"] = session.connection()
    return known


def _read_settings(session: Session) -> None:
    """One query a transaction tells what is current, and where a simulated clock stands."""
    connection = connection_of(session)
    found: dict[str, str] = dict(connection.info.pop("settings", None) or _SETTINGS.rows(connection))
    session.info["stands"] = found.pop("clock", None)
    session.info["editions"] = {name.removeprefix(_EDITION): value for name, value in found.items()}


def editions(session: Session) -> dict[str, str]:
    """The editions of what processes keep in memory (rules, calendar, diagrams, departments): one query a transaction.
    A cache keyed by an edition sees at once what another process has changed."""
    if "editions" not in session.info:
        _read_settings(session)
    known: dict[str, str] = session.info["editions"]
    return known


def ask(session: Session, *questions: BoundStatement) -> list[PendingResult]:
    """The results of all, sent in one pipeline and executed one after the other; what was sent `ahead` has arrived
    already. Raises as `together`."""
    connection = connection_of(session)
    ahead = connection.info.get("ahead", [])
    known = [_sent_ahead(ahead, one) for one in questions]
    with pipeline(connection) if None in known else nullcontext():
        return [
            sent or one.statement.send(connection, [one.values]) for sent, one in zip(known, questions, strict=True)
        ]


def _sent_ahead(ahead: list[tuple[BoundStatement, PendingResult]], question: BoundStatement) -> PendingResult | None:
    """Its result, which serves once: whoever asks again wants to know how it is now."""
    for place, (asked, sent) in enumerate(ahead):
        if asked == question:
            del ahead[place]
            return sent
    return None


def set_edition(session: Session, name: str, value: str) -> None:
    """Tell all processes what is current under this name."""
    row = session.get(Setting, _EDITION + name, with_for_update=True)
    if row is None:
        row = Setting(name=_EDITION + name, value="")
        session.add(row)
    row.value = value
    session.flush()
    connection_of(session).info.pop("settings", None)
    session.info.pop("editions", None)


def bump_edition(session: Session, name: str) -> None:
    """Tell all processes that what they keep in memory under this name is out of date."""
    set_edition(session, name, str(int(editions(session).get(name, "0")) + 1))


Mode = Literal["read", "look up", "write", "alone", "elsewhere"]
WRITING = ("write", "alone")
GROUND = 7_205_301_917_012
"""The number under which PostgreSQL keeps that lock."""
_mode: ContextVar[Mode] = ContextVar("mode", default="elsewhere")
"""How the connection of this moment is used; elsewhere than in `transaction` (migrations) it asks for nothing."""
_ahead: ContextVar[Sequence[BoundStatement]] = ContextVar("ahead", default=())


class Database:
    """One engine and its sessions. `transaction()` is the only way in."""

    def __init__(self, url: str, *, simulated_clock: bool = False, pool_size: int = 10):
        self.url, self.simulated_clock = url, simulated_clock
        self.is_sqlite = url.startswith("sqlite")
        self.engine = self._engine(pool_size)
        self._sessions = sessionmaker(self.engine, expire_on_commit=False)
        name = self.engine.url.database
        self._lock_file = Path(f"{name}.lock") if self.is_sqlite and name and name != ":memory:" else None

    def _engine(self, pool_size: int) -> Engine:
        options: dict[str, Any] = {
            "json_serializer": lambda v: orjson.dumps(v).decode(),
            "json_deserializer": orjson.loads,
            # the connection last used comes first: on PostgreSQL it has prepared its statements, and on SQLite it keeps
            # its pages only until another one writes
            "poolclass": QueuePool,
            "pool_use_lifo": True,
        }
        if not self.is_sqlite:
            engine = create_engine(self.url, pool_size=pool_size, paramstyle="numeric_dollar", **options)
            event.listen(engine, "do_connect", connect_postgres)
            event.listen(engine, "checkin", _note_use)
            event.listen(engine, "checkout", _ping_unused)
            event.listen(engine, "begin", _begin_postgres)
        else:
            engine = create_engine(self.url, connect_args={"timeout": 30}, **options)
            event.listen(engine, "connect", _prepare_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        return engine

    @contextmanager
    def transaction(
        self, *, write: bool = True, alone: bool = False, by_key: bool = False, ahead: Sequence[BoundStatement] = ()
    ) -> Iterator[Session]:
        """A session whose work is committed once, at the end of the block, or not at all. `alone` is for what moves the
        ground that all others count on (calendar, rules): nobody writes meanwhile who has read it as it was. `by_key`
        is for what only looks things up by their keys, and needs no plan of its own for each. What is sure to be asked
        can be named `ahead`: it is sent to PostgreSQL together with BEGIN, and `ask` has it without another wait."""
        mode: Mode = "alone" if alone else "write" if write else "look up" if by_key else "read"
        mode_before, ahead_before = _mode.set(mode), _ahead.set(ahead)
        try:
            with self.queue(write), self._sessions() as session:
                before = clock.stopped_at()
                session.info["alone"] = alone
                if self.simulated_clock:
                    self._stop_clock(session)
                try:
                    yield session
                    if write:
                        session.commit()
                finally:
                    clock.stop_at(before)
        finally:
            _mode.reset(mode_before)
            _ahead.reset(ahead_before)

    @contextmanager
    def queue(self, write: bool = True) -> Iterator[None]:
        """SQLite's writers one after the other, first come first served, across processes and threads."""
        if not write or self._lock_file is None:
            yield
            return
        file = os.open(self._lock_file, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o666)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
        finally:
            os.close(file)

    def gather_statistics(self) -> None:
        """For many rows that came at once: PostgreSQL goes on planning for the few before, until its vacuum looks."""
        if not self.is_sqlite:
            with self.transaction() as session:
                session.execute(text("ANALYZE"))

    @staticmethod
    def _stop_clock(session: Session) -> None:
        _read_settings(session)
        stands = session.info["stands"]
        clock.stop_at(datetime.fromisoformat(stands) if stands else None)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=30000"):
        connection.execute(f"PRAGMA {pragma}")


_WITH_LOCK, _WITHOUT = CompiledStatement(text("BEGIN IMMEDIATE")), CompiledStatement(text("BEGIN"))


def _begin_sqlite(connection: Any) -> None:
    (_WITH_LOCK if _mode.get() in WRITING else _WITHOUT).send(connection)


def _begin_postgres(connection: Connection) -> None:
    """Writers share the ground; who moves it waits for them and has it alone. SQLite has one writer anyway. What is
    current is asked in the same pipeline, but by a statement of its own: one that had to wait for the lock would answer
    what was current before."""
    mode, ahead, driver = _mode.get(), _ahead.get(), connection.connection.dbapi_connection
    assert isinstance(driver, PostgresConnection)
    with pipeline(connection):
        for statement in _BEGIN[mode]:
            driver.execute(statement)
        settings = None if mode == "elsewhere" else _SETTINGS.send(connection)
        sent = [(one, one.statement.send(connection, [one.values])) for one in ahead]
    connection.info["settings"], connection.info["ahead"] = settings and settings.rows(), sent


_BEGIN: dict[Mode, list[bytes]] = {
    # a list is planned for what it is asked for: a plan for any values would see no partial index in `status = $1`
    "read": [b"BEGIN READ ONLY", b"SET LOCAL plan_cache_mode = force_custom_plan"],
    "look up": [b"BEGIN READ ONLY"],
    "write": [b"BEGIN", b"SELECT pg_advisory_xact_lock_shared(%d)" % GROUND],
    "alone": [b"BEGIN", b"SELECT pg_advisory_xact_lock(%d)" % GROUND],
    "elsewhere": [b"BEGIN"],
}


UNUSED = 1.0
"""After so many seconds in the pool a connection is asked whether it still lives; in busy times nobody needs to ask."""


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = monotonic()


def _ping_unused(connection: Any, record: Any, _proxy: Any) -> None:
    if monotonic() - record.info.get("used", monotonic()) > UNUSED:
        try:
            connection.execute("SELECT 1")
        except connection.Error as error:
            raise DisconnectionError from error  # the pool tries the next one, or a new one


OUT_OF_REACH = (OperationalError, InterfaceError, PoolTimeout)
"""The database cannot be reached or has let go of us: nothing is done, and the same may be tried again."""


def behind(error: BaseException | None) -> BaseException | None:
    """What lies behind an error of ours: what an action met is raised again in the name of the engine."""
    while isinstance(error, ShuliuError):
        error = error.__cause__
    return error


def require_alone(session: Session) -> None:
    """For what may only be done where nobody else writes: it was not asked for by a door that made sure of it."""
    if not session.info["alone"]:
        raise RuntimeError("the calendar and the rules are moved in `transaction(alone=True)`")
