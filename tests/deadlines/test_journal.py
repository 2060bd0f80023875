from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.deadlines.calendar import Calendar, Day
from app.deadlines.counting import Conventions
from app.deadlines.journal import Happening, JournalEntry, Pause, Standing, Term, fold
from app.floor.clock import OFFICE
from app.floor.messages import Text

CONVENTIONS = Conventions()
TEN = Term(days=10, kind="internal")
START = date(2026, 3, 2)  # a Monday; no holiday until 4 April
DUE = date(2026, 3, 16)


MAY = datetime(2026, 5, 20, 12, tzinfo=OFFICE)


def march(day: int) -> date:
    return date(2026, 3, day)


def entry(kind: Happening, on: date, hour: int = 10, **more: Any) -> JournalEntry:
    return JournalEntry(kind, on, datetime.combine(on, time(hour), OFFICE), **more)


def stand(
    calendar: Calendar,
    *entries: JournalEntry,
    term: Term = TEN,
    as_of: date = START,
    hour: int = 12,
    conventions: Conventions = CONVENTIONS,
) -> Standing:
    return fold(entries, term, calendar, conventions, datetime.combine(as_of, time(hour), OFFICE))


START_ENTRY = entry("start", START)


def test_a_clock_without_a_start_has_no_due_date(national: Calendar) -> None:
    standing = stand(national)
    assert (standing.state, standing.due_on, standing.certainty) == ("not_started", None, None)


def test_a_running_clock_is_due_at_the_end_of_its_last_day(national: Calendar) -> None:
    standing = stand(national, START_ENTRY)
    assert (standing.state, standing.started_on, standing.due_on) == ("running", START, DUE)
    assert standing.due_at == datetime(2026, 3, 16, 9, 30, tzinfo=UTC)
    assert (standing.unpaused_due_on, standing.certainty, standing.late) == (DUE, "firm", False)


def test_a_second_start_changes_nothing(national: Calendar) -> None:
    assert stand(national, START_ENTRY, entry("start", march(9))).due_on == DUE


@pytest.mark.parametrize(("hour", "state"), [(17, "running"), (18, "missed")])
def test_a_clock_is_missed_when_its_moment_has_passed(national: Calendar, hour: int, state: str) -> None:
    standing = stand(national, START_ENTRY, as_of=DUE, hour=hour)
    assert (standing.state, standing.late) == (state, state == "missed")


@pytest.mark.parametrize(("on", "hour", "state"), [(DUE, 17, "met"), (DUE, 18, "missed"), (march(17), 9, "missed")])
def test_meeting_late_is_missed_and_says_when_it_was_met(national: Calendar, on: date, hour: int, state: str) -> None:
    standing = stand(national, START_ENTRY, entry("met", on, hour), as_of=march(20))
    assert (standing.state, standing.met_on, standing.late) == (state, on, state == "missed")


@pytest.mark.parametrize(("on", "late"), [(DUE, False), (march(17), True)])
def test_what_was_recorded_on_a_later_day_is_judged_by_its_date(national: Calendar, on: date, late: bool) -> None:
    met = JournalEntry("met", on, datetime(2026, 3, 30, 1, 0, tzinfo=UTC))
    assert stand(national, START_ENTRY, met, as_of=march(31)).late is late


def test_a_met_clock_never_runs_again(national: Calendar) -> None:
    entries = (START_ENTRY, entry("met", march(4)), entry("start", march(5)), entry("suspend", march(6)))
    standing = stand(national, *entries, as_of=march(30))
    assert (standing.state, standing.met_on, standing.started_on, standing.pauses) == ("met", march(4), START, ())


def test_a_restart_begins_a_new_count_and_forgets_the_pauses(national: Calendar) -> None:
    entries = (
        START_ENTRY,
        entry("suspend", march(3)),
        entry("resume", march(4)),
        entry("extend", march(5), days=3),
        entry("met", march(6)),
        entry("restart", march(9)),
    )
    standing = stand(national, *entries, as_of=march(9))
    assert (standing.state, standing.started_on, standing.restarts) == ("running", march(9), 1)
    assert (standing.pauses, standing.extensions, standing.met_on) == ((), (), None)
    assert standing.due_on == march(23)


