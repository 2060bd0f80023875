"""Two transactions that overlap for certain: the second begins while the first holds its locks, and waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from app.db import Database

T = TypeVar("T")
WAITING = text("select count(*) from pg_locks where not granted")
PATIENCE = 10.0


def overlapping(database: Database, first: Callable[[Session], object], second: Callable[[Session], T]) -> Future[T]:
    """Do `first`; before its commit begin `second`, and let it run into the lock (PostgreSQL tells when it waits).
    Returns what became of `second`."""
    with ThreadPoolExecutor(1) as beside:
        with database.transaction() as session:
            first(session)
            session.flush()
            result = beside.submit(_alone, database, second)
            _await(database, result)
        result.exception(PATIENCE)
    return result


def _alone(database: Database, do: Callable[[Session], T]) -> T:
    with database.transaction() as session:
        return do(session)


def _await(database: Database, beside: Future[T]) -> None:
    """Until the other one waits for a lock, or is done without."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and not beside.done():
        with database.engine.connect() as connection:
            if connection.scalar(WAITING):
                return
        time.sleep(0.005)
    assert beside.done(), "the second transaction neither waits nor ends"
