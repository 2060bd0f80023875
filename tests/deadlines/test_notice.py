from __future__ import annotations

from datetime import date

import pytest

from app.deadlines.calendar import Day
from app.deadlines.notice import CalendarFileError, load_notice
from app.floor.errors import FileError
from app.floor.messages import Text

YEAR = """
year: 2027
title: {zh: 二〇二七年放假通知, en: Holidays of 2027}
notice: 国办发明电〔2026〕1号
source: https://www.gov.cn/example
amendments:
  - {notice: 国办发明电〔2027〕1号, source: https://www.gov.cn/other}
days:
  - {on: 2026-12-26, off: false, for: 2027-01-01}
  - {on: 2027-01-01, off: true, name: {zh: 元旦, en: New Year's Day}}
  - {on: 2027-01-02, off: true}
  - {on: 2027-01-03, off: false, notice: 国办发明电〔2027〕1号}
"""

LOCAL = """
jurisdiction: yima
notice: 义政〔2026〕3号
days:
  - {on: 2026-10-26, off: true, name: {zh: 机房割接, en: Cut-over}}
  - {on: 2026-10-27, off: true, name: {zh: 市庆, en: City day}, holiday: true}
  - {on: 2026-10-28, off: true, name: {zh: 台风, en: Typhoon}, stops_statutory: true}
  - {on: 2026-10-31, off: false, name: {zh: 补班, en: Extra day}}
  - {on: 2026-10-30, withdrawn: true}
"""


def test_a_yearly_notice_is_read() -> None:
    notice = load_notice(YEAR, "2027.yaml")
    assert (notice.scope, notice.jurisdiction, notice.year) == ("cn", None, 2027)
    assert (notice.number, notice.announced_until) == ("国办发明电〔2026〕1号", date(2027, 12, 31))
    assert notice.title == Text("二〇二七年放假通知", "Holidays of 2027")
    before, new_year, saturday, sunday = notice.days
    assert (before.kind, before.working) == ("makeup", True)
    assert before.name == Text("调休上班，换休1月1日", "make-up working day for 2027-01-01")
    assert new_year == Day(date(2027, 1, 1), False, "holiday", Text("元旦", "New Year's Day"), "国办发明电〔2026〕1号")
    assert (saturday.kind, saturday.name) == ("holiday", None)
    assert (sunday.name, sunday.notice) == (Text("调休上班", "make-up working day"), "国办发明电〔2027〕1号")


def test_local_days_stop_the_law_only_as_a_holiday_or_when_the_file_says_so() -> None:
    notice = load_notice(LOCAL, "yima.yaml")
    assert (notice.jurisdiction, notice.year, notice.announced_until) == ("yima", None, None)
    assert [(day.kind, day.working, day.stops_statutory) for day in notice.days] == [
        ("local_closure", False, False),
        ("holiday", False, True),
        ("local_closure", False, True),
        ("local_working", True, True),
    ]
    assert notice.withdrawn == (date(2026, 10, 30),)
    assert notice.first_on == date(2026, 10, 26)


def test_a_whole_year_may_change_from_its_first_day_on() -> None:
    text = "year: 2027\ndays:\n  - {on: 2027-05-01, off: true}\n"
    assert load_notice(text, "f").first_on == date(2027, 1, 1)
    assert load_notice(f"amends: true\n{text}", "f").first_on == date(2027, 5, 1)


def test_an_estimate_announces_nothing() -> None:
    notice = load_notice("year: 2027\nestimate: true\ndays:\n  - {on: 2027-05-01, off: true}\n", "f")
    assert notice.announced_until is None
    assert (notice.days[0].kind, notice.days[0].estimated) == ("estimate", True)


def test_an_amendment_may_make_a_weekday_worked_again() -> None:
    text = "year: 2026\namends: true\ndays:\n  - {on: 2026-10-08, off: false}\n"
    assert load_notice(text, "f").days == (Day(date(2026, 10, 8), True, "workday"),)


def faults(text: str) -> list[tuple[int, str]]:
    with pytest.raises(CalendarFileError) as error:
        load_notice(text, "2027.yaml")
    assert isinstance(error.value, FileError)
    assert {place.file for place in error.value.places} == {"2027.yaml"}
    return [(place.line, place.key) for place in error.value.places]