def test_the_due_date_is_empty_while_paused(national: Calendar) -> None:
    standing = stand(national, START_ENTRY, entry("suspend", march(4), ground="supplement"), as_of=march(30))
    assert (standing.state, standing.due_on, standing.due_at) == ("paused", None, None)
    assert standing.unpaused_due_on == DUE
    assert standing.pauses == (Pause(march(4), None, "supplement"),)


def test_pause_counts_the_day_it_begins_and_not_the_day_it_ends(national: Calendar) -> None:
    entries = (START_ENTRY, entry("suspend", march(4)), entry("resume", march(6)))
    assert stand(national, *entries).due_on == march(18)  # 5 and 6 March are out


@pytest.mark.parametrize(("bounds", "due_on"), [("(from, to]", 18), ("[from, to]", 19), ("[from, to)", 18)])
def test_pause_bounds_are_a_convention(national: Calendar, bounds: Any, due_on: int) -> None:
    entries = (START_ENTRY, entry("suspend", march(4)), entry("resume", march(6)))
    assert stand(national, *entries, conventions=Conventions(pause_bounds=bounds)).due_on == march(due_on)


def test_a_pause_within_one_day_moves_nothing(national: Calendar) -> None:
    assert stand(national, START_ENTRY, entry("suspend", march(4)), entry("resume", march(4))).due_on == DUE


def test_overlapping_pauses_on_two_grounds_are_not_counted_twice(national: Calendar) -> None:
    entries = (
        START_ENTRY,
        entry("suspend", march(4), ground="supplement"),
        entry("suspend", march(5), ground="hearing"),
        entry("resume", march(6), ground="supplement"),
        entry("resume", march(10), ground="hearing"),
    )
    assert stand(national, *entries[:4]).state == "paused"
    assert stand(national, *entries).due_on == march(20)  # 5, 6, 9 and 10 March are out


def test_a_pause_that_begins_after_the_due_day_is_too_late(national: Calendar) -> None:
    standing = stand(national, START_ENTRY, entry("suspend", march(17)), as_of=march(18))
    assert (standing.state, standing.due_on) == ("missed", DUE)


@pytest.mark.parametrize(("resumed", "due_on"), [(24, 24), (21, 23)])
def test_a_clock_paused_on_its_last_day_ends_when_it_resumes(national: Calendar, resumed: int, due_on: int) -> None:
    entries = (START_ENTRY, entry("suspend", DUE), entry("resume", march(resumed)))
    assert stand(national, *entries[:2], as_of=march(18)).state == "paused"
    assert stand(national, *entries, as_of=march(18)).due_on == march(due_on)


def test_meeting_or_cancelling_ends_an_open_pause(national: Calendar) -> None:
    paused = (START_ENTRY, entry("suspend", march(4)))
    met = stand(national, *paused, entry("met", march(6)), as_of=march(30))
    assert (met.state, met.pauses[0].to_on) == ("met", march(6))
    cancelled = stand(national, *paused, entry("cancel", march(6)), as_of=march(30))
    assert (cancelled.state, cancelled.late) == ("cancelled", False)


def test_an_extension_is_counted_from_the_original_start(national: Calendar) -> None:
    standing = stand(national, START_ENTRY, entry("extend", march(13), days=4, ground="complex", actor="head"))
    assert standing.due_on == march(20)
    assert (standing.extensions[0].days, standing.extensions[0].actor) == (4, "head")


def test_a_correction_moves_the_start_and_keeps_the_rest(national: Calendar) -> None:
    entries = (START_ENTRY, entry("suspend", march(5)), entry("resume", march(6)), entry("correct", date(2026, 2, 27)))
    standing = stand(national, *entries)
    assert (standing.started_on, standing.due_on) == (date(2026, 2, 27), march(13))  # 28 February is worked


