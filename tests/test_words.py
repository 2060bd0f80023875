"""Sentences that are kept in a row and read in another language later."""

from __future__ import annotations

from datetime import date

import pytest

from app.errors import Conflict, EngineError, unforeseen
from app.words import Say, Text, said, say


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
