"""What differs between two texts is told plainly."""

from __future__ import annotations

import time

import pytest

from app.web.text_diff import compared, compared_lists


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("每日一百次。", "每日一百次。", [("same", "每日一百次。")]),
        ("每日一百次。", "每日五十次。", [("same", "每日"), ("gone", "一百"), ("new", "五十"), ("same", "次。")]),
        ("", "逐月核对", [("new", "逐月核对")]),
        ("甲。乙。", "甲。", [("same", "甲。"), ("gone", "乙。")]),
    ],
)
def test_a_change_is_told_by_what_went_and_what_came(before: str, after: str, told: list[tuple[str, str]]) -> None:
    assert compared(before, after) == told


def test_nothing_of_either_text_is_lost() -> None:
    before, after = "只返回核验结果，每日不超过一百次；不得留存。", "返回核验结果，每月不超过十次；不得留存，不得转交。"
    pieces = compared(before, after)
    assert "".join(text for kind, text in pieces if kind != "new") == before
    assert "".join(text for kind, text in pieces if kind != "gone") == after


def test_lists_say_what_stayed_went_and_came() -> None:
    assert compared_lists(["姓名", "证号"], ["姓名", "住址"]) == [("same", "姓名"), ("gone", "证号"), ("new", "住址")]


@pytest.mark.parametrize("text", ["甲乙" * 2000, "甲。" * 2000, "甲" * 4000, "，" * 4000, "甲，" * 390])
def test_long_texts_are_compared_in_no_time(text: str) -> None:
    """A page shows thirty versions; one of them must not cost a second."""
    begun = time.process_time()
    pieces = compared(text, text[::-1] + "丙")
    assert time.process_time() - begun < 0.5
    assert "".join(one for kind, one in pieces if kind != "new") == text
