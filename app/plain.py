"""Statements that are compiled once and then handed to the driver as they stand.

SQLAlchemy keeps the text of a statement but works out at every run which value goes where, through which type it
passes, and what the columns of the answer are called. On the way of an action these never change; asking once is worth
a tenth of its time (docs/decisions/0009-plain-statements.md). The statements travel by `exec_driver_sql`: events,
`echo` and the translation of errors are SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import BindParameter, ClauseElement, Connection, CursorResult, Dialect, literal_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import EMPTY_DICT

from app.postgres import PREPARED, Answer, PostgresConnection, Statement

Values = Mapping[str, Any]
Line = list[Any]
"""A row of an answer, its values in the order of the statement's columns."""


class Plain:
    """A statement of a fixed shape: no lists that grow with their values, no columns that come and go but those that an
    insert or update is given."""

    def __init__(self, statement: ClauseElement):
        self.statement = statement
        self._by_given = isinstance(statement, UpdateBase)
        self._fixed: dict[tuple[str, tuple[str, ...]], _Fixed] = {}
        """As each kind of database takes it; all engines of one kind are set alike (`app.db`)."""

    def rows(self, connection: Connection, values: Values = EMPTY_DICT) -> list[Line]:
        """The rows of the answer. Raises what `connection.execute` raises, KeyError for a value that is missing."""
        return self.send(connection, [values]).rows()

    def value(self, connection: Connection, values: Values = EMPTY_DICT) -> Any:
        """The first value of the first row; None where there is no row."""
        return self.send(connection, [values]).value()

    def run(self, connection: Connection, values: Sequence[Values]) -> int:
        """Once for each of these, which name the same columns; how many rows were touched."""
        return self.send(connection, values).touched()

    def send(self, connection: Connection, values: Sequence[Values] = (EMPTY_DICT,)) -> Sent:
        """The same, to be read later: what is sent `together` waits once for all answers."""
        given = tuple(values[0]) if self._by_given else ()
        fixed = self._fixed.get((connection.dialect.name, given)) or self._fix(connection.dialect, given)
        return fixed.send(connection, [fixed.bound(each) for each in values])

    def _fix(self, dialect: Dialect, given: tuple[str, ...]) -> _Fixed:
        fixed = self._fixed[dialect.name, given] = _compile(self.statement, dialect, given)
        return fixed


@dataclass(frozen=True)
class Question:
    """A statement with its values, to be sent when there is a breath for it."""

    statement: Plain
    values: Values


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """What is sent inside travels at once where the driver can do that (PostgreSQL); elsewhere one by one. Nothing but
    plain statements can be sent inside. Raises what the statements raise, at the end of the block or where an answer is
    read."""
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, PostgresConnection) or driver.breathing:
        yield
        return
    driver.inhale()
    try:
        yield
        _arrive(connection)
    finally:
        driver.exhale()


def _arrive(connection: Connection) -> None:
    """Wait for all that was sent. What went wrong with any of it is told as SQLAlchemy tells it, to listeners too."""
    driver: Any = connection.connection.dbapi_connection
    try:
        driver.arrive()
    except driver.Error as error:
        connection.exec_driver_sql("(several statements)", None, {PREPARED: error})


class Sent:
    """A statement on its way, or there."""

    def __init__(self, fixed: _Fixed, connection: Connection, answer: Answer | _OfCursor):
        self._fixed, self._connection, self._answer = fixed, connection, answer

    def rows(self) -> list[Line]:
        return self._fixed.lines(self._there())

    def value(self) -> Any:
        found = self.rows()
        return found[0][0] if found else None

    def touched(self) -> int:
        return self._there().touched()

    def _there(self) -> Answer | _OfCursor:
        if not self._answer.complete:
            _arrive(self._connection)
        return self._answer


class _OfCursor:
    """What a driver's cursor has for a statement."""

    complete = True

    def __init__(self, result: CursorResult[Any]):
        self._result, self._cursor = result, result.cursor

    def rows(self) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = self._cursor.fetchall() if self._cursor is not None else ()
        self._result.close()
        return found

    def touched(self) -> int:
        return self._result.rowcount

    def codes(self) -> Sequence[Any]:
        return [column[1] for column in self._cursor.description or ()] if self._cursor is not None else ()


