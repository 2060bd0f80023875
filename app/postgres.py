"""How a statement of a fixed shape travels to PostgreSQL: prepared once a connection, many in one breath.

psycopg's cursors can do that too, but ask anew at every run what never changes here: how the statement is spelt, how
often it was run, which cursor waits for what. That took a fifth of an action's time
(docs/decisions/0009-plain-statements.md). So these go to libpq by psycopg's own wrapper of it (`psycopg.pq`);
connecting, types and errors stay psycopg's, and so do all other statements.
"""

from __future__ import annotations

import select
from collections.abc import Sequence
from contextlib import suppress
from functools import cached_property
from itertools import count
from typing import Any

import psycopg
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.pq import ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import Engine, event
from sqlalchemy.engine import ExecutionContext

PREPARED = "prepared"
"""The option of an execution that goes by libpq: the statement with its answer to be, or the error that has come back
for one that was sent before."""
_numbers = count(1)


class Statement:
    """What PostgreSQL is to keep: its text, with `$1` where the first value goes, under a name of its own. Types of
    values are told by the text (`$1::INTEGER`) or by the column that they go to."""

    def __init__(self, text: str, name: bytes | None = None):
        self.text, self.name = text.encode(), b"plain_%d" % next(_numbers) if name is None else name


class Answer:
    """What comes back for one statement, once for each line of values that it was sent with."""

    def __init__(self, connection: PostgresConnection, lines: int):
        self._connection, self._lines = connection, lines
        self.came: list[PGresult] = []

    @property
    def complete(self) -> bool:
        return len(self.came) == self._lines

    def rows(self) -> list[tuple[Any, ...]]:
        return [row for result in self.came for row in self._connection.read(result)]

    def touched(self) -> int:
        return sum(result.command_tuples or 0 for result in self.came)

    def codes(self) -> list[int]:
        """The types of the columns, by PostgreSQL's numbers for them."""
        first = self.came[0]
        return [first.ftype(place) for place in range(first.nfields)]


class PostgresConnection(psycopg.Connection[Any]):
    """A connection for cursors and, beside them, for statements of a fixed shape. It is to be made with
    `prepare_threshold=None`: what psycopg prepares it makes the server forget at a rollback, and ours with it."""

    def __init__(self, *given: Any, **named: Any):
        super().__init__(*given, **named)
        self.breathing = False
        self._known: set[bytes] = set()
        self._awaited: list[tuple[bytes, Answer | None]] = []

    @cached_property
    def _spelling(self) -> Transformer:
        return Transformer(self)  # not before it is asked for: adapters are set after the connection is made

    def inhale(self) -> None:
        """From here on statements travel together: they are answered when all have been sent, or one is asked for."""
        self.pgconn.enter_pipeline_mode()
        self.breathing = True

    def exhale(self) -> None:
        """Nothing is under way any more. What nobody has waited for is thrown away, and its errors with it: something
        else has failed before."""
        if self._awaited and not self.closed:
            with suppress(psycopg.Error):
                self.arrive()
        self.breathing = False
        if not self.closed:
            self.pgconn.exit_pipeline_mode()

    def send(self, statement: Statement, lines: Sequence[Sequence[Any]] = ((),), answer: Answer | None = None) -> None:
        """The statement with each of these lines of values; at once, or with all that travels together. Raises
        psycopg.Error."""
        answer = answer or Answer(self, len(lines))
        if self.breathing:
            self._send(statement, lines, answer)
            return
        self.inhale()
        try:
            self._send(statement, lines, answer)
            self.arrive()
        finally:
            self.exhale()

    def _send(self, statement: Statement, lines: Sequence[Sequence[Any]], answer: Answer) -> None:
        name = statement.name
        for line in lines:
            values = self._spelling.dump_sequence(line, [PyFormat.TEXT] * len(line))
            if name not in self._known:
                self.pgconn.send_prepare(name, statement.text)
                self._awaited.append((name, None))
                if name:
                    self._known.add(name)
            self.pgconn.send_query_prepared(name, values)
            self._awaited.append((name, answer))
        self.pgconn.flush()  # the server does this one while the next is made

    def arrive(self) -> None:
        """Wait until all is answered that was sent. Raises the error of the first statement that failed; what came
        after it has not been done."""
        self.pgconn.pipeline_sync()
        awaited, self._awaited = self._awaited, []
        failed: PGresult | None = None
        for name, answer in awaited:
            result = self._next()
            if result.status in _DONE:
                if answer is not None:
                    answer.came.append(result)
                continue
            failed = failed or result
            if answer is None:
                self._known.discard(name)  # it was never prepared
        self._next()  # the end of the breath
        if failed is not None:
            raise error_from_result(failed, encoding=self.info.encoding)

    def _next(self) -> PGresult:
        """The next result; each but the end of a breath is followed by the word that it was all."""
        result = self._result()
        if result is None:
            raise psycopg.OperationalError("the server did not answer")
        if result.status != ExecStatus.PIPELINE_SYNC:
            self._result()
        return result

    def _result(self) -> PGresult | None:
        while self.pgconn.is_busy():
            unsent = self.pgconn.flush()
            waiting = select.poll()
            waiting.register(self.pgconn.socket, select.POLLIN | (select.POLLOUT if unsent else 0))
            waiting.poll()
            self.pgconn.consume_input()
        return self.pgconn.get_result()

    def read(self, result: PGresult) -> list[tuple[Any, ...]]:
        self._spelling.set_pgresult(result)
        return self._spelling.load_rows(0, result.ntuples, tuple)


def carry_prepared(engine: Engine) -> None:
    """Executions with the option `PREPARED` go by libpq, and no others while statements travel together."""

    def one(cursor: Any, text: str, values: Any, context: ExecutionContext) -> bool:
        return _carry(cursor.connection, text, [values], context)

    def many(cursor: Any, text: str, values: Any, context: ExecutionContext) -> bool:
        return _carry(cursor.connection, text, values, context)

    event.listen(engine, "do_execute", one)
    event.listen(engine, "do_executemany", many)


def _carry(driver: PostgresConnection, text: str, lines: Sequence[Any], context: ExecutionContext) -> bool:
    if PREPARED not in context.execution_options:
        if driver.breathing:
            raise psycopg.ProgrammingError("only statements of a fixed shape travel together")
        return False
    told = context.execution_options[PREPARED]
    if isinstance(told, psycopg.Error):
        raise told
    statement, answer = told
    if text.encode() != statement.text:  # a listener has written something on it
        statement = Statement(text, b"")
    driver.send(statement, [tuple(line) for line in lines], answer)
    return True


_DONE = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)
