"""The rows of one action, read and written by compiled statements.

The session's own way to load and flush costs three times what the statements do: it builds a loader for every query and
sorts a graph for every flush, where an action has a handful of rows whose order is known. What is read here is an
object of the session like any other, and what is not written here the session's flush writes: this module saves time
and changes nothing else (tests/test_rows.py compares the two).

All that it uses of SQLAlchemy is documented: `instance_state` with `has_identity` and `unmodified`, `get_history`,
`flag_modified`, `set_committed_value`, and `make_transient_to_detached` for an object whose row is known.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import Connection, Integer, Select, Table, bindparam, event, func, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import Mapper, Session, class_mapper, make_transient, make_transient_to_detached
from sqlalchemy.orm.attributes import flag_modified, get_history, instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError
from sqlalchemy.orm.interfaces import MANYTOONE
from sqlalchemy.sql.functions import FunctionElement

from app.database.statements import CompiledStatement, Line, PendingResult, pipeline
from app.database.transactions import Base, connection_of

M = TypeVar("M", bound=Base)
WAS = "was_"
"""Before the names of the columns by which a statement finds its row, as they were when it was read."""


@dataclass(frozen=True)
class TableMapping:
    """What a mapped class says about its rows, asked once."""

    mapper: Mapper[Any]
    names: tuple[str, ...]
    key: tuple[str, ...]
    counted: str | None
    """The key that the database gives out, if it does."""
    version: str | None
    parents: Mapping[str, Sequence[tuple[str, str]]]
    """Each many-to-one relationship, and which of our columns hold which attributes of the other object."""
    defaults: Mapping[str, Any]
    rank: int
    """Rows that others point at are written first."""
    insert: CompiledStatement
    insert_for_key: CompiledStatement
    """Returns the key that the database has given out."""
    update: CompiledStatement
    """Sets the columns that are given with it."""
    delete: CompiledStatement


_shapes: dict[type[Any], TableMapping] = {}


def mapping_of(model: type[Any]) -> TableMapping:
    """Raises TypeError for a class whose rows hang together in ways that only the session's own flush can sort."""
    if model not in _shapes:
        _shapes[model] = _shape(class_mapper(model))
    return _shapes[model]


def _shape(mapper: Mapper[Any]) -> TableMapping:
    parents = [each for each in mapper.relationships if each.direction is MANYTOONE]
    children = [each for each in mapper.relationships if each not in parents]
    if any(each.mapper is mapper for each in parents) or not all(each.back_populates for each in children):
        raise TypeError(f"the rows of {mapper.class_.__name__} cannot be read and written plainly")
    table = mapper.local_table
    assert isinstance(table, Table)
    counter, version = table.autoincrement_column, mapper.version_id_col
    key = tuple(str(column.key) for column in mapper.primary_key)
    found_by = (*key, *([str(version.key)] if version is not None else []))
    same_row = [table.columns[name] == bindparam(WAS + name) for name in found_by]
    return TableMapping(
        mapper=mapper,
        names=tuple(column.key for column in table.columns),
        key=key,
        counted=None if counter is None else counter.key,
        version=None if version is None else version.key,
        parents={
            each.key: [(str(mine.key), str(theirs.key)) for mine, theirs in each.local_remote_pairs or ()]
            for each in parents
        },
        defaults={column.key: column.default for column in table.columns if column.default is not None},
        rank=Base.metadata.sorted_tables.index(table),
        insert=CompiledStatement(table.insert()),
        insert_for_key=CompiledStatement(table.insert().returning(*table.primary_key)),
        update=CompiledStatement(table.update().where(*same_row)),
        delete=CompiledStatement(table.delete().where(*same_row)),
    )


# reading


def whole(*models: type[Any]) -> Select[Any]:
    """Selects every column of these classes, also what the session would leave for later; `read` takes its rows."""
    return select(*(column for model in models for column in class_mapper(model).local_table.columns))


def read(
    session: Session, model: type[M], statement: CompiledStatement, given: Mapping[str, Any], *, anew: bool = False
) -> list[M]:
    """The objects of the rows. One that the session knows already stays as it is, changes and all, unless it is read
    `anew`: after a lock that may have been waited for."""
    return objects(session, model, statement.rows(connection_of(session), given), anew=anew)


def read_pairs(
    session: Session, models: tuple[type[M], type[Any]], statement: CompiledStatement, given: Mapping[str, Any]
) -> list[tuple[M, Any]]:
    """The objects of rows of two classes side by side, the first with one key; the second may be missing."""
    return pairs(session, models, statement.rows(connection_of(session), given))


