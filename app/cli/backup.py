"""Backup and restore: every row of every table in one consistent reading, as a zip of JSON lines that any database can
take. The same file moves an installation from SQLite to PostgreSQL."""

from __future__ import annotations

import base64
import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection, Date, Integer, LargeBinary, Table, func, insert, select, text

from app.cli.output import fail
from app.database import migrate
from app.database.transactions import Base, Database, UtcDateTime

FORMAT = "shuliu-backup-1"
CHUNK = 2_000


def write_backup(database: Database, file: Path) -> int:
    """Write all rows, as they are at one moment, while others go on writing. Returns how many."""
    rows = 0
    partial = file.with_name(file.name + ".part")
    with _one_moment(database) as connection, zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED) as archive:
        head = {"format": FORMAT, "schema": migrate.head()}
        archive.writestr("backup.json", orjson.dumps(head))
        for table in Base.metadata.sorted_tables:
            with archive.open(f"{table.name}.jsonl", "w") as out:
                for row in connection.execute(select(table)).mappings():
                    out.write(orjson.dumps(dict(row), default=_packed) + b"\n")
                    rows += 1
    partial.replace(file)
    return rows


def read_backup(database: Database, file: Path) -> int:
    """Put a backup into an empty database, in one transaction. Returns how many rows it held."""
    if not zipfile.is_zipfile(file):
        fail(f"{file} is no backup")
    with zipfile.ZipFile(file) as archive:
        _check(archive, file)
        with database.queue(), database.engine.begin() as connection:
            _require_empty(connection)
            for table in Base.metadata.sorted_tables:
                connection.execute(table.delete())
            rows = sum(_fill(connection, archive, table) for table in Base.metadata.sorted_tables)
            if not database.is_sqlite:
                _set_sequences(connection)
    return rows


def _one_moment(database: Database) -> Any:
    """A reading that sees one state throughout: SQLite's WAL gives it, PostgreSQL when asked for repeatable reads."""
    if database.is_sqlite:
        return database.engine.begin()
    return database.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True).begin()


def _check(archive: zipfile.ZipFile, file: Path) -> None:
    if "backup.json" not in archive.namelist():
        fail(f"{file} is no backup")
    head = orjson.loads(archive.read("backup.json"))
    if head.get("format") != FORMAT or head.get("schema") != migrate.head():
        fail(f"{file} was written by another version: schema {head.get('schema')}, here {migrate.head()}")


def _require_empty(connection: Connection) -> None:
    case = Base.metadata.tables["case"]
    if connection.scalar(select(func.count()).select_from(case)):
        fail("There are cases in this database; a backup is restored into an empty one.")


def _fill(connection: Connection, archive: zipfile.ZipFile, table: Table) -> int:
    rows = 0
    with archive.open(f"{table.name}.jsonl") as lines:
        for chunk in _chunks(lines, table):
            connection.execute(insert(table), chunk)
            rows += len(chunk)
    return rows


def _chunks(lines: Any, table: Table) -> Iterator[list[dict[str, Any]]]:
    chunk: list[dict[str, Any]] = []
    for line in lines:
        chunk.append(_unpacked(orjson.loads(line), table))
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _packed(value: Any) -> Any:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(f"a {type(value).__name__} cannot be written")


def _unpacked(row: dict[str, Any], table: Table) -> dict[str, Any]:
    return {name: _as_column(table.columns[name].type, value) for name, value in row.items()}


def _as_column(kind: Any, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if isinstance(kind, UtcDateTime):
        return datetime.fromisoformat(value)
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _set_sequences(connection: Connection) -> None:
    """Ids were given by the backup; PostgreSQL's counters must go on behind them."""
    for table in Base.metadata.sorted_tables:
        key = table.primary_key.columns.values()
        if len(key) == 1 and isinstance(key[0].type, Integer):
            sequence = connection.scalar(
                text("select pg_get_serial_sequence(:table, :column)"),
                {"table": f'"{table.name}"', "column": key[0].name},
            )
            if sequence:
                last = connection.scalar(select(func.max(key[0]))) or 0
                connection.execute(
                    text("select setval(:sequence, :next, false)"), {"sequence": sequence, "next": last + 1}
                )
