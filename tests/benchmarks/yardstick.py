"""The machine's yardstick: the least that a request like ours can cost.

A bare Flask view, twelve statements, one commit; no case, no rules, no engine. It is served as the product is, on a
database of the same kind, and called in turn with it, so that figures of two machines, or of two moments, can be
compared.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask, jsonify, request
from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, create_engine, insert, select, update

from app.database.transactions import Database
from tests.benchmarks import serving
from tests.benchmarks.installations import Installation

READ = ("account", "case", "task", "deadline", "timer")
ADDED = ("event", "message", "entry", "task")
CHANGED = ("case", "task", "deadline")
ROW = {f"c{number}": f"value {number}" for number in range(10)}


def app() -> Flask:
    """Twelve statements on eight tables of ten columns, in a database of its own."""
    address, metadata = os.environ["DATABASE_URL"], MetaData()
    # on PostgreSQL with SQLAlchemy's and psycopg's own ways, on SQLite as safe as ours
    engine = Database(address).engine if address.startswith("sqlite") else create_engine(address)
    tables = {name: _table(name, metadata) for name in {*READ, *ADDED}}
    metadata.create_all(engine)
    with engine.begin() as connection:
        for table in tables.values():
            connection.execute(insert(table), [ROW] * 20)
    reads = [select(tables[name]).where(tables[name].c.id == bindparam("wanted")) for name in READ]
    adds = [insert(tables[name]) for name in ADDED]
    changes = [
        update(tables[name]).where(tables[name].c.id == bindparam("wanted")).values(c1=bindparam("value"))
        for name in CHANGED
    ]
    made = Flask(__name__)

    @made.post("/api/v1/bare")
    def bare() -> Any:
        number = request.get_json()["number"]
        with engine.begin() as connection:
            for read in reads:
                connection.execute(read, {"wanted": number % 20 + 1}).one()
            for add in adds:
                connection.execute(add, ROW)
            for change in changes:
                connection.execute(change, {"wanted": number % 20 + 1, "value": str(number)})
            return jsonify(done=number)

    return made


def _table(name: str, metadata: MetaData) -> Table:
    return Table(name, metadata, Column("id", Integer, primary_key=True), *(Column(each, String) for each in ROW))


@contextmanager
def served(installation: Installation) -> Iterator[int]:
    """The port on which it answers."""
    environment = {**os.environ, "DATABASE_URL": installation.beside}
    with serving.served(environment, "tests.benchmarks.yardstick:app", "--factory") as port:
        yield port


def calls(port: int, count: int) -> list[float]:
    """The seconds of so many calls."""
    client = serving.Client(port, "")
    return [client.call("POST", "/bare", {"number": number})[1] for number in range(count + 3)][3:]