def objects(session: Session, model: type[M], lines: Iterable[Line], *, anew: bool = False) -> list[M]:
    shape = mapping_of(model)
    return [_object(session, shape, line, anew) for line in lines]


def pairs(
    session: Session, models: tuple[type[M], type[Any]], lines: Iterable[Line], *, anew: bool = False
) -> list[tuple[M, Any]]:
    first, second = mapping_of(models[0]), mapping_of(models[1])
    cut, at = len(first.names), first.names.index(first.key[0])
    known: dict[Any, M] = {}
    found = []
    for row in lines:
        one = known.get(row[at]) or known.setdefault(row[at], _object(session, first, row[:cut], anew))
        rest = row[cut:]
        found.append((one, None if all(value is None for value in rest) else _object(session, second, rest, anew)))
    return found


def take(session: Session, model: type[M], row: Sequence[Any], *, anew: bool = False) -> M:
    """The object of a row that begins with every column of its class."""
    shape = mapping_of(model)
    taken: M = _object(session, shape, row[: len(shape.names)], anew)
    return taken


def _object(session: Session, shape: TableMapping, row: Sequence[Any], anew: bool = False) -> Any:
    """The session's object of a row: the one it has, or a new one that is as if it had been loaded."""
    values = dict(zip(shape.names, row, strict=True))
    identity = shape.mapper.identity_key_from_primary_key(tuple(values[name] for name in shape.key))
    known = session.identity_map.get(identity)
    if known is not None:
        for name, value in values.items() if anew else ():
            set_committed_value(known, name, value)
        return known
    one = shape.mapper.class_()
    one.__dict__.update(values)
    make_transient_to_detached(one)
    session.add(one)
    return one


class next_key(FunctionElement[int]):
    """The key for a new row of the class. Only a writing transaction may ask: on SQLite the key is safe because nobody
    else writes."""

    inherit_cache = False

    def __init__(self, model: type[Base]):
        super().__init__()
        self.type = Integer()
        [self.counted] = class_mapper(model).primary_key


class spare_key(next_key):
    """A key for a row that may come, drawn while PostgreSQL is being asked anyway: what points at a new row would wait
    for its key. SQLite, where nothing waits, has none."""


@compiles(next_key, "sqlite")
def _one_more(element: next_key, compiler: Any, **more: Any) -> str:
    return str(compiler.process(select(func.coalesce(func.max(element.counted), 0) + 1).scalar_subquery(), **more))


@compiles(next_key, "postgresql")
def _drawn(element: next_key, compiler: Any, **more: Any) -> str:
    table = compiler.preparer.format_table(element.counted.table)
    sequence = func.pg_get_serial_sequence(literal_column(f"'{table}'"), literal_column(f"'{element.counted.name}'"))
    return str(compiler.process(func.nextval(sequence), **more))


@compiles(spare_key, "sqlite")
def _none(_element: spare_key, _compiler: Any, **_: Any) -> str:
    return "NULL"


# writing


def added(session: Session, model: type[M], **values: Any) -> M:
    """A new object as `made` makes it, added to the session."""
    one = made(model, **values)
    session.add(one)
    return one


def made(model: type[M], **values: Any) -> M:
    """`model(**values)` without an event for each value: a new row has all of them still to be written. The lists of
    other objects do not hear of it."""
    one = model()
    one.__dict__.update(values)
    for name in mapping_of(model).parents.keys() & values.keys():
        flag_modified(one, name)  # the session's own flush sets the foreign key of a reference that has changed
    return one


def change(one: Base, **values: Any) -> None:
    """Set plain columns, without an event for each of them in a new row, nor for what stays as it was."""
    is_new, held = not instance_state(one).has_identity, one.__dict__
    for name, value in values.items():
        if is_new:
            held[name] = value
        elif name not in held or held[name] != value:  # what a rollback has emptied is set, too
            setattr(one, name, value)


_listeners: list[Callable[[Session], None]] = []


def before_write(listener: Callable[[Session], None]) -> Callable[[Session], None]:
    """Have it called before rows are written, by `write` or by the session's own flush: it may write rows of its
    own."""
    _listeners.append(listener)
    event.listen(Session, "before_flush", lambda session, _context, _instances: listener(session))
    return listener