def test_a_statutory_term_runs_on_through_a_closure_and_an_internal_one_does_not(national: Calendar) -> None:
    closed = Day(march(4), False, "local_closure", Text("停办", "closed"), stops_statutory=False)
    calendar = Calendar([closed], date(2026, 12, 31))
    assert stand(calendar, START_ENTRY, term=Term(days=10)).due_on == DUE
    assert stand(calendar, START_ENTRY, term=TEN).due_on == march(17)


def test_a_month_term_rolls_off_a_day_off(national: Calendar) -> None:
    standing = stand(national, entry("start", date(2025, 12, 1)), term=Term(months=3))
    assert standing.due_on == march(2)  # 1 March is a Sunday


def test_a_pause_moves_the_end_of_a_month_term_by_its_calendar_days(national: Calendar) -> None:
    entries = (START_ENTRY, entry("suspend", march(6)), entry("resume", march(16)))
    assert stand(national, *entries, term=Term(months=1)).due_on == date(2026, 4, 13)  # 12 April is a Sunday
    assert stand(national, *entries[:2], term=Term(months=1)).state == "paused"


def test_an_extension_of_a_month_term_adds_working_days(national: Calendar) -> None:
    standing = stand(national, START_ENTRY, entry("extend", march(6), days=2), term=Term(months=1))
    assert standing.due_on == date(2026, 4, 7)  # 2 April, and the Tomb-Sweeping days are off


@pytest.mark.parametrize("wrong", [{}, {"days": 1, "months": 1}, {"months": 0}])
def test_a_term_is_days_or_months(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="term"):
        Term(**wrong)


@given(
    start=st.dates(date(2006, 1, 1), date(2026, 1, 1)),
    days=st.integers(1, 30),
    gaps=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=4),
)
def test_the_due_day_is_the_nth_working_day_outside_the_pauses(
    national: Calendar, start: date, days: int, gaps: list[tuple[int, int]]
) -> None:
    """Against a walk by single days, the way a person would count."""
    entries, on, out = [entry("start", start)], start, set()
    for running, resting in gaps:
        since = on + timedelta(days=running)
        until = since + timedelta(days=resting)
        entries += [entry("suspend", since), entry("resume", until)]
        out |= {since + timedelta(days=i + 1) for i in range(resting)}
        on = until
    counted, walked, began = 0, start, {e.on for e in entries if e.kind == "suspend"}
    while counted < days:
        walked += timedelta(days=1)
        counted += national.is_working(walked) and walked not in out
    due_on = stand(national, *entries, term=Term(days=days), as_of=start).due_on
    if walked in began:  # paused on the last day: see test_a_clock_paused_on_its_last_day_ends_when_it_resumes
        assert due_on is not None
        assert due_on >= walked
    else:
        assert due_on == walked


@given(start=st.dates(date(2006, 1, 1), date(2026, 1, 1)), days=st.integers(1, 30), more=st.integers(1, 10))
def test_an_extended_clock_is_due_when_a_longer_term_would_be(
    national: Calendar, start: date, days: int, more: int
) -> None:
    extended = stand(national, entry("start", start), entry("extend", start, days=more), term=Term(days=days))
    assert extended.due_on == stand(national, entry("start", start), term=Term(days=days + more)).due_on


ORDERED = Term(days=0, kind="ordered")


def test_an_ordered_date_is_the_day_that_was_named_last_and_no_day_is_counted(national: Calendar) -> None:
    saturday = march(21)
    named = stand(national, entry("order", saturday), START_ENTRY, term=ORDERED)
    assert (named.due_on, named.certainty, named.state) == (saturday, "firm", "running")
    anew = JournalEntry("order", march(27), datetime.combine(march(20), time(10), OFFICE))
    moved = stand(national, entry("order", saturday), START_ENTRY, anew, term=ORDERED, as_of=march(23))
    assert (moved.due_on, moved.late, [one.due_on for one in moved.orders]) == (march(27), False, [saturday, march(27)])


