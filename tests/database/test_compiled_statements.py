"""A statement that is compiled once answers what the connection would: the same rows, types and errors."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import (
    BigInteger,
    bindparam,
    cast,
    delete,
    event,
    func,
    insert,
    literal_column,
    select,
    union_all,
    update,
)
from sqlalchemy.exc import DBAPIError, IntegrityError

from app.database.statements import CompiledStatement, pipeline
from app.database.transactions import Database, connection_of
from app.history import HistoryEvent

LINKS = HistoryEvent.__table__
NOON = datetime(2026, 3, 2, 4, 0, 0, 5, tzinfo=UTC)
OF_STREAM = select(LINKS).where(LINKS.c.stream == bindparam("stream"), LINKS.c.kind == "told").order_by(LINKS.c.seq)


def link(seq: int, **other: Any) -> dict[str, Any]:
    told = {"stream": "s", "at": NOON, "actor": "李", "kind": "told", "detail": {"事": [seq, None]}}
    return {**told, "seq": seq, "prev_hash": "", "hash": str(seq), **other}


def test_rows_come_back_as_the_connection_gives_them(database: Database) -> None:
    plain = CompiledStatement(OF_STREAM)
    with database.transaction() as session:
        connection = connection_of(session)
        assert CompiledStatement(insert(LINKS)).run(connection, [link(1), link(2), link(3, kind="other")]) == 3
        ours = plain.rows(connection, {"stream": "s"})
        assert ours == [list(row) for row in connection.execute(OF_STREAM, {"stream": "s"})]
        assert [(row[1], row[2], row[5]) for row in ours] == [(n, NOON, {"事": [n, None]}) for n in (1, 2)]
        assert plain.rows(connection, {"stream": "another"}) == []


def test_the_same_statement_serves_several_databases_at_once(database: Database) -> None:
    plain, other = CompiledStatement(OF_STREAM), Database("sqlite://")
    LINKS.create(other.engine)
    for each in (other, database, other):
        with each.transaction(write=False) as session:
            assert plain.rows(connection_of(session), {"stream": "s"}) == []


def test_columns_that_an_update_is_given_are_the_ones_it_sets(database: Database) -> None:
    changed = CompiledStatement(update(LINKS).where(LINKS.c.seq == bindparam("was_seq")))
    with database.transaction() as session:
        connection = connection_of(session)
        CompiledStatement(insert(LINKS)).run(connection, [link(1), link(2)])
        assert changed.run(connection, [{"was_seq": 1, "actor": "b"}]) == 1
        assert (
            changed.run(
                connection, [{"was_seq": 2, "kind": "c", "detail": {}}, {"was_seq": 9, "kind": "", "detail": {}}]
            )
            == 1
        )
        found = connection.execute(select(LINKS.c.actor, LINKS.c.kind, LINKS.c.detail).order_by(LINKS.c.seq)).all()
        assert [tuple(row) for row in found] == [("b", "told", {"事": [1, None]}), ("李", "c", {})]
        assert CompiledStatement(delete(LINKS).where(LINKS.c.seq == 1)).run(connection, [{}]) == 1


def test_only_a_key_that_is_asked_for_is_answered(database: Database) -> None:
    with database.transaction() as session:
        asking = CompiledStatement(insert(LINKS).returning(LINKS.c.seq))
        assert asking.value(connection_of(session), link(7)) == 7


def test_errors_are_the_librarys_and_a_failed_statement_changes_nothing(database: Database) -> None:
    adding = CompiledStatement(insert(LINKS))
    with pytest.raises(IntegrityError), database.transaction() as session:
        adding.run(connection_of(session), [link(1), link(1)])
    with database.transaction(write=False) as session:
        assert CompiledStatement(OF_STREAM).value(connection_of(session), {"stream": "s"}) is None


def test_an_error_that_is_met_while_rows_are_read_is_the_librarys_too(database: Database) -> None:
    """SQLite works out a row when it is fetched; the second has no absolute value."""
    least = -(2**63)
    rows = union_all(select(literal_column("1").label("n")), select(literal_column(str(least), BigInteger))).subquery()
    with database.transaction(write=False) as session, pytest.raises(DBAPIError, match=r"overflow|out of range"):
        CompiledStatement(select(func.abs(cast(rows.c.n, BigInteger)))).rows(connection_of(session))


def test_a_missing_value_is_named(database: Database) -> None:
    with database.transaction(write=False) as session, pytest.raises(KeyError, match="stream"):
        CompiledStatement(OF_STREAM).rows(connection_of(session))


def test_a_list_within_a_statement_is_refused(database: Database) -> None:
    growing = CompiledStatement(select(LINKS).where(LINKS.c.seq.in_([1, 2])))
    with database.transaction(write=False) as session, pytest.raises(TypeError, match="no fixed shape"):
        growing.rows(connection_of(session))


def test_whoever_counts_statements_sees_these_too(database: Database) -> None:
    seen: list[str] = []
    event.listen(database.engine, "before_cursor_execute", lambda _c, _cursor, text, *_: seen.append(text))
    with database.transaction(write=False) as session:
        CompiledStatement(OF_STREAM).rows(connection_of(session), {"stream": "s"})
    [sent] = [text for text in seen if "history_event" in text]
    assert "kind = 'told'" in sent, "a planner sees what never changes, and uses a partial index for it"


def test_what_is_sent_together_is_done_in_order_and_can_be_read_on_the_way(database: Database) -> None:
    adding, asking = CompiledStatement(insert(LINKS)), CompiledStatement(insert(LINKS).returning(LINKS.c.seq))
    changing = CompiledStatement(update(LINKS).where(LINKS.c.stream == bindparam("was_stream")))
    with database.transaction() as session:
        connection = connection_of(session)
        with pipeline(connection):
            adding.send(connection, [link(1), link(2)])
            third = asking.send(connection, [link(3)])
            changed = changing.send(connection, [{"was_stream": "s", "actor": "b"}])
            assert third.value() == 3
            adding.send(connection, [link(4)])
        assert changed.touched() == 3
        assert [(row[1], row[3]) for row in CompiledStatement(OF_STREAM).rows(connection, {"stream": "s"})] == [
            (1, "b"), (2, "b"), (3, "b"), (4, "李"),
        ]  # fmt: skip


@pytest.mark.parametrize("read", [True, False])
def test_an_error_among_what_is_sent_together_is_the_librarys_too(database: Database, read: bool) -> None:
    asking = CompiledStatement(insert(LINKS).returning(LINKS.c.seq))

    def twice() -> None:
        with database.transaction() as session, pipeline(connection_of(session)):
            asking.send(connection_of(session), [link(1)])
            second = asking.send(connection_of(session), [link(1)])
            if read:
                second.rows()

    with pytest.raises(IntegrityError):
        twice()
    with database.transaction(write=False) as session:
        assert CompiledStatement(OF_STREAM).value(connection_of(session), {"stream": "s"}) is None
