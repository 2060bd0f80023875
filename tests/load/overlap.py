"""Two transactions that overlap for certain: the second begins while the first holds its locks, and waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TypeVar

from sqlalchemy.orm import Session

from app.database.transactions import Database

T = TypeVar("T")
WAITING = "select count(*) from pg_locks where not granted"
PATIENCE = 10.0


def overlapping(
    database: Database,
    first: Callable[[Session], object],
    second: Callable[[Session], T],
    alone: Callable[[Session], object] | None = None,
) -> Future[T]:
    """Do `first`; before its commit begin `second`, and let it run into the lock (PostgreSQL tells when it waits).
    `alone`: which of them moves the ground. Returns what became of `second`."""

    def beside() -> T:
        with database.transaction(alone=second is alone) as session:
            return second(session)

    with ThreadPoolExecutor(1) as thread:
        with database.transaction(alone=first is alone) as session:
            first(session)
            session.flush()
            result = thread.submit(beside)
            _await(database, result)
        result.exception(PATIENCE)
    return result


def _await(database: Database, beside: Future[T]) -> None:
    """Until the other one waits for a lock, or is done without."""
    until = time.monotonic() + PATIENCE
    with closing(database.engine.raw_connection()) as connection:
        looking = connection.cursor()
        while time.monotonic() < until and not beside.done():
            [waiting] = looking.execute(WAITING).fetchone()
            if waiting:
                return
            time.sleep(0.005)
    assert beside.done(), "the second transaction neither waits nor ends"
