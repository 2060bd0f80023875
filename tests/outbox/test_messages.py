"""Putting messages out and reading notices."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app import outbox
from app.accounts import Actor
from app.database.transactions import Database
from app.outbox import OutboxMessage


def tell(database: Database, key: str, to: Actor, role: str = "clerk", **more: Any) -> bool:
    with database.transaction() as session:
        return outbox.put(
            session,
            key=key,
            channel="notice",
            kind="reminder",
            payload={"number": "YM-GX-2026-0001"},
            recipient_department_id=to.department_id,
            role=role,
            **more,
        )


def read(database: Database, actor: Actor, **more: Any) -> list[str]:
    with database.transaction(write=False) as session:
        return [notice.key for notice in outbox.notices_for(session, actor, **more)]


def unread(database: Database, actor: Actor) -> int:
    with database.transaction(write=False) as session:
        return outbox.count_unread(session, actor)


def test_two_puts_of_one_key_are_one_message(database: Database, people: dict[str, Actor]) -> None:
    clerk = people["gongan.clerk"]
    assert tell(database, "k", clerk) is True
    assert tell(database, "k", clerk) is False
    assert read(database, clerk) == ["k"]


def test_a_second_put_in_the_same_transaction_is_no_error(database: Database, people: dict[str, Actor]) -> None:
    with database.transaction() as session:
        news = [outbox.put(session, key="k", channel="push", kind="x", payload={"target": "up"}) for _ in range(2)]
    assert news == [True, False]


def test_messages_put_out_at_the_end_arrive_even_where_nothing_else_is_written(
    database: Database, people: dict[str, Actor]
) -> None:
    notice = {"channel": "notice", "kind": "reminder", "payload": {}}
    notice["recipient_department_id"] = people["gongan.clerk"].department_id
    with database.transaction() as session:
        outbox.put_all(session, [{"key": key, **notice} for key in ("a", "b", "a")])
    assert sorted(read(database, people["gongan.clerk"])) == ["a", "b"]
    with database.transaction() as session:
        outbox.put_all(session, [{"key": "c", **notice}])
        session.rollback()
    assert sorted(read(database, people["gongan.clerk"])) == ["a", "b"]


def test_a_notice_has_arrived_when_it_is_written_and_a_push_waits(database: Database, people: dict[str, Actor]) -> None:
    tell(database, "n", people["gongan.clerk"])
    with database.transaction() as session:
        outbox.put(session, key="p", channel="push", kind="x", payload={"target": "up"})
    with database.transaction(write=False) as session:
        rows = {row.key: row for row in session.scalars(select(OutboxMessage))}
        assert (rows["n"].state, rows["p"].state, rows["p"].target) == ("sent", "pending", "up")
        assert outbox.count_by_state(session) == {"pending": 1, "held": 0, "failed": 0}


def test_an_unknown_channel_is_a_mistake_of_the_caller(database: Database) -> None:
    with database.transaction() as session, pytest.raises(ValueError, match="carrier pigeon"):
        outbox.put(session, key="k", channel="carrier pigeon", kind="x", payload={})


def test_notices_reach_the_role_in_the_department_and_nobody_else(database: Database, people: dict[str, Actor]) -> None:
    for role in ("clerk", "head", "any"):
        tell(database, role, people["gongan.clerk"], role)
    assert read(database, people["gongan.clerk"]) == ["any", "clerk"]
    assert read(database, people["gongan.head"]) == ["any", "head", "clerk"]
    assert read(database, people["minzheng.clerk"]) == []


def test_a_notice_to_an_account_is_only_its_own(database: Database, people: dict[str, Actor]) -> None:
    with database.transaction() as session:
        account_id = people["gongan.clerk"].account_id
        outbox.put(session, key="k", channel="notice", kind="x", payload={}, recipient_account_id=account_id)
    assert read(database, people["gongan.clerk"]) == ["k"]
    assert read(database, people["gongan.head"]) == []


def test_an_actor_without_department_gets_no_notice_that_has_none(database: Database, people: dict[str, Actor]) -> None:
    with database.transaction() as session:
        outbox.put(session, key="k", channel="notice", kind="x", payload={})
    assert read(database, Actor(999, "admin", "A", frozenset({"administrator"}))) == []


def test_notices_come_newest_first_in_pages(database: Database, people: dict[str, Actor]) -> None:
    clerk = people["gongan.clerk"]
    for number in range(5):
        tell(database, f"k{number}", clerk)
    with database.transaction(write=False) as session:
        first = outbox.notices_for(session, clerk, limit=2)
    assert [notice.key for notice in first] == ["k4", "k3"]
    assert read(database, clerk, after=first[-1].id, limit=2) == ["k2", "k1"]


def test_what_one_clerk_has_read_is_read_for_the_role(database: Database, people: dict[str, Actor]) -> None:
    clerk, head = people["gongan.clerk"], people["gongan.head"]
    for role in ("clerk", "head"):
        tell(database, role, clerk, role)
    assert (unread(database, clerk), unread(database, head)) == (1, 2)
    with database.transaction() as session:
        assert outbox.mark_read(session, clerk) == 1
        assert outbox.mark_read(session, clerk) == 0
    assert (unread(database, clerk), unread(database, head)) == (0, 1)
    assert read(database, head, unread=True) == ["head"]


def test_nobody_marks_anothers_notices_read(database: Database, people: dict[str, Actor]) -> None:
    tell(database, "k", people["gongan.clerk"])
    with database.transaction() as session:
        ids = [row.id for row in session.scalars(select(OutboxMessage))]
        assert outbox.mark_read(session, people["minzheng.clerk"], ids) == 0
        assert outbox.mark_read(session, people["gongan.clerk"], ids) == 1


def test_unread_notices_are_not_counted_beyond_a_hundred(database: Database, people: dict[str, Actor]) -> None:
    clerk = people["gongan.clerk"]
    with database.transaction() as session:
        for number in range(130):
            to = {"recipient_department_id": clerk.department_id}
            outbox.put(session, key=f"k{number}", channel="notice", kind="x", payload={}, **to)
    assert unread(database, clerk) == 100
