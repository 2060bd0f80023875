"""Statements that are compiled once and then handed to the driver as they stand.

SQLAlchemy keeps the text of a statement but works out at every execution which value goes where, through which type it
passes, and what the columns of the result are called. For the statements of an action these never change; working them
out once saves a tenth of its time (docs/decisions/0009-plain-statements.md). Executions go through `exec_driver_sql`:
events, `echo` and the translation of errors are SQLAlchemy's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar

from sqlalchemy import BindParameter, ClauseElement, Connection, Dialect, Insert, literal_column
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.sql.visitors import replacement_traverse
from sqlalchemy.types import TypeEngine
from sqlalchemy.util import EMPTY_DICT

from app.database.pipeline import EXECUTION, Execution, PostgresConnection

T = TypeVar("T")
Values = Mapping[str, Any]
Line = list[Any]
"""A row of a result, its values in the order of the statement's columns."""
Processors = Sequence[tuple[int, Callable[[Any], Any]]]
"""The positions whose values are converted, and how."""


class CompiledStatement:
    """A statement of a fixed shape: no lists that grow with their values, no columns that come and go but those that an
    insert or update is given."""

    def __init__(self, statement: ClauseElement):
        self.statement = statement
        self._by_given = isinstance(statement, UpdateBase)
        self._compiled: dict[tuple[str, tuple[str, ...]], _Compiled] = {}
        """By dialect and the columns given; engines of a dialect are configured alike (`app.database.transactions`)."""

    def rows(self, connection: Connection, values: Values = EMPTY_DICT) -> list[Line]:
        """The rows of the result. Raises what `connection.execute` raises, KeyError for a value that is missing."""
        return self.send(connection, [values]).rows()

    def value(self, connection: Connection, values: Values = EMPTY_DICT) -> Any:
        """The first value of the first row; None where there is no row."""
        return self.send(connection, [values]).value()

    def run(self, connection: Connection, values: Sequence[Values]) -> int:
        """Execute it with each of these, which name the same columns; how many rows were touched."""
        return self.send(connection, values).touched()

    def send(self, connection: Connection, values: Sequence[Values] = (EMPTY_DICT,)) -> PendingResult:
        """Execute it, in a pipeline without waiting for the result (see `together`)."""
        given = tuple(values[0]) if self._by_given else ()
        key = connection.dialect.name, given
        compiled = self._compiled.get(key)
        if compiled is None:
            compiled = self._compiled[key] = _compile(self.statement, connection.dialect, given)
        bound = [compiled.bound(each) for each in values]
        sent = PendingResult(connection, compiled)
        connection.exec_driver_sql(compiled.text, bound if len(bound) > 1 else bound[0], {EXECUTION: sent})
        return sent


@dataclass(frozen=True)
class BoundStatement:
    """A statement with its values, to be sent when others are sent anyway."""

    statement: CompiledStatement
    values: Values


@contextmanager
def pipeline(connection: Connection) -> Iterator[None]:
    """A pipeline: what is sent inside shares one round trip where the driver can do that (PostgreSQL); elsewhere each
    statement is executed at once. Only compiled statements can be sent inside. Raises what the statements raise, at the
    end of the block or where a result is read."""
    driver = connection.connection.dbapi_connection
    if not isinstance(driver, PostgresConnection) or driver.current is not None:
        yield
        return
    try:
        with driver.pipelined():
            yield
    except driver.Error as error:
        _raise(connection, "(several statements)", error)


def _raise(connection: Connection, text: str, error: BaseException) -> NoReturn:
    """An error that the driver raises outside an execution, as if that had raised it: SQLAlchemy translates it, tells
    listeners, and discards a connection that is lost."""
    connection.exec_driver_sql(text, None, {EXECUTION: error})
    raise error


