"""Statements that are compiled once and then handed to the driver as they stand.

SQLAlchemy keeps the text of a statement but works out at every run which value goes where, through which type it
passes, and what the columns of the answer are called. On the way of an action these never change; asking once is worth
a fifth of its time (docs/decisions/0009-plain-statements.md). Dialect, types, the event before a statement and the
translation of errors remain SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Protocol

from sqlalchemy import BindParameter, ClauseElement, Connection, Dialect, literal_column
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.util import EMPTY_DICT

from app.postgres import PostgresConnection, Statement

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
        bound = [fixed.bound(each) for each in values]
        return Sent(fixed, connection, bound, fixed.run(connection, bound))

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
    try:
        driver.inhale()
        try:
            yield
            driver.arrive()
        finally:
            driver.exhale()
    except driver.Error as error:
        connection._handle_dbapi_exception(error, "(several statements)", None, None, None)


class Answer(Protocol):
    """What the database has for a statement that was sent, once it is asked for it."""

    def rows(self) -> Sequence[Sequence[Any]]: ...
    def touched(self) -> int: ...
    def codes(self) -> Sequence[Any]: ...


class _OfCursor:
    """The same of a driver's cursor."""

    def __init__(self, cursor: Any):
        self._cursor = cursor

    def rows(self) -> Sequence[Sequence[Any]]:
        found: Sequence[Sequence[Any]] = self._cursor.fetchall()
        self._cursor.close()
        return found

    def touched(self) -> int:
        count: int = self._cursor.rowcount
        self._cursor.close()
        return count

    def codes(self) -> Sequence[Any]:
        return [column[1] for column in self._cursor.description]


@dataclass
class Sent:
    """A statement on its way, or there."""

    fixed: _Fixed
    connection: Connection
    bound: list[Any]
    answer: Answer

    def rows(self) -> list[Line]:
        return self._read(lambda: self.fixed.lines(self.answer))

    def value(self) -> Any:
        found = self.rows()
        return found[0][0] if found else None

    def touched(self) -> int:
        count: int = self._read(self.answer.touched)
        return count

    def _read(self, take: Callable[[], Any]) -> Any:
        try:
            return take()
        except self.connection.dialect.loaded_dbapi.Error as error:
            self.connection._handle_dbapi_exception(error, self.fixed.text, self.bound, None, None)


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
    types: Sequence[Any]
    _turns: list[tuple[int, Callable[[Any], Any]]] | None = field(default=None)
    """The places in a row whose values are turned into ours, and how."""

    def bound(self, values: Values) -> Any:
        """What the driver is given. Raises KeyError for a value that is missing."""
        given = {**self.constants, **values} if self.constants else values
        line = [given[name] for name in self.names]
        for place, turn in self.told:
            line[place] = turn(line[place])
        return tuple(line)

    def run(self, connection: Connection, bound: list[Any]) -> Answer:
        """SQLAlchemy would build a context around it that nobody asks for anything."""
        driver: Any = connection.connection.dbapi_connection
        many = len(bound) > 1
        given = bound if many else bound[0]
        for tell in connection.engine.dispatch.before_cursor_execute:
            tell(connection, None, self.text, given, None, many)
        try:
            if self.prepared is not None:
                return driver.send(self.prepared, bound)
            cursor = driver.cursor()
            (cursor.executemany if many else cursor.execute)(self.text, given)
            return _OfCursor(cursor)
        except self.dialect.loaded_dbapi.Error as error:
            connection._handle_dbapi_exception(error, self.text, given, None, None)

    def lines(self, answer: Answer) -> list[Line]:
        """The rows through the types of their columns; those may ask for the driver's own codes."""
        lines = [list(row) for row in answer.rows()]
        if lines and self._turns is None:
            turns = [
                kind._cached_result_processor(self.dialect, code)
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
        told = {"column_keys": list(given), "for_executemany": not statement._returning}
    spell_out: Any = replacement_traverse
    written_out = spell_out(statement, {}, lambda each, **_: _written_out(each, dialect))
    compiled = written_out.compile(dialect=_by_place(dialect), **told)
    assert isinstance(compiled, SQLCompiler)
    turns: Mapping[str, Any] = compiled._bind_processors
    names = compiled.positiontup or []
    return _Fixed(
        dialect=dialect,
        text=compiled.string,
        prepared=Statement(compiled.string) if dialect.name == "postgresql" else None,
        names=names,
        told=[(place, turns[name]) for place, name in enumerate(names) if name in turns],
        constants={name: bind.value for bind, name in compiled.bind_names.items() if not bind.required},
        types=[column.type for column in compiled._result_columns],
    )
