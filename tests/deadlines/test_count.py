from __future__ import annotations

from datetime import UTC, date, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.deadlines.calendar import Calendar
from app.deadlines.counting import Conventions, add_months, due, first_day_zero, reminder_on
from app.deadlines.journal import JournalEntry, Term, fold
from app.floor.clock import OFFICE

NATURAL = Conventions()
NEXT = Conventions(received_on_day_off="next_working_day", received_after_hours="next_working_day")

FRIDAY, SATURDAY, MONDAY = date(2026, 3, 6), date(2026, 3, 7), date(2026, 3, 9)


def _at(on: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(on, time(hour, minute), OFFICE)


@pytest.mark.parametrize(
    ("event_at", "conventions", "day_zero"),
    [
        (_at(FRIDAY, 10), NATURAL, FRIDAY),
        (_at(FRIDAY, 23), NATURAL, FRIDAY),
        (_at(SATURDAY, 10), NATURAL, SATURDAY),
        (_at(FRIDAY, 10), NEXT, FRIDAY),
        (_at(FRIDAY, 6), NEXT, FRIDAY),
        (_at(FRIDAY, 17, 30), NEXT, FRIDAY),
        (_at(FRIDAY, 17, 31), NEXT, MONDAY),
        (_at(SATURDAY, 10), NEXT, MONDAY),
        (SATURDAY, NATURAL, SATURDAY),
        (SATURDAY, NEXT, MONDAY),
        (FRIDAY, NEXT, FRIDAY),
        (datetime(2026, 3, 6, 20, 0, tzinfo=UTC), NATURAL, SATURDAY),  # 04:00 on Saturday where the office is
    ],
)
def test_day_zero(national: Calendar, event_at: datetime | date, conventions: Conventions, day_zero: date) -> None:
    assert first_day_zero(event_at, conventions, national) == day_zero


def test_receipt_on_a_day_off_costs_one_working_day_when_it_counts_as_the_next(national: Calendar) -> None:
    received = _at(SATURDAY, 10)
    natural = due(national, first_day_zero(received, NATURAL, national), 5, NATURAL)
    deemed = due(national, first_day_zero(received, NEXT, national), 5, NEXT)
    assert natural.due_on == date(2026, 3, 13)
    assert deemed.due_on == date(2026, 3, 16)


def test_the_day_of_the_event_does_not_count(national: Calendar) -> None:
    assert due(national, date(2026, 2, 12), 5, NATURAL).due_on == date(2026, 2, 26)


def test_a_term_ends_at_the_close_of_business(national: Calendar) -> None:
    assert due(national, FRIDAY, 1, NATURAL).due_at == datetime(2026, 3, 9, 9, 30, tzinfo=UTC)


def test_a_term_may_end_at_midnight(national: Calendar) -> None:
    ends = due(national, FRIDAY, 1, Conventions(due_at="midnight"))
    assert ends.due_on == MONDAY
    assert ends.due_at == datetime(2026, 3, 9, 16, 0, tzinfo=UTC)


def test_zero_days_is_that_day_or_the_next_working_one(national: Calendar) -> None:
    assert due(national, FRIDAY, 0, NATURAL).due_on == FRIDAY
    assert due(national, SATURDAY, 0, NATURAL).due_on == MONDAY


def test_negative_days_count_back(national: Calendar) -> None:
    assert due(national, MONDAY, -1, NATURAL).due_on == FRIDAY


def test_a_count_that_starts_in_an_unannounced_year_is_provisional_though_it_ends_in_a_known_one(
    national: Calendar,
) -> None:
    assert due(national, date(2027, 1, 4), -10, NATURAL).certainty == "provisional"


@pytest.mark.parametrize(
    ("start", "months", "due_on"),
    [
        (date(2026, 3, 31), 1, date(2026, 4, 30)),  # no 31 April: the month's last day
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 8, 1), 2, date(2025, 10, 9)),  # 1 October is a holiday week: rolled
        (date(2025, 12, 14), 2, date(2026, 2, 14)),  # a Saturday, but a make-up working day
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2025, 3, 10), 6, date(2025, 9, 10)),
    ],
)
def test_months_end_on_the_same_numbered_day(national: Calendar, start: date, months: int, due_on: date) -> None:
    begun = [JournalEntry("start", start, _at(start, 10))]
    assert fold(begun, Term(months=months), national, NATURAL, _at(start, 11)).due_on == due_on


@given(on=st.dates(date(2000, 1, 1), date(2100, 1, 1)), months=st.integers(-600, 600))
def test_months_move_the_month_exactly_and_never_the_day_forward(on: date, months: int) -> None:
    moved = add_months(on, months)
    assert (moved.year * 12 + moved.month) - (on.year * 12 + on.month) == months
    assert moved.day <= on.day


@given(on=st.dates(date(2026, 1, 5), date(2026, 6, 30)), lead=st.integers(0, 10))
def test_a_reminder_comes_lead_working_days_before(national: Calendar, on: date, lead: int) -> None:
    due_on = national.next_working(on)
    assert national.between(reminder_on(national, due_on, lead), due_on) == lead
