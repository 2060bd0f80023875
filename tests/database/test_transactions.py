"""The one way into the database: what reads cannot write, and what is current is known from the first statement on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from sqlalchemy import Integer, bindparam, event, literal_column, select, text, update
from sqlalchemy.exc import DataError, InternalError, StatementError
from sqlalchemy.orm import Session

from app.database.statements import BoundStatement, CompiledStatement, pipeline
from app.database.transactions import Base, Database, Setting, ask, bump_edition, connection_of, editions, set_edition
from tests.world import counting

OFTEN = 8
"""More often than psycopg runs a statement before it has it prepared."""


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Database]:
    database = Database(postgres_url)
    Base.metadata.create_all(database.engine)
    yield database
    database.engine.dispose()


def test_a_transaction_that_reads_cannot_write(postgres: Database) -> None:
    def write() -> None:
        with postgres.transaction(write=False) as session:
            session.add(Setting(name="a", value="b"))
            session.flush()

    with pytest.raises(InternalError, match="read-only transaction"):
        write()
    with postgres.transaction() as session:
        assert session.get(Setting, "a") is None


class Refused(Exception):
    pass


SEVENTH = CompiledStatement(select(literal_column("7").op("/")(bindparam("by", type_=Integer))))
NEXT = CompiledStatement(select(literal_column("1").op("+")(bindparam("more", type_=Integer))))


def prepared(database: Database) -> list[str]:
    """What the server keeps, by its own account; the pool has one connection."""
    with database.transaction(write=False) as session:
        return list(session.scalars(text("SELECT statement FROM pg_prepared_statements")))


@pytest.mark.parametrize("ends", ["read", "committed", "refused", "ended by the server"])
def test_a_statement_stays_prepared_however_its_transaction_ends(postgres: Database, ends: str) -> None:
    """psycopg makes the server forget everything at a rollback, if it has itself prepared what is often asked."""

    def end() -> None:
        with postgres.transaction(write=ends != "read") as session:
            SEVENTH.rows(connection_of(session), {"by": 1})
            session.scalars(select(Setting)).all()
            if ends == "refused":
                raise Refused
            if ends == "ended by the server":
                SEVENTH.rows(connection_of(session), {"by": 0})

    for _ in range(OFTEN):
        with suppress(Refused, DataError):
            end()
    assert len([one for one in prepared(postgres) if "7 /" in one]) == 1


@pytest.mark.parametrize("together_with", [False, True])
def test_a_statement_is_prepared_once_whatever_types_its_values_have(postgres: Database, together_with: bool) -> None:
    """psycopg prepares one for each combination of types, and gives each size of a number a type of its own."""
    with postgres.transaction(write=False) as session:
        connection = connection_of(session)
        with pipeline(connection) if together_with else nullcontext():
            found = [NEXT.send(connection, [{"more": more}]) for more in (1, 70_000, None)]
        assert [one.value() for one in found] == [2, 70_001, None]
    assert len([one for one in prepared(postgres) if "1 +" in one]) == 1


def test_a_text_that_a_listener_has_extended_is_not_prepared(postgres: Database) -> None:
    """A trace's number makes each of them another statement: the server would keep hundreds and use none again."""

    @event.listens_for(postgres.engine, "before_cursor_execute", retval=True)
    def extend(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> tuple[str, Any]:
        return f"{statement} /* a trace */", parameters

    with postgres.transaction() as session:
        assert SEVENTH.value(connection_of(session), {"by": 1}) == 7
    assert not [one for one in prepared(postgres) if "7 /" in one]


def test_a_breath_that_failed_leaves_nothing_half_prepared(postgres: Database) -> None:
    """What follows the fault in it was to be prepared, but the server did not come to it."""

    def breathe(by: int) -> int:
        with postgres.transaction() as session:
            first, second = ask(session, BoundStatement(SEVENTH, {"by": by}), BoundStatement(NEXT, {"more": 1}))
            first.rows()
            return int(second.value())

    with pytest.raises(DataError):
        breathe(0)
    assert not [one for one in prepared(postgres) if "1 +" in one]
    assert (breathe(1), breathe(1)) == (2, 2)


@pytest.mark.parametrize("more", [0, 1, 10, 300])
def test_an_error_in_a_pipeline_is_that_of_the_statement_that_failed(postgres: Database, more: int) -> None:
    """However many follow it, and whether they have been sent by then or not."""

    def fail() -> None:
        with postgres.transaction() as session, pipeline(connection_of(session)):
            SEVENTH.send(connection_of(session), [{"by": 0}])
            for number in range(more):
                NEXT.send(connection_of(session), [{"more": number}])

    for _ in range(5):
        with pytest.raises(DataError, match="division by zero"):
            fail()
    with postgres.transaction() as session:
        assert SEVENTH.value(connection_of(session), {"by": 1}) == 7


def test_only_statements_of_a_fixed_shape_travel_together(postgres: Database) -> None:
    def mix() -> None:
        with postgres.transaction() as session, pipeline(connection_of(session)):
            session.scalars(select(Setting)).all()

    with pytest.raises(StatementError, match="fixed shape"):
        mix()
    with postgres.transaction() as session:
        assert SEVENTH.value(connection_of(session), {"by": 1}) == 7


def test_what_fails_between_statements_that_travel_together_is_told_and_harms_nothing(postgres: Database) -> None:
    def fail() -> None:
        with postgres.transaction() as session, pipeline(connection_of(session)):
            SEVENTH.send(connection_of(session), [{"by": 0}])
            raise Refused

    with pytest.raises(Refused):
        fail()
    with postgres.transaction() as session:
        assert SEVENTH.value(connection_of(session), {"by": 1}) == 7


def test_an_edition_that_this_very_transaction_has_moved_is_current_in_it(database: Database) -> None:
    with database.transaction() as session:
        bump_edition(session, "rules")
        assert editions(session) == {"rules": "1"}
        bump_edition(session, "rules")
        assert editions(session) == {"rules": "2"}
    with database.transaction(write=False) as session:
        assert editions(session) == {"rules": "2"}


def test_an_edition_that_was_set_before_anybody_asked_is_current_too(postgres: Database) -> None:
    with postgres.transaction() as session:
        set_edition(session, "departments", "x")
        assert editions(session) == {"departments": "x"}


def test_who_had_to_wait_for_the_ground_counts_on_what_is_current_after_it(postgres: Database) -> None:
    """The one who moves it has it alone; the other begins meanwhile and waits."""

    def look() -> dict[str, str]:
        with postgres.transaction() as session:
            return dict(editions(session))

    with ThreadPoolExecutor(1) as others:
        with postgres.transaction(alone=True) as session:
            bump_edition(session, "rules")
            waiting = others.submit(look)
            until_it_waits(session)
        assert waiting.result(10) == {"rules": "1"}


def test_what_was_asked_ahead_is_there_without_another_statement_and_once_only(database: Database) -> None:
    named = BoundStatement(
        CompiledStatement(select(Setting.__table__.c.value).where(Setting.name == bindparam("name"))), {"name": "a"}
    )
    with database.transaction() as session:
        session.add(Setting(name="a", value="before"))
    with database.transaction(ahead=[named]) as session, counting(database) as sent:
        editions(session)
        sent.clear()
        [first] = ask(session, named)
        assert (first.rows(), len(sent)) == ([["before"]], int(database.is_sqlite))
        session.execute(update(Setting).where(Setting.name == "a").values(value="after"))
        other = BoundStatement(named.statement, {"name": "b"})
        again, nothing = ask(session, named, other)
        assert (again.rows(), nothing.rows()) == ([["after"]], [])


def test_what_was_asked_ahead_of_one_transaction_is_not_known_to_the_next(database: Database) -> None:
    named = BoundStatement(CompiledStatement(select(Setting.__table__.c.value).where(Setting.name == "a")), {})
    with database.transaction(ahead=[named]) as session:
        editions(session)
    with database.transaction() as session:
        session.add(Setting(name="a", value="new"))
    with database.transaction(write=False) as session:
        [sent] = ask(session, named)
        assert sent.rows() == [["new"]]


def test_what_looks_things_up_by_their_keys_cannot_write_either(postgres: Database) -> None:
    def write() -> None:
        with postgres.transaction(write=False, by_key=True) as session:
            session.add(Setting(name="a", value="b"))
            session.flush()

    with pytest.raises(InternalError, match="read-only transaction"):
        write()


def until_it_waits(session: Session) -> None:
    for _ in range(500):
        if session.scalar(text("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted")):
            return
        session.execute(text("SELECT pg_sleep(0.01)"))
    raise AssertionError("nobody waits")
