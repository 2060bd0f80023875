"""Alembic's entry: migrates the database that the caller hands over (app/cli/operations.py) or DATABASE_URL names."""

from alembic import context
from sqlalchemy import Connection

import app.models  # noqa: F401  (every table)
from app.database.transactions import Base, Database
from config import from_environment


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, render_as_batch=True, transaction_per_migration=False
    )
    with context.begin_transaction():
        context.run_migrations()


given = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with Database(from_environment().database_url).engine.begin() as connection:
        migrate(connection)
