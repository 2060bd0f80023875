from __future__ import annotations

import csv
import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import chinese_calendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deadlines.calendar import Calendar, Day, OutOfRange
from app.floor.errors import Invalid
from app.floor.messages import Text

ONE = timedelta(days=1)
WORKED_EXAMPLES = list(csv.DictReader((Path(__file__).parent / "calendar_sample.csv").read_text("utf-8").splitlines()))

days_of_two_decades = st.dates(date(2005, 3, 1), date(2026, 9, 30))
counts = st.integers(-60, 60)


@pytest.mark.parametrize("row", WORKED_EXAMPLES, ids=lambda row: f"{row['start_date']}{row['direction']}{row['n']}")
def test_worked_example(national: Calendar, row: dict[str, str]) -> None:
    start, n = date.fromisoformat(row["start_date"]), int(row["n"])
    if row["direction"] == "before":
        due = national.add(start, -n) if n else national.previous_working(start)
    else:
        due = national.add(start, n)
    assert due.isoformat() == row["expected_due"]


def _is_workday(on: date) -> bool:
    # The package has this Saturday off; the notice for 2006 says that it is worked (国办发明电〔2005〕35号).
    return on == date(2005, 12, 31) or chinese_calendar.is_workday(on)


def test_20000_random_deadlines_agree_with_an_independent_package(national: Calendar) -> None:
    first, last = date(2005, 1, 1), date(2026, 12, 31)
    known = [first + i * ONE for i in range((last - first).days + 1)]
    working = [on for on in known if _is_workday(on)]
    until = 0  # how many of `working` lie at or before the day walked to
    passed = {}
    for on in known:
        until += until < len(working) and working[until] == on
        passed[on] = until
    chance = random.Random(2005)
    for _ in range(20_000):
        start, n = chance.choice(known[:-60]), chance.randint(1, 30)
        assert national.add(start, n) == working[passed[start] + n - 1], (start, n)


@given(start=days_of_two_decades, n=counts)
def test_a_deadline_never_lands_on_a_day_off(national: Calendar, start: date, n: int) -> None:
    assert national.is_working(national.add(start, n))


@given(start=days_of_two_decades, n=st.integers(1, 60))
def test_between_counts_back_what_add_counted(national: Calendar, start: date, n: int) -> None:
    assert national.between(start, national.add(start, n)) == n


@given(start=days_of_two_decades, n=st.integers(-60, -1))
def test_counting_back_leaves_n_working_days_from_the_due_day_to_the_start(
    national: Calendar, start: date, n: int
) -> None:
    assert national.between(national.add(start, n) - ONE, start - ONE) == -n


@given(start=days_of_two_decades, later=st.integers(0, 40), n=counts)
def test_a_later_start_is_never_due_earlier(national: Calendar, start: date, later: int, n: int) -> None:
    assert national.add(start, n) <= national.add(start + later * ONE, n)


@given(start=days_of_two_decades, a=st.integers(1, 30), b=st.integers(1, 30))
def test_counting_on_from_a_due_day_is_counting_both(national: Calendar, start: date, a: int, b: int) -> None:
    assert national.add(national.add(start, a), b) == national.add(start, a + b)


@given(a=days_of_two_decades, b=days_of_two_decades)
def test_between_is_signed(national: Calendar, a: date, b: date) -> None:
    assert national.between(a, b) == -national.between(b, a)
    assert national.between(a, a) == 0


def test_day_zero_counts_when_zero_days_are_asked(national: Calendar) -> None:
    assert national.add(date(2026, 2, 14), 0) == date(2026, 2, 14)
    assert national.next_working(date(2026, 2, 15)) == date(2026, 2, 24)
    assert national.previous_working(date(2026, 2, 15)) == date(2026, 2, 14)


@pytest.mark.parametrize(("on", "n"), [(date(2003, 12, 31), 1), (date(2030, 12, 30), 5), (date(2004, 1, 2), -5)])
def test_leaving_the_known_years_is_a_clear_error(national: Calendar, on: date, n: int) -> None:
    with pytest.raises(OutOfRange, match="from 2004-01-01 to 2030-12-31") as error:
        national.add(on, n)
    assert isinstance(error.value, Invalid)
    assert error.value.status == 422


def test_behind_the_last_known_year_days_are_told_by_the_week_and_no_count_is_refused(national: Calendar) -> None:
    assert national.known_until == date(2028, 12, 31)
    assert national.add(date(2028, 12, 29), 20) == date(2029, 1, 26)
    assert national.certainty(date(2029, 1, 26)) == "provisional"
    assert national.day(date(2029, 1, 1)) == Day(date(2029, 1, 1), True, "workday", estimated=True)


def test_an_absurd_count_is_the_same_error(national: Calendar) -> None:
    with pytest.raises(OutOfRange):
        national.add(date(2026, 1, 5), 10**30)


