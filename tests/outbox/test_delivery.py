"""Delivery: at least once, never lost, and who may say that a message was sent."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app import outbox
from app.accounts import SYSTEM
from app.database.transactions import Database
from app.floor.errors import Conflict, NotFound
from app.outbox import Delivered, NoAddress, OutboxMessage, Parcel

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
TRIES = [NOW + minutes * MINUTE for minutes in (0, 1, 6, 36)]
"""When a message is tried that never arrives."""


def post(database: Database, *keys: str, target: str = "up") -> None:
    with database.transaction() as session:
        for key in keys:
            payload = {"target": target, "what": "catalogue"}
            outbox.put(session, key=key, channel="push", kind="catalogue", payload=payload, now=NOW)


def states(database: Database) -> dict[str, str]:
    with database.transaction(write=False) as session:
        return {row.key: row.state for row in session.scalars(select(OutboxMessage))}


def message(database: Database, key: str) -> OutboxMessage:
    with database.transaction(write=False) as session:
        return session.scalars(select(OutboxMessage).where(OutboxMessage.key == key)).one()


def run(
    database: Database, send: Callable[[Parcel], None], at: datetime = NOW, worker: str = "w", **more: Any
) -> Delivered:
    return outbox.deliver(database, at, worker, {"push": send}, **more)


def broken(_parcel: Parcel) -> None:
    raise ConnectionError("nobody there")


def test_what_is_due_is_sent_once_oldest_first(database: Database) -> None:
    post(database, "a", "b", "c")
    sent: list[str] = []
    assert run(database, lambda parcel: sent.append(parcel.key)) == Delivered(sent=3)
    assert run(database, lambda parcel: sent.append(parcel.key)) == Delivered()
    assert sent == ["a", "b", "c"]
    assert message(database, "a").sent_at == NOW


def test_no_transaction_is_open_while_sending(database: Database) -> None:
    post(database, "a")

    def writes(_parcel: Parcel) -> None:
        post(database, "written while sending")

    assert run(database, writes, batch=1) == Delivered(sent=1)
    assert states(database)["written while sending"] == "pending"


def test_a_batch_is_no_larger_than_asked(database: Database) -> None:
    post(database, "a", "b", "c")
    assert run(database, lambda parcel: None, batch=2) == Delivered(sent=2)
    assert Counter(states(database).values()) == {"sent": 2, "pending": 1}


def test_a_failure_is_tried_again_after_1_5_and_30_minutes_and_then_is_a_persons(database: Database) -> None:
    post(database, "a")
    assert run(database, broken, NOW) == Delivered(retried=1)
    assert run(database, broken, NOW + MINUTE - timedelta(seconds=1)) == Delivered()
    assert run(database, broken, NOW + MINUTE) == Delivered(retried=1)
    assert run(database, broken, NOW + 6 * MINUTE - timedelta(seconds=1)) == Delivered()
    assert run(database, broken, NOW + 6 * MINUTE) == Delivered(retried=1)
    assert run(database, broken, NOW + 36 * MINUTE - timedelta(seconds=1)) == Delivered()
    assert run(database, broken, NOW + 36 * MINUTE) == Delivered(failed=1)
    assert run(database, broken, NOW + 600 * MINUTE) == Delivered()
    with database.transaction(write=False) as session:
        shown = outbox.undelivered(session)
    assert [(one.key, one.state, one.attempts, one.error) for one in shown] == [
        ("a", "failed", 4, "ConnectionError: nobody there")
    ]


def test_one_broken_message_does_not_stop_the_others(database: Database) -> None:
    post(database, "bad", "good")

    def send(parcel: Parcel) -> None:
        if parcel.key == "bad":
            broken(parcel)

    assert run(database, send) == Delivered(sent=1, retried=1)
    assert states(database) == {"bad": "pending", "good": "sent"}


def test_a_failed_message_goes_out_when_a_person_says_so(database: Database) -> None:
    post(database, "a")
    for at in TRIES:
        run(database, broken, at)
    with database.transaction() as session:
        assert outbox.retry(session, SYSTEM, message(database, "a").id).attempts == 0
    later = message(database, "a").next_try_at
    assert run(database, lambda parcel: None, later) == Delivered(sent=1)
    with database.transaction() as session, pytest.raises(Conflict, match="this one is sent"):
        outbox.retry(session, SYSTEM, message(database, "a").id)
    with database.transaction() as session, pytest.raises(NotFound):
        outbox.retry(session, SYSTEM, 999)


def test_everything_that_failed_for_one_target_can_be_tried_again(database: Database) -> None:
    post(database, "a", "b")
    post(database, "c", target="elsewhere")
    for at in TRIES:
        run(database, broken, at)
    with database.transaction() as session:
        assert outbox.retry_failed(session, SYSTEM, "up") == 2
    assert states(database) == {"a": "pending", "b": "pending", "c": "failed"}


def test_a_message_without_an_address_is_held_and_delivered_once_there_is_one(database: Database) -> None:
    post(database, "a")

    def nowhere(parcel: Parcel) -> None:
        raise NoAddress(f"no address for {parcel.target}")

    assert run(database, nowhere) == Delivered(held=1)
    assert run(database, nowhere, NOW + 60 * MINUTE) == Delivered()
    held = message(database, "a")
    assert (held.state, held.attempts, held.error) == ("held", 0, "no address for up")
    assert run(database, lambda parcel: None, configured={"elsewhere"}) == Delivered()
    assert run(database, lambda parcel: None, configured={"up"}) == Delivered(sent=1)


def test_a_channel_without_a_sender_waits(database: Database) -> None:
    post(database, "a")
    assert outbox.deliver(database, NOW, "w", {}) == Delivered()
    assert states(database) == {"a": "pending"}


def test_a_killed_workers_message_is_sent_by_another_after_the_lease(database: Database) -> None:
    post(database, "a")

    class Killed(BaseException):
        pass

    def dies(_parcel: Parcel) -> None:
        raise Killed

    with pytest.raises(Killed):
        run(database, dies)
    sent: list[str] = []
    assert run(database, lambda parcel: sent.append(parcel.key), NOW + 9 * MINUTE, "other") == Delivered()
    assert run(database, lambda parcel: sent.append(parcel.key), NOW + 10 * MINUTE, "other") == Delivered(sent=1)
    assert sent == ["a"]


def test_a_worker_that_lost_its_lease_does_not_overwrite_what_the_other_noted(database: Database) -> None:
    post(database, "a")

    def slow(_parcel: Parcel) -> None:
        assert run(database, lambda parcel: None, NOW + 10 * MINUTE, "other") == Delivered(sent=1)
        raise TimeoutError("after the lease")

    assert run(database, slow) == Delivered(late=1)
    done = message(database, "a")
    assert (done.state, done.error, done.sent_at) == ("sent", None, NOW + 10 * MINUTE)


def test_the_same_worker_name_twice_is_still_two_claims(database: Database) -> None:
    post(database, "a")

    def slow(_parcel: Parcel) -> None:
        assert run(database, lambda parcel: None, NOW + 10 * MINUTE) == Delivered(sent=1)

    assert run(database, slow) == Delivered(late=1)


def test_four_workers_at_once_send_each_message_once(database: Database) -> None:
    post(database, *(f"k{number:02}" for number in range(40)))
    sent: list[str] = []
    start = threading.Barrier(4)

    def work(name: str) -> None:
        start.wait()
        run(database, lambda parcel: sent.append(parcel.key), worker=name, batch=40)

    workers = [threading.Thread(target=work, args=(f"w{number}",)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert sorted(sent) == [f"k{number:02}" for number in range(40)]
    assert set(states(database).values()) == {"sent"}


@pytest.mark.postgres
def test_a_locked_message_is_skipped_and_not_waited_for(request: pytest.FixtureRequest) -> None:
    database = Database(request.getfixturevalue("postgres_url"))
    from app.database.transactions import Base

    Base.metadata.create_all(database.engine)
    post(database, "a", "b")
    sent: list[str] = []
    with database.transaction() as session:
        session.scalars(select(OutboxMessage).where(OutboxMessage.key == "a").with_for_update()).one()
        assert run(database, lambda parcel: sent.append(parcel.key)) == Delivered(sent=1)
    assert sent == ["b"]
    database.engine.dispose()
