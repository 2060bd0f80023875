"""An installation of the first schema, with the demonstration loaded, as its own `flask backup` wrote it: the database
from which every later version must be reached. `lay` puts it into an empty database without the models of today, which
know columns that did not exist then."""

from __future__ import annotations

import base64
import json
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Date, DateTime, Integer, LargeBinary, MetaData, Table, func, insert, select, text
from sqlalchemy.dialects import sqlite

from app.database import migrate
from app.database.transactions import Database

FILE = Path(__file__).with_name("first_schema.zip")
REVISION = "0001"


def lay(database: Database) -> None:
    """Bring an empty database to the first schema and fill it."""
    migrate.upgrade(database, REVISION)
    then = MetaData()
    then.reflect(database.engine)
    with database.queue(), database.engine.begin() as connection, zipfile.ZipFile(FILE) as archive:
        for table in then.sorted_tables:
            if f"{table.name}.jsonl" in archive.namelist():
                _fill(connection, archive, table)
        if not database.is_sqlite:
            _set_sequences(connection, then)


def _fill(connection: Connection, archive: zipfile.ZipFile, table: Table) -> None:
    lines = archive.read(f"{table.name}.jsonl").splitlines()
    if lines:
        connection.execute(table.delete())
        connection.execute(insert(table), [_row(json.loads(line), table) for line in lines])


def _row(row: dict[str, Any], table: Table) -> dict[str, Any]:
    return {name: _as_column(table.columns[name].type, value) for name, value in row.items()}


def _as_column(kind: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(kind, DateTime):
        moment = datetime.fromisoformat(value)
        return moment.replace(tzinfo=None) if isinstance(kind, sqlite.DATETIME) else moment
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _set_sequences(connection: Connection, then: MetaData) -> None:
    for table in then.sorted_tables:
        key = list(table.primary_key.columns)
        if len(key) == 1 and isinstance(key[0].type, Integer):
            named = {"table": f'"{table.name}"', "column": key[0].name}
            if sequence := connection.scalar(text("select pg_get_serial_sequence(:table, :column)"), named):
                after = (connection.scalar(select(func.max(key[0]))) or 0) + 1
                connection.execute(
                    text("select setval(:sequence, :after, false)"), {"sequence": sequence, "after": after}
                )
