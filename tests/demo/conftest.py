"""The demonstration is told once for all tests that only look at it; each test gets a copy of the file."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app import history
from app.accounts import SYSTEM, Demo
from app.cases import audit
from app.cli.shipped_content import load_shipped
from app.database.transactions import Base, Database, Setting
from app.demo.loading import Record, load_demo
from config import ROOT

NOW = datetime(2026, 6, 15, 1, 30, tzinfo=UTC)
"""A Monday morning."""
DEMO = Demo(allowed=True)


def prepared(url: str) -> Database:
    """A database with all that is shipped, whose clock stands at NOW."""
    database = Database(url, simulated_clock=True)
    Base.metadata.create_all(database.engine)
    with database.transaction() as session:
        session.add(Setting(name="clock", value=NOW.isoformat()))
    for _ in load_shipped(database, ROOT):
        pass
    return database


def load(database: Database, **asked: int) -> Record:
    return load_demo(database, SYSTEM, DEMO, **asked)


def broken(database: Database) -> history.BrokenLink | None:
    """What is not as it was told, of chains, clocks, letters and grants."""
    with database.transaction(write=False) as session:
        return audit.verify(session)[1]


@pytest.fixture(scope="session")
def shipped_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("shipped") / "shuliu.sqlite3"
    prepared(f"sqlite:///{file}").engine.dispose()
    return file


@pytest.fixture(scope="session")
def told_file(shipped_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with made_from(shipped_file, tmp_path_factory.mktemp("told")) as database:
        load(database)
    return Path(database.url.removeprefix("sqlite:///"))


@contextmanager
def made_from(file: Path, folder: Path, *, simulated_clock: bool = True) -> Iterator[Database]:
    """A database of its own, as it is in that file."""
    copy = shutil.copy(file, folder / "shuliu.sqlite3")
    database = Database(f"sqlite:///{copy}", simulated_clock=simulated_clock)
    try:
        yield database
    finally:
        database.engine.dispose()


@pytest.fixture
def shipped(shipped_file: Path, tmp_path: Path) -> Iterator[Database]:
    """Nothing of the demonstration yet."""
    with made_from(shipped_file, tmp_path) as database:
        yield database


@pytest.fixture
def told(told_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The whole demonstration."""
    with made_from(told_file, tmp_path) as database:
        yield database