def write(session: Session) -> None:
    """What `session.flush()` does. Raises StaleDataError where a row has another version than the one that was read."""
    connection = connection_of(session)
    flush = _Flush(connection)
    with pipeline(connection):
        for listener in _listeners:
            listener(session)
        changed, gone = [*session.new, *session.dirty], [*session.deleted]
        for shape, objects in sorted(_by_shape(changed), key=lambda each: each[0].rank):
            flush.save(shape, objects)
        for shape, objects in sorted(_by_shape(gone), key=lambda each: -each[0].rank):
            shape.delete.send(connection, [_where(shape, one) for one in objects])
    flush.finish()
    for one in changed:  # now as if it had been loaded: the commit finds nothing to flush
        make_transient(one)
        make_transient_to_detached(one)
        session.add(one)
    for one in gone:
        session.expunge(one)


def _by_shape(objects: Iterable[Any]) -> Iterable[tuple[TableMapping, list[Any]]]:
    found: dict[type[Any], list[Any]] = defaultdict(list)
    for one in objects:
        found[type(one)].append(one)
    return [(mapping_of(model), same) for model, same in found.items()]


class _Flush:
    """Rows being written: results are read when a row needs the key of another, and at the end."""

    def __init__(self, connection: Connection):
        self._connection = connection
        self._keys: list[tuple[Any, str, PendingResult]] = []
        self._versions: list[tuple[TableMapping, int, PendingResult]] = []

    def save(self, shape: TableMapping, objects: Iterable[Any]) -> None:
        inserts: list[dict[str, Any]] = []
        updates: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
        for one in objects:
            is_new = not instance_state(one).has_identity
            self._set_foreign_keys(shape, one, is_new)
            if not is_new:
                if values := _changes(shape, one):
                    updates[tuple(values)].append(_where(shape, one) | values)
                    one.__dict__.update(values)
            elif shape.counted is None or one.__dict__.get(shape.counted) is not None:
                inserts.append(_inserted(shape, one))
            else:
                sent = shape.insert_for_key.send(self._connection, [_inserted(shape, one)])
                self._keys.append((one, shape.counted, sent))
        if inserts:
            shape.insert.send(self._connection, inserts)
        for rows in updates.values():
            sent = shape.update.send(self._connection, rows)
            if shape.version is not None:
                self._versions.append((shape, len(rows), sent))

    def finish(self) -> None:
        """Wait for all results. Raises StaleDataError."""
        self._fetch_keys()
        for shape, count, sent in self._versions:
            if sent.touched() != count:
                raise StaleDataError(f"a row of {shape.mapper.local_table} is no longer as it was read")

    def _fetch_keys(self) -> None:
        """The keys that the database has given out."""
        for one, name, sent in self._keys:
            one.__dict__[name] = sent.value()
        self._keys = []

    def _set_foreign_keys(self, shape: TableMapping, one: Any, is_new: bool) -> None:
        """Columns that hold the key of another object follow the object."""
        held, unmodified = one.__dict__, () if is_new else instance_state(one).unmodified
        for name, columns in shape.parents.items():
            if name in held and name not in unmodified:
                for mine, theirs in columns:
                    key = None if held[name] is None else self._key(held[name], theirs)
                    if is_new:
                        held[mine] = key
                    else:
                        setattr(one, mine, key)

    def _key(self, other: Any, name: str) -> Any:
        if other.__dict__.get(name) is None:
            self._fetch_keys()
        return other.__dict__[name]


def _inserted(shape: TableMapping, one: Any) -> dict[str, Any]:
    """A whole row; what was never said gets its default, on the object too."""
    held = one.__dict__
    for name in shape.names:
        if name not in held:
            default = shape.defaults.get(name)
            held[name] = None if default is None else default.arg(None) if default.is_callable else default.arg
    return {name: held[name] for name in shape.names if name != shape.counted or held[name] is not None}


def _changes(shape: TableMapping, one: Any) -> dict[str, Any]:
    """The values that are others than those read; a row with a version gets the next one with them."""
    modified = set(shape.names) - instance_state(one).unmodified
    values = {name: one.__dict__[name] for name in shape.names if name in modified and get_history(one, name).added}
    return values | {shape.version: one.__dict__[shape.version] + 1} if values and shape.version else values


def _where(shape: TableMapping, one: Any) -> dict[str, Any]:
    """By what the statements find the row: its key, and its version if it has one, as they were read."""
    names = shape.key if shape.version is None else (*shape.key, shape.version)
    return {WAS + name: value for name, value in as_read(one, names).items()}


def as_read(one: Base, names: Iterable[str]) -> dict[str, Any]:
    """The values of these columns as they were when the row was read, whatever has been set since."""
    unmodified = instance_state(one).unmodified
    return {
        name: getattr(one, name) if name in unmodified else [*get_history(one, name).deleted, getattr(one, name)][0]
        for name in names
    }