class PendingResult(Execution):
    """The result of a statement; in a pipeline it may still be pending, and reading it waits."""

    def __init__(self, connection: Connection, compiled: _Compiled):
        super().__init__(compiled.text)
        self._connection, self._compiled = connection, compiled

    def rows(self) -> list[Line]:
        rows = self._read(lambda: self.cursor.fetchall())
        return self._compiled.converted(rows, self.cursor)

    def value(self) -> Any:
        found = self.rows()
        return found[0][0] if found else None

    def touched(self) -> int:
        driver = self._connection.connection.dbapi_connection
        if isinstance(driver, PostgresConnection) and driver.current is not None:
            self._read(driver.current.sync)
        return self.cursor.rowcount

    def _read(self, read: Callable[[], T]) -> T:
        try:
            return read()
        except self._connection.dialect.loaded_dbapi.Error as error:
            _raise(self._connection, self.text, error)


@dataclass
class _Compiled:
    """A statement as one dialect executes it."""

    dialect: Dialect
    text: str
    names: Sequence[str]
    """Of the parameters, in the order of their positions."""
    bind_processors: Processors
    constants: Values
    """Values that the statement brings along and that could not be rendered into its text."""
    types: Sequence[TypeEngine[Any]]
    result_processors: Processors | None = None
    """Known from the first result on: types may ask for the type codes of the driver."""

    def bound(self, values: Values) -> tuple[Any, ...]:
        """The parameters as the driver takes them. Raises KeyError for a value that is missing."""
        given = {**self.constants, **values} if self.constants else values
        line = [given[name] for name in self.names]
        for position, process in self.bind_processors:
            line[position] = process(line[position])
        return tuple(line)

    def converted(self, rows: Sequence[Sequence[Any]], cursor: DBAPICursor) -> list[Line]:
        """The rows, their values converted by the types of their columns."""
        if rows and self.result_processors is None:
            processors = [
                kind.dialect_impl(self.dialect).result_processor(self.dialect, column[1])
                for kind, column in zip(self.types, cursor.description or (), strict=True)
            ]
            self.result_processors = [(position, each) for position, each in enumerate(processors) if each is not None]
        lines = [list(row) for row in rows]
        for position, process in self.result_processors or ():
            for line in lines:
                line[position] = process(line[position])
        return lines


def _compile(statement: ClauseElement, dialect: Dialect, given: tuple[str, ...]) -> _Compiled:
    if isinstance(statement, Insert) and not statement.returning_column_descriptions:
        statement = statement.inline()  # no key is fetched that was not asked for
    traverse: Any = replacement_traverse  # its overloads have no executable statement
    rendered = traverse(statement, {}, lambda each, **_: _rendered(each, dialect))
    compiled = rendered.compile(dialect=dialect, column_keys=list(given) if isinstance(statement, UpdateBase) else None)
    assert isinstance(compiled, SQLCompiler)
    assert dialect.positional
    names = compiled.positiontup or []
    binds = {name: bind for bind, name in compiled.bind_names.items()}
    processors = [binds[name].type.dialect_impl(dialect).bind_processor(dialect) for name in names]
    return _Compiled(
        dialect=dialect,
        text=compiled.string,
        names=names,
        bind_processors=[(position, each) for position, each in enumerate(processors) if each is not None],
        constants={name: bind.value for name, bind in binds.items() if not bind.required},
        types=[column.type for column in _columns(statement)],
    )


def _rendered(element: Any, dialect: Dialect) -> Any:
    """A value that the statement brings along, rendered into its text: the planner sees that a partial index serves
    `state = 'armed'`, and what `LIMIT 1` is worth."""
    if not isinstance(element, BindParameter) or element.required:
        return None
    if element.expanding:
        raise TypeError("a list within a statement has no fixed shape")
    spell = element.type.dialect_impl(dialect).literal_processor(dialect)
    return None if spell is None or element.value is None else literal_column(spell(element.value), element.type)


def _columns(statement: Any) -> Any:
    """The columns of a statement's result, if it has one."""
    if isinstance(statement, UpdateBase):
        return [column["expr"] for column in statement.returning_column_descriptions]
    return getattr(statement, "selected_columns", ())