def test_an_order_that_comes_too_late_is_passed_over(national: Calendar) -> None:
    late = JournalEntry("order", march(27), datetime.combine(march(23), time(10), OFFICE))
    missed = stand(national, entry("order", march(20)), START_ENTRY, late, term=ORDERED, as_of=march(25))
    assert (missed.state, missed.due_on, missed.days_late) == ("missed", march(20), 3)


# what holds of every journal, whatever it says and in whatever order

KINDS = ("start", "pend", "bind", "suspend", "resume", "restart", "extend", "correct", "order", "met", "cancel")
MOMENTS = st.tuples(st.sampled_from(KINDS), st.integers(0, 40), st.integers(0, 23), st.integers(1, 9))
TERMS = st.sampled_from((TEN, Term(days=3), Term(months=1), Term(days=5, kind="ordered")))
FORGETTING = ("correct", "restart")
"""What sets a beginning right, or begins another count: no other entry takes a miss back."""


def journal(told: list[tuple[Any, int, int, int]]) -> list[JournalEntry]:
    """The entries in the order in which they were recorded."""
    found = [entry(kind, START + timedelta(days=day), hour, days=days, ground="a") for kind, day, hour, days in told]
    return sorted(found, key=lambda one: one.at)


@given(told=st.lists(MOMENTS, max_size=12), term=TERMS)
def test_whatever_a_journal_says_what_was_missed_stays_missed(national: Calendar, told: Any, term: Term) -> None:
    entries = journal(told)
    gone = False
    for number, one in enumerate(entries, start=1):
        if gone and one.kind not in FORGETTING:
            assert fold(entries[:number], term, national, CONVENTIONS, one.at).late, one
        before = fold(entries[:number], term, national, CONVENTIONS, one.at)
        gone = before.late and before.bound
    after = [fold(entries, term, national, CONVENTIONS, MAY + timedelta(days=days)) for days in (0, 30, 60)]
    assert [one.late for one in after] == sorted(one.late for one in after)
    assert [one.days_late for one in after] == sorted(one.days_late for one in after)


@given(told=st.lists(MOMENTS, max_size=12), term=TERMS)
def test_whatever_a_journal_says_a_clock_ends_once_and_never_comes_back(
    national: Calendar, told: Any, term: Term
) -> None:
    entries, ended = journal(told), None
    for number, one in enumerate(entries, start=1):
        standing = fold(entries[:number], term, national, CONVENTIONS, one.at)
        if one.kind == "restart":
            ended = None
        if ended is not None:
            assert standing.ended_on == ended, one
            assert standing.state in ("met", "missed", "cancelled"), one
        ended = standing.ended_on


@example(told=[("start", 18, 0, 1), ("suspend", 32, 0, 1), ("resume", 33, 0, 1)])
@given(told=st.lists(MOMENTS, max_size=12))
def test_whatever_a_journal_says_the_counted_days_make_the_term(national: Calendar, told: Any) -> None:
    """The working days from the start to the due day, less those of the pauses, are the term and its extensions."""
    standing = fold(journal(told), TEN, national, CONVENTIONS, MAY)
    if standing.due_on is None or standing.started_on is None or standing.due_on < standing.started_on:
        return
    counted = [
        day
        for n in range(1, (standing.due_on - standing.started_on).days + 1)
        if national.is_working(day := standing.started_on + timedelta(days=n))
        and not any(one.from_on < day <= (one.to_on or day) for one in standing.pauses)
    ]
    wanted = 10 + standing.extended_by
    resumed = [one.to_on for one in standing.pauses if one.to_on is not None]
    off = [day for day in resumed if not national.is_working(day)]  # paused on the last day: it ends when work begins
    wanted_too = {wanted - 1} if standing.due_on in resumed else set()
    wanted_too |= {wanted + 1} if standing.due_on in map(national.next_working, off) else set()
    assert len(counted) in {wanted, *wanted_too}
