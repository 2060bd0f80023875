"""The schema that the migrations make is that of the models, and each of them is undone to the last key and index."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect

from app.database import migrate
from app.database.transactions import Base, Database

ORDER = [one.revision for one in ScriptDirectory(str(migrate.FOLDER)).walk_revisions()][::-1]
NOT_OF_THE_MODELS = {"alembic_version"}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def empty(request: pytest.FixtureRequest) -> Any:
    database = Database(request.getfixturevalue(f"{request.param}_url"))
    yield database
    database.engine.dispose()


def schema(database: Database) -> dict[str, Any]:
    """All that a database says of its tables: columns, keys, indices."""
    seen = inspect(database.engine)
    return {
        table: {
            "columns": sorted((one["name"], str(one["type"]), one["nullable"]) for one in seen.get_columns(table)),
            "key": seen.get_pk_constraint(table)["constrained_columns"],
            "unique": sorted(sorted(one["column_names"]) for one in seen.get_unique_constraints(table)),
            "foreign": sorted(
                (one["constrained_columns"], one["referred_table"]) for one in seen.get_foreign_keys(table)
            ),
            "indices": sorted(
                (one["name"] or "", one["column_names"], bool(one["unique"]), _where(one))
                for one in seen.get_indexes(table)
            ),
        }
        for table in seen.get_table_names()
        if table not in NOT_OF_THE_MODELS
    }


def _where(index: Any) -> str:
    options = index.get("dialect_options", {})
    return str(options.get("postgresql_where", options.get("sqlite_where", "")))


def test_the_migrated_schema_is_that_of_the_models(empty: Database, request: pytest.FixtureRequest) -> None:
    migrate.upgrade(empty)
    with empty.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    migrated = schema(empty)
    with empty.engine.begin() as connection:
        Base.metadata.drop_all(connection)
        Base.metadata.create_all(connection)
    assert migrated == schema(empty)


def test_each_migration_is_undone_without_a_trace_and_can_be_done_again(empty: Database) -> None:
    """Up, down, up: what a downgrade forgets to drop stays, or stands in the way."""
    made = {"base": schema(empty)}
    for revision in ORDER:
        migrate.upgrade(empty, revision)
        made[revision] = schema(empty)
    for revision, below in zip(ORDER[::-1], ["base", *ORDER[:-1]][::-1], strict=True):
        migrate.downgrade(empty, below)
        assert schema(empty) == made[below], revision
    migrate.upgrade(empty)
    assert schema(empty) == made[ORDER[-1]]