def test_dates_are_firm_soft_in_the_tail_and_provisional_beyond_the_last_notice(national: Calendar) -> None:
    assert national.certainty(date(2026, 12, 28)) == "firm"
    assert national.certainty(date(2026, 12, 29)) == "soft"
    assert national.certainty(date(2026, 12, 31)) == "soft"
    assert national.certainty(date(2027, 1, 1)) == "provisional"
    assert national.certainty(date(2026, 1, 5), date(2027, 1, 4), date(2026, 3, 3)) == "provisional"


def test_a_special_day_carries_its_name_and_notice(national: Calendar) -> None:
    festival = national.day(date(2026, 2, 16))
    assert (festival.kind, festival.working, festival.notice) == ("holiday", False, "国办发明电〔2025〕7号")
    assert festival.name == Text("春节", "Spring Festival")
    makeup = national.day(date(2026, 2, 14))
    assert (makeup.kind, makeup.working) == ("makeup", True)
    assert makeup.name == Text("调休上班，换休2月20日", "make-up working day for 2026-02-20")


def test_ordinary_days_are_made_up(national: Calendar) -> None:
    assert national.day(date(2026, 3, 2)) == Day(date(2026, 3, 2), True, "workday")
    assert national.day(date(2026, 3, 7)) == Day(date(2026, 3, 7), False, "weekend")
    assert national.day(date(2027, 3, 2)).estimated
    assert national.day(date(2027, 2, 8)).kind == "estimate"


def _with(national: Calendar, *local: Day) -> Calendar:
    return Calendar([*_days(national), *local], national.announced_until)


def _days(calendar: Calendar) -> Iterator[Day]:
    for i in range((calendar.last - calendar.first).days + 1):
        day = calendar.day(calendar.first + i * ONE)
        if day.kind not in ("workday", "weekend"):
            yield day


def test_hubei_2020_worked_again_from_14_february(national: Calendar) -> None:
    """The province, with the State Council's approval, prolonged the Spring Festival to 13 February 2020."""
    extended = (Day(date(2020, 2, d), False, "holiday", Text("春节延长假期", "extended")) for d in range(3, 14))
    hubei = _with(national, *extended)
    assert national.add(date(2020, 1, 23), 1) == date(2020, 2, 3)
    assert hubei.add(date(2020, 1, 23), 1) == date(2020, 2, 14)
    assert hubei.for_statutory().add(date(2020, 1, 23), 5) == date(2020, 2, 20)


def test_guangxi_2017_turned_a_national_makeup_day_off_and_another_saturday_on(national: Calendar) -> None:
    name = Text("壮族三月三", "Sanyuesan Festival")
    guangxi = _with(
        national,
        *(Day(on, False, "holiday", name) for on in (date(2017, 3, 30), date(2017, 3, 31), date(2017, 4, 1))),
        Day(date(2017, 4, 8), True, "local_working", name),
    )
    assert national.is_working(date(2017, 4, 1))
    assert not guangxi.is_working(date(2017, 4, 1))
    assert guangxi.add(date(2017, 3, 29), 1) == date(2017, 4, 5)
    assert guangxi.add(date(2017, 3, 29), 4) == date(2017, 4, 8)
    assert national.add(date(2017, 3, 29), 4) == date(2017, 4, 5)


CLOSED = Day(date(2026, 10, 26), False, "local_closure", Text("机房割接", "cut-over"), stops_statutory=False)


def test_a_closure_without_holiday_status_stops_our_own_targets_only(national: Calendar) -> None:
    calendar = _with(national, CLOSED)
    assert calendar.add(date(2026, 10, 23), 1) == date(2026, 10, 27)
    assert calendar.for_statutory().add(date(2026, 10, 23), 1) == date(2026, 10, 26)
    assert calendar.for_statutory().day(date(2026, 10, 26)).name == CLOSED.name


def test_a_closure_that_stops_the_law_stops_both(national: Calendar) -> None:
    calendar = _with(national, Day(CLOSED.on, False, "local_closure", CLOSED.name, stops_statutory=True))
    assert calendar.for_statutory().add(date(2026, 10, 23), 1) == date(2026, 10, 27)


@pytest.mark.parametrize("on", [date(2026, 10, 24), date(2026, 10, 1)])
def test_a_closure_on_a_day_off_makes_no_working_day_of_it(national: Calendar, on: date) -> None:
    calendar = _with(national, Day(on, False, "local_closure", CLOSED.name, stops_statutory=False))
    assert not calendar.for_statutory().is_working(on)
    assert calendar.for_statutory().day(on) == national.day(on)


def test_the_statutory_view_of_a_statutory_view_is_itself(national: Calendar) -> None:
    statutory = _with(national, CLOSED).for_statutory()
    assert statutory.for_statutory() is statutory
    assert national.for_statutory() is national
