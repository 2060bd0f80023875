from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deadlines.calendar import Calendar, Day
from app.deadlines.counting import Conventions
from app.deadlines.explain import Explanation, explain
from app.deadlines.journal import Happening, JournalEntry, Term, fold
from app.floor.clock import OFFICE
from app.floor.messages import Text


def entry(kind: Happening, on: date, **more: Any) -> JournalEntry:
    return JournalEntry(kind, on, datetime.combine(on, time(10), OFFICE), **more)


def proof(calendar: Calendar, term: Term, *entries: JournalEntry, as_of: date = date(2026, 2, 27)) -> Explanation:
    moment = datetime.combine(as_of, time(12), OFFICE)
    return explain(fold(entries, term, calendar, Conventions(), moment), calendar)


FIVE = Term(days=5)
RECEIVED = entry("start", date(2026, 2, 12))


def february(*days: int) -> list[date]:
    return [date(2026, 2, day) for day in days]


def test_each_day_is_named(national: Calendar) -> None:
    rows = {row.on.day: row for row in proof(national, FIVE, RECEIVED).rows}
    assert (rows[12].what, rows[12].number) == ("start", None)
    assert (rows[13].what, rows[13].number, rows[13].reason) == ("counted", 1, Text("工作日", "working day"))
    assert (rows[14].what, rows[14].number, rows[14].kind) == ("counted", 2, "makeup")
    assert (rows[16].what, rows[16].reason) == (
        "skipped",
        Text("春节（国办发明电〔2025〕7号）", "Spring Festival (国办发明电〔2025〕7号)"),
    )
    assert (rows[26].what, rows[26].number) == ("due", 5)


def test_the_lists_have_the_shapes_of_the_interface(national: Calendar) -> None:
    entries = (RECEIVED, entry("extend", date(2026, 2, 25), days=1, ground="complex"))
    lists = proof(national, FIVE, *entries).lists("zh")
    assert lists["counted"] == ["2026-02-13", "2026-02-14", *(f"2026-02-{d}" for d in (24, 25, 26, 27))]
    assert lists["skipped"][0] == {"date": "2026-02-15", "reason": "春节（国办发明电〔2025〕7号）"}
    assert lists["extensions"] == [{"on": "2026-02-25", "days": 1, "reason": "complex"}]
    assert lists["pauses"] == []
    assert json.loads(json.dumps(lists)) == lists


def test_a_paused_day_is_neither_counted_nor_skipped(national: Calendar) -> None:
    pause = (entry("suspend", date(2026, 2, 24), ground="supplement"), entry("resume", date(2026, 2, 26)))
    explanation = proof(national, FIVE, RECEIVED, *pause)
    assert explanation.counted == february(13, 14, 24, 27, 28)
    assert [row.on for row in explanation.rows if row.what == "paused"] == february(25, 26)
    assert not {row.on for row in explanation.skipped} & set(february(25, 26))
    assert explanation.lists("en")["pauses"] == [{"from": "2026-02-24", "to": "2026-02-26", "ground": "supplement"}]


def test_the_paragraph_reads_like_a_person_wrote_it(national: Calendar) -> None:
    pause = (entry("suspend", date(2026, 2, 24)), entry("resume", date(2026, 2, 26)))
    assert proof(national, FIVE, RECEIVED, *pause).paragraph == Text(
        "2月12日收到，次日起算，共5个工作日。2月14日、2月28日调休上班，计入；春节2月15日—23日共9天，不计"
        "（国办发明电〔2025〕7号）。2月24日—26日暂停，其间2个工作日不计。2月28日（周六）24时届满（不暂停则为2月26日）。",
        "Received on 12 Feb; counted from the next day, 5 working days. 14 Feb, 28 Feb: make-up working, counted; "
        "Spring Festival, 15–23 Feb: 9 days off, not counted (国办发明电〔2025〕7号). "
        "Paused 24–26 Feb: 2 working days not counted. Due by the end of Sat 28 Feb (without pauses: 26 Feb).",
    )


@pytest.mark.parametrize(("due_at", "hour"), [("close_of_business", "17:30"), ("midnight", "24:00")])
@pytest.mark.parametrize("kind", ["statutory", "ordered", "internal"])
def test_only_a_target_of_our_own_is_due_at_an_hour(national: Calendar, kind: Any, due_at: Any, hour: str) -> None:
    """What the law or a body has set is kept by the day (counting rule 3): it lasts until 24:00, whatever closes."""
    order = [entry("order", date(2026, 2, 27), ground="bureau", step="order")] if kind == "ordered" else []
    term, moment = Term(days=5, kind=kind), datetime.combine(date(2026, 2, 20), time(12), OFFICE)
    standing = fold((RECEIVED, *order), term, national, Conventions(due_at=due_at), moment)
    paragraph = explain(standing, national).paragraph
    own = kind == "internal"
    assert ("24时届满" in paragraph.zh, "by the end of" in paragraph.en) == (not own, not own)
    assert (f"{hour}到期" in paragraph.zh, f"at {hour}" in paragraph.en) == (own, own)


