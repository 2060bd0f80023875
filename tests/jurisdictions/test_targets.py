"""What administrators enter beside a pack: internal targets, and numbers that the text has lost."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from app.floor.errors import Conflict, Invalid, NotFound
from app.jurisdictions.overrides import drop_target, enter_number, set_target, targets
from app.jurisdictions.rulebook import rulebook
from tests.jurisdictions.testland_book import ADMIN, BLANK, D2021, D2024, events, stored


def test_an_internal_target_changes_on_its_day_and_stays_internal(session: Session) -> None:
    stored(session)
    book = set_target(session, "testland", "share.rework", 4, from_on=D2024, source="memo 3", actor=ADMIN)
    assert [(p.value, p.effective_from, p.effective_until, p.kind) for p in book.periods("share.rework")] == [
        (3, date(2020, 1, 1), date(2024, 6, 30), "internal"),
        (4, D2024, None, "internal"),
    ]
    assert book.value("share.rework", D2024).source == "memo 3"
    assert book.value("share.rework", D2024).reason == "silent"
    assert [target.key for target in targets(session, "testland")] == ["share.rework"]
    assert events(session) == ["rules.loaded", "rules.target_set"]


def test_a_lost_number_entered_with_its_source_is_statutory(session: Session) -> None:
    stored(session, BLANK)
    book = enter_number(session, "testland", "share.reply", 7, from_on=D2021, source="Gazette 4/2020", actor=ADMIN)
    value = book.value("share.reply", D2024)
    assert (value.kind, value.value, value.reason, value.article) == ("statutory", 7, None, ("15",))
    assert value.source == "Gazette 4/2020"
    assert book.value("share.reply", date(2020, 6, 1)).kind == "internal"


def test_an_entered_number_does_not_reach_an_answer_that_lost_none(session: Session) -> None:
    later = "    - {internal: 9, reason: silent, from: 2024-07-01}\n"
    blank = '    - {internal: 10, reason: blank, article: "15"}\n'
    stored(session, BLANK.replace(blank, blank + later))
    book = enter_number(session, "testland", "share.reply", 7, from_on=D2021, source="Gazette 4/2020", actor=ADMIN)
    assert [(p.value, p.kind) for p in book.periods("share.reply")] == [
        (10, "internal"),
        (7, "statutory"),
        (9, "internal"),
    ]


def test_a_target_for_a_lost_number_stays_internal(session: Session) -> None:
    stored(session, BLANK)
    book = set_target(session, "testland", "share.reply", 7, from_on=D2021, source="", actor=ADMIN)
    assert (book.value("share.reply", D2024).kind, book.value("share.reply", D2024).reason) == ("internal", "blank")


def test_a_number_without_a_source_is_refused(session: Session) -> None:
    stored(session, BLANK)
    with pytest.raises(Invalid) as raised:
        enter_number(session, "testland", "share.reply", 7, from_on=D2021, source="  ", actor=ADMIN)
    assert list(raised.value.errors) == ["source"]


@pytest.mark.parametrize("enter", [set_target, enter_number])
def test_what_the_regulation_gives_cannot_be_entered_over(session: Session, enter: Any) -> None:
    stored(session)
    with pytest.raises(Conflict, match=r"Art\. 15"):
        enter(session, "testland", "share.reply", 7, from_on=D2021, source="x", actor=ADMIN)


def test_a_number_is_never_entered_as_statutory_where_the_law_is_silent(session: Session) -> None:
    stored(session)
    with pytest.raises(Conflict):
        enter_number(session, "testland", "share.rework", 7, from_on=D2021, source="x", actor=ADMIN)


@pytest.mark.parametrize(("key", "value"), [("share.rework", 0), ("share.rework", "4"), ("conventions.due_at", "noon")])
def test_a_value_that_its_key_does_not_take_is_refused(session: Session, key: str, value: Any) -> None:
    before = stored(session).version
    with pytest.raises(Invalid):
        set_target(session, "testland", key, value, from_on=D2021, source="", actor=ADMIN)
    assert targets(session, "testland") == []
    assert rulebook(session, "testland").version == before


@pytest.mark.parametrize(
    "key", ["share.nothing", "conventions.nothing", "grounds.supplement.title", "grounds.x.internal"]
)
def test_an_unknown_key_is_not_found(session: Session, key: str) -> None:
    stored(session)
    with pytest.raises(NotFound):
        set_target(session, "testland", key, True, from_on=D2021, source="", actor=ADMIN)


def test_conventions_and_pause_grounds_take_effect_at_once(session: Session) -> None:
    stored(session)
    set_target(session, "testland", "conventions.reminder_lead", 3, from_on=D2021, source="", actor=ADMIN)
    book = set_target(session, "testland", "grounds.supplement.statutory", True, from_on=D2021, source="", actor=ADMIN)
    assert book.conventions.reminder_lead == 3
    assert book.conventions.due_at == "midnight"
    assert book.grounds["supplement"].statutory


def test_of_two_targets_of_one_day_the_last_entered_counts(session: Session) -> None:
    stored(session)
    for days in (6, 4):
        set_target(session, "testland", "share.rework", days, from_on=D2024, source="", actor=ADMIN)
    assert rulebook(session, "testland").value("share.rework", D2024).value == 4


def test_dropping_a_target_lets_the_pack_speak_again(session: Session) -> None:
    before = stored(session)
    set_target(session, "testland", "share.rework", 4, from_on=D2021, source="", actor=ADMIN)
    book = drop_target(session, "testland", "share.rework", ADMIN)
    assert book.pack.rules == before.pack.rules
    assert targets(session, "testland") == []
    with pytest.raises(NotFound):
        drop_target(session, "testland", "share.rework", ADMIN)
