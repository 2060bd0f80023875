"""How compiled statements reach the driver: prepared on PostgreSQL, several of them in one round trip.

SQLAlchemy announces each execution, and a listener of ours carries it out on a cursor of its own: SQLAlchemy would
describe the columns of every result anew, and in a pipeline there is no result yet. Pipelines, prepared statements and
cursors are psycopg's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.errors import PipelineAborted
from psycopg.pq import TransactionStatus
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExecutionContext
from sqlalchemy.engine.interfaces import DBAPICursor

EXECUTION = "compiled_execution"
"""The execution option under which an `Execution` travels, or the error of one that was sent in a pipeline."""
TYPED = (int, float, Decimal, date)
IN_TRANSACTION = (TransactionStatus.INTRANS, TransactionStatus.INERROR)


class Execution:
    """One execution of a compiled statement: its text as it was compiled, and the cursor that holds the result."""

    cursor: DBAPICursor

    def __init__(self, text: str):
        self.text = text


class PostgresConnection(psycopg.Connection[Any]):
    """A connection whose statements have `$1` where the first value goes, as SQLAlchemy compiles them for it."""

    def __init__(self, *given: Any, **named: Any):
        super().__init__(*given, **named)
        self.cursor_factory, self.server_cursor_factory = psycopg.RawCursor, psycopg.RawServerCursor
        self.prepared_max = 500
        self.current: psycopg.Pipeline | None = None
        """The pipeline that is open, if there is one."""

    @contextmanager
    def pipelined(self) -> Iterator[None]:
        """A pipeline within which `current` names it. Raises the error of the first statement that failed."""
        try:
            with self.pipeline() as self.current:
                try:
                    yield
                finally:
                    self.current = None
        except PipelineAborted as error:  # raised for the statements after the one that failed, and over its own error
            raise error.__context__ or error from None

    def rollback(self) -> None:
        """psycopg's own makes the server deallocate all prepared statements, in case they name objects whose creation
        is rolled back. Ours name tables that a migration has committed, and outlive a refused action."""
        if self.info.transaction_status in IN_TRANSACTION:
            self.pgconn.exec_(b"ROLLBACK")
        super().rollback()  # finds no transaction any more, or says what is wrong with the connection


def connect_postgres(_dialect: Any, _record: Any, given: Sequence[Any], named: dict[str, Any]) -> PostgresConnection:
    """For the event `do_connect`. The driver sends no BEGIN of its own: ours goes together with the lock."""
    return PostgresConnection.connect(*given, autocommit=True, **named)


def _untyped(values: Sequence[Any]) -> Sequence[Any]:
    """The values as texts whose types the statement tells (`$1::INTEGER`). psycopg would prepare a statement once for
    each combination of types, and gives small and large integers, or a value and None, different ones."""
    return [str(value) if isinstance(value, TYPED) else value for value in values]


@event.listens_for(Engine, "do_execute")
def _execute(cursor: Any, text: str, values: Any, context: ExecutionContext) -> bool:
    execution = _begun(cursor.connection, context)
    if execution is None:
        return False
    own = execution.cursor
    if isinstance(own, psycopg.Cursor):  # what a listener has added to the text, such as a trace's number, is met once
        own.execute(text, _untyped(values), prepare=text == execution.text)
    else:
        own.execute(text, values)
    return True


@event.listens_for(Engine, "do_executemany")
def _execute_many(cursor: Any, text: str, values: Any, context: ExecutionContext) -> bool:
    execution = _begun(cursor.connection, context)
    if execution is None:
        return False
    postgres = isinstance(cursor, psycopg.Cursor)
    execution.cursor.executemany(text, [_untyped(each) for each in values] if postgres else values)
    return True


def _begun(driver: Any, context: ExecutionContext) -> Execution | None:
    """The execution with a cursor, if a compiled statement is to be executed."""
    execution: Execution | BaseException | None = context.execution_options.get(EXECUTION)
    if isinstance(execution, BaseException):
        raise execution
    if execution is not None:
        execution.cursor = driver.cursor()
    elif isinstance(driver, PostgresConnection) and driver.current is not None:
        raise psycopg.ProgrammingError("only statements of a fixed shape can be sent in a pipeline")
    return execution