def test_the_paragraph_of_a_paused_clock_names_no_due_date(national: Calendar) -> None:
    paragraph = proof(national, FIVE, RECEIVED, entry("suspend", date(2026, 2, 24))).paragraph
    assert "2月24日起暂停，至今3个工作日不计。到期日待恢复后确定；不暂停则为2月26日。" in paragraph.zh
    assert "Due when it resumes" in paragraph.en


@pytest.mark.parametrize(
    ("start", "words"), [(date(2026, 12, 21), "下一年的放假通知调整"), (date(2026, 12, 28), "日期为暂定")]
)
def test_the_paragraph_says_how_sure_the_date_is(national: Calendar, start: date, words: str) -> None:
    assert words in proof(national, Term(days=7), entry("start", start), as_of=start).paragraph.zh


def test_another_year_is_written_out(national: Calendar) -> None:
    paragraph = proof(national, Term(days=20), entry("start", date(2025, 12, 29))).paragraph
    assert "2026年1月27日（周二）24时届满" in paragraph.zh
    assert "2026-01-04" not in paragraph.en
    assert "1–3 Jan 2026" in paragraph.en


def test_zero_days_from_a_day_off_skips_that_day_too(national: Calendar) -> None:
    explanation = proof(national, Term(days=0), entry("start", date(2026, 2, 21)))
    assert [row.on for row in explanation.skipped] == february(21, 22, 23)
    assert explanation.counted == []
    assert (explanation.rows[-1].on, explanation.rows[-1].what) == (date(2026, 2, 24), "due")


def test_zero_days_on_a_working_day_is_one_row(national: Calendar) -> None:
    [row] = proof(national, Term(days=0), entry("start", date(2026, 2, 24))).rows
    assert (row.on, row.what) == (date(2026, 2, 24), "due")


def test_a_count_backwards_is_proved_backwards(national: Calendar) -> None:
    explanation = proof(national, Term(days=-3), entry("start", date(2026, 2, 25)))
    assert explanation.counted == february(24, 14, 13)
    assert len(explanation.skipped) == 9


def test_of_months_only_the_end_is_shown(national: Calendar) -> None:
    rows = proof(national, Term(months=3), entry("start", date(2025, 12, 1))).rows
    assert [(row.on, row.what) for row in rows] == [
        (date(2025, 12, 1), "start"),
        (date(2026, 3, 1), "skipped"),
        (date(2026, 3, 2), "due"),
    ]


def test_an_extended_month_term_numbers_the_added_days(national: Calendar) -> None:
    entries = (entry("start", date(2025, 12, 1)), entry("extend", date(2026, 2, 2), days=2))
    explanation = proof(national, Term(months=3), *entries)
    assert explanation.counted == [date(2026, 3, 3), date(2026, 3, 4)]


def test_a_closure_that_does_not_stop_the_law_is_counted_and_said(national: Calendar) -> None:
    closed = Day(date(2026, 3, 4), False, "local_closure", Text("机房割接", "cut-over"), stops_statutory=False)
    calendar = Calendar([closed], date(2026, 12, 31))
    start = entry("start", date(2026, 3, 2))
    statutory = proof(calendar, FIVE, start)
    assert date(2026, 3, 4) in statutory.counted
    assert statutory.rows[2].reason.zh == "机房割接，规定时限照常计算"
    assert "规定时限照常计算" in statutory.paragraph.zh
    internal = proof(calendar, Term(days=5, kind="internal"), start)
    assert [row.reason.en for row in internal.skipped] == ["cut-over", "weekend", "weekend"]


def test_a_clock_that_has_not_started_says_so(national: Calendar) -> None:
    explanation = proof(national, FIVE)
    assert explanation.rows == ()
    assert explanation.paragraph == Text("尚未起算。", "The clock has not started.")


pauses = st.lists(st.tuples(st.integers(0, 8), st.integers(0, 8)), max_size=3)


@given(
    start=st.dates(date(2006, 1, 1), date(2026, 1, 1)),
    days=st.integers(-30, 30),
    gaps=pauses,
    more=st.integers(0, 10),
)
def test_the_explanation_adds_up_to_the_term(
    national: Calendar, start: date, days: int, gaps: list[tuple[int, int]], more: int
) -> None:
    entries, on = [entry("start", start)], start
    for running, resting in gaps if days > 0 else []:
        since = on + timedelta(days=running)
        on = since + timedelta(days=resting)
        entries += [entry("suspend", since), entry("resume", on)]
    if more and days > 0:
        entries.append(entry("extend", start, days=more))
    explanation = proof(national, Term(days=days), *entries, as_of=start)
    total = abs(days) + (more if days > 0 else 0)
    rows, step = explanation.rows, 1 if days >= 0 else -1
    assert [row.number for row in rows if row.number is not None] == list(range(1, total + 1))
    assert [(row.on - start).days * step for row in rows] == list(range(len(rows)))  # no day left out, none twice
    assert [row.on for row in rows if row.what == "due"] == [explanation.standing.due_on]
    assert rows[-1].on == explanation.standing.due_on
    assert all(national.is_working(on) for on in explanation.counted)
    assert not any(national.is_working(row.on) for row in explanation.skipped)
