"""Editions of the rules: changed by new rows, noticed by every process, and every one kept for good."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import event, select
from sqlalchemy.orm import Session

from app.database.transactions import Database
from app.floor.errors import NotFound
from app.jurisdictions import rulebook as room
from app.jurisdictions.overrides import drop_target, end_extension, extend, set_target
from app.jurisdictions.rulebook import RulePackRow, editions, rulebook, store_pack
from tests.jurisdictions.testland_book import ADMIN, D2021, D2024, ENDING, events, stored
from tests.rules.declared import keys
from tests.rules.testland import DECLARED, MINIMAL


def test_a_changed_pack_is_in_use_at_once_and_the_old_one_is_kept(session: Session) -> None:
    old = stored(session).version
    new = stored(session, MINIMAL.replace("statutory: 5", "statutory: 7"))
    assert new.value("share.reply", None).value == 7
    assert rulebook(session, "testland", old).value("share.reply", None).value == 5
    assert events(session) == ["rules.loaded", "rules.loaded"]


def test_a_jurisdiction_without_rules_is_not_found(session: Session) -> None:
    with pytest.raises(NotFound):
        rulebook(session, "nowhere")


@pytest.mark.parametrize("edition", ["", "x", "%", "abc.1.def", "..", "abc.-1.x"])
def test_an_unknown_edition_is_not_found(session: Session, edition: str) -> None:
    stored(session)
    with pytest.raises(NotFound):
        rulebook(session, "testland", edition)


def test_an_edition_whose_content_is_not_what_its_name_says_is_not_found(session: Session) -> None:
    version = stored(session).version
    with pytest.raises(NotFound):
        rulebook(session, "testland", version[:-1] + ("0" if version[-1] != "0" else "1"))


def test_every_change_is_noticed_and_asking_costs_one_query_at_most(session: Session) -> None:
    seen = [editions(session)]
    statements: list[str] = []
    listener = lambda *args: statements.append(args[2])  # noqa: E731
    for change in (
        lambda: stored(session, ENDING),
        lambda: set_target(session, "testland", "share.rework", 4, from_on=D2021, source="memo 3", actor=ADMIN),
        lambda: extend(session, "testland", date(2025, 1, 1), "doc 7", ADMIN),
        lambda: end_extension(session, "testland", ADMIN),
        lambda: drop_target(session, "testland", "share.rework", ADMIN),
    ):
        change()
        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", listener)
        seen.append(editions(session))
        event.remove(engine, "before_cursor_execute", listener)
    assert len(statements) <= 5
    assert len({one.get("testland") for one in seen}) == 6


def test_another_transaction_sees_the_change_of_the_one_before(database: Database) -> None:
    with database.transaction() as session:
        before = stored(session).version
    with database.transaction() as session:
        after = stored(session, ENDING).version
    with database.transaction(write=False) as session:
        assert editions(session) == {"testland": after}
        assert after != before


def test_a_book_stays_in_memory_as_long_as_nothing_changes(session: Session) -> None:
    assert stored(session) is rulebook(session, "testland")


def test_a_change_that_was_undone_leaves_no_trace(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        before = stored(session).version

    def undone() -> None:
        with sqlite.transaction() as session:
            set_target(session, "testland", "share.rework", 9, from_on=D2021, source="", actor=ADMIN)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        undone()
    with sqlite.transaction() as session:
        assert rulebook(session, "testland").version == before
        set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
        assert rulebook(session, "testland").value("share.rework", D2024).value == 4


def test_each_change_is_a_transaction_of_its_own(database: Database) -> None:
    with database.transaction() as session:
        stored(session, ENDING)
    with database.transaction() as session:
        set_target(session, "testland", "share.rework", 4, from_on=D2021, source="memo 3", actor=ADMIN)
    with database.transaction() as session:
        extend(session, "testland", date(2100, 1, 1), "doc 7", ADMIN)
    with database.transaction() as session:
        stored(session, ENDING.replace("statutory: 5", "statutory: 7"))
    with database.transaction(write=False) as session:
        book = rulebook(session, "testland")
    values = [book.value(key, D2024).value for key in ("share.reply", "share.rework")]
    assert (values, book.opens_cases(date(2099, 1, 1))) == ([7, 4], None)


def test_an_edition_that_a_case_has_kept_can_be_made_again(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    stored(session, ENDING)
    kept = set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
    extend(session, "testland", date(2025, 1, 1), "doc 7", ADMIN)
    drop_target(session, "testland", "share.rework", ADMIN)
    stored(session, MINIMAL)
    monkeypatch.setattr(room, "_books", {})
    assert rulebook(session, "testland", kept.version) == kept
    assert rulebook(session, "testland").value("share.rework", D2024).value == 3


def test_what_was_entered_outlives_a_new_pack(session: Session) -> None:
    stored(session)
    set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
    assert stored(session, ENDING).value("share.rework", D2024).value == 4


def test_what_a_new_pack_no_longer_takes_is_left_out(session: Session) -> None:
    stored(session)
    set_target(session, "testland", "dispute.extension", 4, from_on=D2021, source="", actor=ADMIN)
    declared = {**DECLARED, "dispute": {**DECLARED["dispute"], **keys("switch dispute.extension")}}
    text = MINIMAL.replace("{convention: 0}", "{convention: false}")
    store_pack(session, text, "testland.yaml", declared, ADMIN)
    assert rulebook(session, "testland").value("dispute.extension", D2024).value is False


def test_one_pack_of_a_jurisdiction_is_current(session: Session) -> None:
    for text in (MINIMAL, ENDING, MINIMAL):
        stored(session, text)
    rows = session.scalars(select(RulePackRow).order_by(RulePackRow.id)).all()
    assert [row.current for row in rows] == [False, False, True]
