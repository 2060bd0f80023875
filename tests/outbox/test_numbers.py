"""Numbers without gaps or doubles."""

from __future__ import annotations

import threading
from datetime import UTC, datetime

import pytest

from app import outbox
from app.database.transactions import Database
from app.floor.errors import NotFound
from app.floor.messages import Text
from app.outbox import Letter

NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)


def test_numbers_count_from_one_under_each_name(database: Database) -> None:
    with database.transaction() as session:
        numbers = [outbox.next_number(session, name) for name in ("a", "a", "b", "a")]
    assert numbers == [1, 2, 1, 3]


def test_a_number_of_a_rolled_back_transaction_is_given_again(database: Database) -> None:
    with pytest.raises(RuntimeError), database.transaction() as session:  # noqa: PT012
        assert outbox.next_number(session, "a") == 1
        raise RuntimeError
    with database.transaction() as session:
        assert outbox.next_number(session, "a") == 1


def test_eight_who_ask_at_once_get_eight_numbers(database: Database) -> None:
    numbers: list[int] = []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        for _ in range(5):
            with database.transaction() as session:
                numbers.append(outbox.next_number(session, "case:YM:2026"))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 41))


def test_a_letter_keeps_the_facts_it_was_made_from(database: Database) -> None:
    with database.transaction() as session:
        outbox.issue_letter(
            session,
            case_id=7,
            number="YM-WS-2026-00001",
            template="reply",
            title=Text("答复", "Reply"),
            body={"facts": {"application": {"purpose": "救助"}}},
            now=NOW,
        )
    with database.transaction(write=False) as session:
        letters = outbox.letters_of(session, 7)
        assert [letter.number for letter in letters] == ["YM-WS-2026-00001"]
        kept: Letter = outbox.letter_by_number(session, "YM-WS-2026-00001")
        assert (kept.title, kept.issued_at) == (Text("答复", "Reply"), NOW)
        assert kept.body["facts"]["application"]["purpose"] == "救助"
        with pytest.raises(NotFound):
            outbox.letter_by_number(session, "YM-WS-2026-00002")
