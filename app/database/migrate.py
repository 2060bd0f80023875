"""Brings a database to the schema of this code. Two processes that start at once do not migrate twice."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from app.database.transactions import Database, UtcDateTime

FOLDER = Path(__file__).resolve().parents[2] / "migrations"
LOCK = 7_205_301_917_011
_as_it_was = ModuleType("app.db")
"""Landed migrations are never rewritten: they know the type of moments by the module in which it stood then."""
_as_it_was.__dict__["UtcDateTime"] = UtcDateTime
sys.modules["app.db"] = vars(sys.modules["app"])["db"] = _as_it_was


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(FOLDER))
    return config


def head() -> str | None:
    return ScriptDirectory.from_config(_alembic()).get_current_head()


def current(database: Database) -> str | None:
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def upgrade(database: Database, revision: str = "head") -> None:
    _run(database, command.upgrade, revision)


def downgrade(database: Database, revision: str) -> None:
    _run(database, command.downgrade, revision)


def _run(database: Database, what: object, revision: str) -> None:
    config = _alembic()
    with database.queue(), database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        config.attributes["connection"] = connection
        what(config, revision)  # type: ignore[operator]
