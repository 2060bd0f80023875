"""Sentences that are kept in a row and read in another language later."""

from __future__ import annotations

from datetime import date

import pytest

from app.floor.errors import Conflict, EngineError, unforeseen
from app.floor.messages import UNSEEN, Say, Text, said, say, visible


def test_a_stored_sentence_comes_back_with_the_sentences_and_texts_inside_it() -> None:
    inner = say("There is no department %(code)s.", code="xinfang")
    told = say("%(place)s, %(count)s: %(why)s", place=Text("义马", "Yima"), count=3, why=inner)
    assert said(told.stored()) == told


def test_what_json_does_not_know_is_stored_as_it_is_shown() -> None:
    assert str(said(say("until %(day)s", day=date(2026, 3, 9)).stored())) == "until 2026-03-09"


@pytest.mark.parametrize("text", ["KeyError: 'decision'", "12", "{", '{"a": 1}', '["a"]', "null", "条件没有答案"])
def test_a_row_from_before_is_shown_as_it_was_written(text: str) -> None:
    assert str(said(text)) == text


def test_an_unforeseen_fault_is_named_and_one_of_ours_speaks_for_itself() -> None:
    ours = Conflict(say("This is done."))
    stopped = EngineError("stuck", say("A branch missed its join."), "join")
    assert (unforeseen(ours), unforeseen(stopped)) == (ours.detail, stopped.message)
    named = unforeseen(KeyError("some words in English"))
    assert named.params == {"kind": "KeyError"}
    assert isinstance(named, Say)


IGNORED = 4174
"""So many code points have the property Default_Ignorable_Code_Point (DerivedCoreProperties.txt, Unicode 16.0)."""
SEEN_BY_NOBODY = (
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u180b\u180e\u180f\u200b\u2060\u2800\u3164\ufe0f\ufeff\uffa0\ufff0"
)
SEEN_BY_NOBODY += "\U00016fe4\U0001bca0\U0001d159\U0001d173\U000e0001\U000e0100\U000e0fff"


@pytest.mark.parametrize("one", SEEN_BY_NOBODY, ids=ascii)
def test_what_nobody_sees_is_no_answer(one: str) -> None:
    assert not visible(one)
    assert not visible(f" {one}\t{one}")
    assert visible(f"{one}核{one}")


def test_the_table_of_what_is_drawn_as_nothing_is_that_of_unicode() -> None:
    assert len(UNSEEN - {0x2800, 0x16FE4, 0x1D159}) == IGNORED


@pytest.mark.parametrize("text", ["葛\U000e0100城", "é", "1", "…", "🈶"])
def test_what_is_seen_is_an_answer(text: str) -> None:
    assert visible(text)