@dataclass
class _Fixed:
    """A statement as one database takes it."""

    dialect: Dialect
    text: str
    prepared: Statement | None
    """As PostgreSQL keeps it."""
    names: Sequence[str]
    """Of the values, in the order of their places."""
    told: Sequence[tuple[int, Callable[[Any], Any]]]
    """The places whose values are turned into what the driver takes, and how."""
    constants: Values
    """The values that the statement brings along and that could not be written out."""
    types: Sequence[TypeEngine[Any]]
    _turns: list[tuple[int, Callable[[Any], Any]]] | None = field(default=None)
    """The places in a row whose values are turned into ours, and how."""

    def bound(self, values: Values) -> tuple[Any, ...]:
        """What the driver is given. Raises KeyError for a value that is missing."""
        given = {**self.constants, **values} if self.constants else values
        line = [given[name] for name in self.names]
        for place, turn in self.told:
            line[place] = turn(line[place])
        return tuple(line)

    def send(self, connection: Connection, bound: list[tuple[Any, ...]]) -> Sent:
        given = bound if len(bound) > 1 else bound[0]
        if self.prepared is None:
            return Sent(self, connection, _OfCursor(connection.exec_driver_sql(self.text, given)))
        driver: Any = connection.connection.dbapi_connection
        answer = Answer(driver, len(bound))
        connection.exec_driver_sql(self.text, given, {PREPARED: (self.prepared, answer)})
        return Sent(self, connection, answer)

    def lines(self, answer: Answer | _OfCursor) -> list[Line]:
        """The rows through the types of their columns; those may ask for the driver's own codes."""
        lines = [list(row) for row in answer.rows()]
        if lines and self._turns is None:
            turns = [
                kind.dialect_impl(self.dialect).result_processor(self.dialect, code)
                for kind, code in zip(self.types, answer.codes(), strict=True)
            ]
            self._turns = [(place, turn) for place, turn in enumerate(turns) if turn is not None]
        for line in lines:
            for place, turn in self._turns or ():
                line[place] = turn(line[place])
        return lines


def _written_out(element: Any, dialect: Dialect) -> Any:
    """The values that a statement brings along stand in its text: a planner sees that a partial index serves
    `state = 'armed'`, and what `LIMIT 1` is worth."""
    if not isinstance(element, BindParameter) or element.required:
        return None
    if element.expanding:
        raise TypeError("a list within a statement has no fixed shape")
    spell = element.type.dialect_impl(dialect).literal_processor(dialect)
    return None if spell is None or element.value is None else literal_column(spell(element.value), element.type)


def _by_place(dialect: Dialect) -> Dialect:
    """The same database, its values in the order of their places: `?`, and for PostgreSQL its own `$1`."""
    if dialect.name != "postgresql":
        assert dialect.positional
        return dialect
    numbered = copy(dialect)
    numbered.paramstyle, numbered.positional = "numeric_dollar", True
    numbered.identifier_preparer = numbered.preparer(numbered)  # it knows whether a percent sign is doubled
    return numbered


def _compile(statement: ClauseElement, dialect: Dialect, given: tuple[str, ...]) -> _Fixed:
    told: dict[str, Any] = {}
    if isinstance(statement, UpdateBase):  # and no key is fetched that was not asked for
        told = {"column_keys": list(given), "for_executemany": not statement.returning_column_descriptions}
    spell_out: Any = replacement_traverse
    written_out = spell_out(statement, {}, lambda each, **_: _written_out(each, dialect))
    compiled = written_out.compile(dialect=_by_place(dialect), **told)
    assert isinstance(compiled, SQLCompiler)
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    turns = {name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in binds.items()}
    names = compiled.positiontup or []
    return _Fixed(
        dialect=dialect,
        text=compiled.string,
        prepared=Statement(compiled.string) if dialect.name == "postgresql" else None,
        names=names,
        told=[(place, turn) for place, name in enumerate(names) if (turn := turns[name]) is not None],
        constants={name: bind.value for name, bind in binds.items() if not bind.required},
        types=[column.type for column in _columns(statement)],
    )


def _columns(statement: Any) -> Any:
    """The columns of a statement's answer, if it has any."""
    if isinstance(statement, UpdateBase):
        return [told["expr"] for told in statement.returning_column_descriptions]
    return getattr(statement, "selected_columns", ())