def one_day(fields: str, head: str = "year: 2027") -> str:
    return f"{head}\ndays:\n  - {fields}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", [(1, "file")]),
        ("- a", [(1, "file"), (1, "year"), (1, "days")]),
        ("year: 2027\n  days: [", [(2, "file")]),
        ("[" * 5000, [(1, "file")]),
        ("year: 2027", [(1, "days")]),
        ("year: 2027\ndays: []", [(2, "days")]),
        ("year: 2027\ndays: {}", [(2, "days"), (2, "days")]),
        ("year: soon\ndays:\n  - {on: 2027-01-02, off: true}", [(1, "year")]),
        ("year: 27\ndays:\n  - {on: 2027-01-02, off: true}", [(1, "year")]),
        ("days:\n  - {on: 2027-01-02, off: true}", [(1, "year")]),
        ("year: 2027\nyear: 2028\ndays:\n  - {on: 2027-01-02, off: true}", [(2, "year")]),
        ("year: 2027\nfrom: 1\ndays:\n  - {on: 2027-01-02, off: true}", [(2, "from")]),
        ("year: 2027\nnotice: 7\ndays:\n  - {on: 2027-01-02, off: true}", [(2, "notice")]),
        (one_day("2027-01-02"), [(3, "days[0]"), (3, "days[0].on"), (3, "days[0].off")]),
        (one_day("{off: true}"), [(3, "days[0].on")]),
        (one_day("{on: 2027-01-02}"), [(3, "days[0].off")]),
        (one_day("{on: 2027-01-02, off: yes}"), [(3, "days[0].off")]),
        (one_day("{on: 2027-02-30, off: true}"), [(3, "days[0].on")]),
        (one_day("{on: tomorrow, off: true}"), [(3, "days[0].on")]),
        (one_day("{on: 2028-01-01, off: true}"), [(3, "days[0].on")]),
        (one_day("{on: 2026-11-29, off: true}"), [(3, "days[0].on")]),
        (one_day("{on: 2027-01-01, off: true}"), [(3, "days[0].name")]),
        (one_day("{on: 2027-01-01, off: true, name: 元旦}"), [(3, "days[0].name")]),
        (one_day("{on: 2027-01-01, off: true, name: {zh: 元旦}}"), [(3, "days[0].name.en")]),
        (one_day("{on: 2027-01-01, off: true, name: {zh: 元旦, en: ''}}"), [(3, "days[0].name.en")]),
        (one_day("{on: 2027-01-04, off: false}"), [(3, "days[0].on")]),
        (one_day("{on: 2027-01-03, off: false, for: 2027-01-01}"), [(3, "days[0].for")]),
        (one_day("{on: 2027-01-03, off: false, for: soon}"), [(3, "days[0].for")]),
        (one_day("{on: 2027-01-02, off: true, for: 2027-01-02}"), [(3, "days[0].for")]),
        (one_day("{on: 2027-01-02, off: true, notice: 甲}"), [(3, "days[0].notice")]),
        (one_day("{on: 2027-01-02, off: true, holiday: true}"), [(3, "days[0].holiday")]),
        (one_day("{on: 2027-01-02, withdrawn: true}"), [(3, "days[0].withdrawn")]),
        (one_day("{on: 2027-01-03, off: false}", "year: 2027\nestimate: true"), [(4, "days[0].off")]),
        (one_day("{on: 2027-01-02, off: true}\n  - {on: 2027-01-02, off: true}"), [(4, "days[1].on")]),
        (one_day("{on: 2027-01-02, off: true}", "jurisdiction: cn"), [(1, "jurisdiction")]),
        (one_day("{on: 2027-01-02, off: true}", "jurisdiction: 义马"), [(1, "jurisdiction")]),
        (one_day("{on: 2027-01-02, off: true}", "jurisdiction: a\nestimate: true"), [(2, "estimate")]),
        (
            one_day("{on: 2027-01-02, off: true, stops_statutory: true}", "jurisdiction: a"),
            [(3, "days[0].notice")],
        ),
        (
            one_day("{on: 2027-01-02, off: false, stops_statutory: true}", "jurisdiction: a"),
            [(3, "days[0].stops_statutory")],
        ),
        (
            "year: 2027\namendments: [{source: x}]\ndays:\n  - {on: 2027-01-02, off: true}",
            [(2, "amendments[0].notice")],
        ),
    ],
)
def test_every_fault_has_its_line_and_key(text: str, expected: list[tuple[int, str]]) -> None:
    assert sorted(faults(text)) == sorted(expected)


def test_a_key_that_is_no_word_is_a_fault_like_any_other() -> None:
    assert len(faults("year: 2027\n[a]: 7\ndays:\n  - {on: 2027-01-02, off: true}")) == 1


def test_all_faults_are_reported_at_once_in_the_order_of_the_file() -> None:
    found = faults(
        "year: 2027\ncolour: red\ndays:\n  - {on: 2027-01-04, off: false}\n  - {on: 2029-01-01, off: true}\n"
    )
    assert found == [(2, "colour"), (4, "days[0].on"), (5, "days[1].on"), (5, "days[1].name")]
