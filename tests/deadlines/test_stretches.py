"""Notices as people type them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from app.deadlines.notice import load_notice
from app.deadlines.notice_text import Head, typed_notice
from app.floor.errors import Invalid
from app.floor.messages import Text

YEAR = Head(Text("放假通知", "Holidays"), "国办发明电〔2026〕1号", None, 2027)
LOCAL = Head(Text("停机", "Cut-over"), "义政〔2026〕3号", None, jurisdiction="somewhere")


def faults(head: Head, lines: str) -> dict[str, list[str]]:
    with pytest.raises(Invalid) as raised:
        typed_notice(head, lines)
    return {name: [str(one) for one in said] for name, said in raised.value.errors.items()}


def test_typed_lines_and_a_file_say_the_same() -> None:
    typed = typed_notice(
        YEAR, "2027-01-01..2027-01-02 休 元旦 / New Year\n\n2027-01-03 班 调休上班 / make-up working day"
    )
    name = "name: {zh: 元旦, en: New Year}"
    file = f"""
year: 2027
title: {{zh: 放假通知, en: Holidays}}
notice: 国办发明电〔2026〕1号
days:
  - {{on: 2027-01-01, off: true, {name}}}
  - {{on: 2027-01-02, off: true, {name}}}
  - {{on: 2027-01-03, off: false}}
"""
    assert typed == load_notice(file, "2027.yaml")


def test_a_stretch_across_a_month_names_each_of_its_days() -> None:
    days = typed_notice(YEAR, "2027-04-30..2027-05-02 off 劳动节").days
    assert [day.on for day in days] == [date(2027, 4, 30), date(2027, 5, 1), date(2027, 5, 2)]
    assert {day.name for day in days} == {Text("劳动节", "劳动节")}


@pytest.mark.parametrize("between", ["..", "~", "～", "至", " .. "])
def test_the_two_ends_may_be_joined_as_notices_do(between: str) -> None:
    assert len(typed_notice(YEAR, f"2027-05-01{between}2027-05-03 休 劳动节").days) == 3


def test_a_local_closure_lets_the_law_run_on_and_a_local_holiday_does_not() -> None:
    notice = typed_notice(LOCAL, "2026-10-26 闭 割接\n2026-10-27 休 市庆\n2026-10-31 班\n2026-10-30 撤")
    assert [(day.kind, day.working, day.stops_statutory) for day in notice.days] == [
        ("local_closure", False, False),
        ("holiday", False, True),
        ("local_working", True, True),
    ]
    assert notice.withdrawn == (date(2026, 10, 30),)
    assert notice.jurisdiction == "somewhere"


def test_an_amendment_may_have_a_weekday_worked() -> None:
    assert typed_notice(replace(YEAR, amends=True), "2027-01-04 班").days[0].kind == "workday"


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ("", "at least one day"),
        ("  \n \n", "at least one day"),
        ("2027-01-01", "Line 1 cannot be read"),
        ("一月一日 休 元旦", "Line 1 cannot be read"),
        ("2027-02-30 休 春节", "Line 1 names a day that does not exist"),
        ("\n2027-01-01 假 元旦", "Line 2: 假 is none of"),
        ("2027-01-05..2027-01-01 休 元旦", "Line 1 must end on or after"),
        ("2027-01-01..2027-12-31 休 元旦", "within 60 days"),
        ("2028-01-01 休 元旦", "Line 1 is neither in 2027"),
        ("2026-11-30 休 元旦", "Line 1 is neither in 2027"),
        ("2027-01-01 休", "Line 1: a weekday off has a name"),
        ("2027-01-04 班", "2027-01-04 is a working day anyway"),
        ("2027-01-01 闭 元旦", "for local days only"),
        ("2027-01-01 撤", "for local days only"),
        ("2027-01-01..2027-01-02 休 元旦\n2027-01-02 休 元旦", "Line 2 names 2027-01-02 a second time"),
        ("2027-01-02 休\n" * 201, "At most 200 lines"),
    ],
)
def test_each_fault_is_told_with_its_line(lines: str, said: str) -> None:
    assert any(said in one for one in faults(YEAR, lines)["days"])


def test_all_faults_are_told_at_once() -> None:
    assert len(faults(YEAR, "2027-01-01\n2027-01-04 班\n2028-01-01 休 元旦")["days"]) == 3


def test_a_local_day_that_stops_the_law_needs_a_document() -> None:
    unnumbered = replace(LOCAL, number=None)
    assert set(faults(unnumbered, "2026-10-27 休 市庆")) == {"number"}
    assert typed_notice(unnumbered, "2026-10-27 闭 割接").number is None
