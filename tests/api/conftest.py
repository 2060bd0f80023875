"""The small world as fixtures: filled once, copied for every test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event

from app import create_app
from app.database.transactions import Base, Database
from tests.api.small_world import World, config_for, fill, opened


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The world's database as a file, filled once and copied for every test."""
    file = tmp_path_factory.mktemp("world") / "filled.sqlite3"
    database = Database(f"sqlite:///{file}", simulated_clock=True)
    Base.metadata.create_all(database.engine)
    fill(database)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()
    return file


@pytest.fixture(scope="session")
def one_app(filled: Path) -> Flask:
    return create_app(config_for(f"sqlite:///{filled}"))


@pytest.fixture
def world(filled: Path, one_app: Flask, tmp_path: Path) -> Iterator[World]:
    """The app of all tests, opened on a copy of the filled database."""
    file = tmp_path / "world.sqlite3"
    shutil.copy(filled, file)
    yield from opened(one_app, f"sqlite:///{file}")


@pytest.fixture
def world_on_postgres(one_app: Flask, postgres_url: str) -> Iterator[World]:
    database = Database(postgres_url, simulated_clock=True)
    Base.metadata.create_all(database.engine)
    fill(database)
    database.engine.dispose()
    yield from opened(one_app, postgres_url)


@pytest.fixture
def statements(world: World) -> Iterator[Callable[[], list[str]]]:
    """The statements sent to the database since it was last asked."""
    sent: list[str] = []
    note = lambda _c, _cur, statement, *_: sent.append(statement)  # noqa: E731
    event.listen(world.database.engine, "before_cursor_execute", note)

    def taken() -> list[str]:
        found = list(sent)
        sent.clear()
        return found

    yield taken
    event.remove(world.database.engine, "before_cursor_execute", note)
