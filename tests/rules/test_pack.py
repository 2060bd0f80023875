"""Dated answers, conditional answers, and the two types that keep law and target apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.floor.errors import NotFound
from app.floor.messages import Text
from app.rules.pack import (
    InternalTarget,
    LadderStep,
    RuleValue,
    StatutoryTerm,
    Unfit,
    governing,
    in_force_on,
    ladder_for,
    resolve,
    value_of,
)
from tests.rules.declared import key

DAY = timedelta(days=1)
DAYS = st.dates(date(2000, 1, 1), date(2030, 12, 31))


def statutory(days: int, from_on: date | None = None, **more: object) -> RuleValue:
    return RuleValue("a.reply", "days", "statutory", days, article=("9",), effective_from=from_on, **more)  # type: ignore[arg-type]


def internal(days: int, from_on: date | None = None) -> RuleValue:
    return RuleValue("a.reply", "days", "internal", days, reason="silent", effective_from=from_on)


OLD, NEW = statutory(5, date(2020, 1, 1)), statutory(10, date(2024, 7, 1))


@pytest.mark.parametrize(
    ("on", "days", "early"),
    [
        (date(2019, 12, 31), 5, True),
        (date(2020, 1, 1), 5, False),
        (date(2024, 6, 30), 5, False),
        (date(2024, 7, 1), 10, False),
        (None, 10, False),
    ],
)
def test_the_answer_in_force_is_found_and_one_before_the_first_is_marked_early(
    on: date | None, days: int, early: bool
) -> None:
    value = in_force_on([OLD, NEW], on)
    assert (value.value, value.early) == (days, early)


@settings(deadline=None)
@given(st.lists(DAYS, min_size=1, max_size=6, unique=True), DAYS)
def test_of_all_answers_that_have_begun_the_latest_counts(begins: list[date], on: date) -> None:
    periods = [statutory(n, begin) for n, begin in enumerate(sorted(begins), 1)]
    begun = [begin for begin in sorted(begins) if begin <= on]
    value = in_force_on(periods, on)
    assert value.value == max(len(begun), 1)
    assert value.early == (not begun)


def test_a_dated_change_does_not_reach_a_clock_that_runs() -> None:
    assert governing([OLD, NEW], date(2024, 6, 28), date(2024, 7, 2)).value == 5


def test_a_change_that_applies_to_open_reaches_a_clock_once_it_has_begun() -> None:
    changed = replace(NEW, applies_to_open=True)
    assert governing([OLD, changed], date(2024, 6, 28), date(2024, 6, 30)).value == 5
    assert governing([OLD, changed], date(2024, 6, 28), date(2024, 7, 1)).value == 10


def test_an_internal_target_always_moves_an_open_clock() -> None:
    periods = [internal(10), internal(3, date(2024, 7, 1))]
    assert governing(periods, date(2024, 6, 28), date(2024, 7, 2)).value == 3


def test_a_clock_under_an_internal_target_is_not_moved_by_a_later_statutory_period() -> None:
    periods = [internal(10), statutory(3, date(2024, 7, 1))]
    assert governing(periods, date(2024, 6, 28), date(2024, 7, 2)).kind == "internal"


@settings(deadline=None)
@given(DAYS, DAYS, DAYS)
def test_what_governs_is_in_force_at_the_start_or_began_between_start_and_today(
    begins: date, started_on: date, today: date
) -> None:
    periods = [OLD, replace(NEW, effective_from=max(begins, OLD.effective_from + DAY), applies_to_open=True)]  # type: ignore[operator,type-var]
    value = governing(periods, started_on, today)
    assert value.early or value.effective_from <= max(started_on, today)  # type: ignore[operator]


def test_a_statutory_term_and_an_internal_target_are_two_types() -> None:
    law, ours = statutory(5).term, internal(5).term
    assert isinstance(law, StatutoryTerm)
    assert law.article == ("9",)
    assert isinstance(ours, InternalTarget)
    assert ours.reason == "silent"
    assert law != ours
    assert (law.days, ours.days) == (5, 5)


def test_a_period_in_months_has_no_number_of_days() -> None:
    term = replace(statutory(6), type="months").term
    assert (term.length, term.unit) == (6, "months")
    with pytest.raises(TypeError):
        _ = term.days


def test_what_is_not_a_period_has_no_term() -> None:
    with pytest.raises(TypeError):
        _ = replace(statutory(5), type="number").term


CONDITIONAL = replace(
    statutory(0, date(2020, 1, 1)),
    value=None,
    cases=(
        replace(statutory(3), when="resource.sensitive"),
        replace(statutory(9), when="resource.timely"),
        statutory(7),
    ),
)


@pytest.mark.parametrize(
    ("true", "days"), [({"resource.sensitive", "resource.timely"}, 3), ({"resource.timely"}, 9), (set(), 7)]
)
def test_the_first_case_that_fits_counts_else_the_last(true: set[str], days: int) -> None:
    assert resolve(CONDITIONAL, lambda condition: condition in true).value == days


def test_a_resolved_value_still_says_that_it_is_early() -> None:
    assert resolve(in_force_on([CONDITIONAL], date(2019, 1, 1)), lambda _: False).early


def test_an_unresolved_value_has_no_term() -> None:
    with pytest.raises(TypeError):
        _ = CONDITIONAL.term


def test_a_ladder_keeps_the_steps_that_concern_the_case_in_their_order() -> None:
    steps = (
        LadderStep("bureau", "coordinate", "not involves('province')"),
        LadderStep("group", "coordinate", "involves('province')"),
        LadderStep("government", "decide"),
    )
    ladder = RuleValue("ladder.sharing", "ladder", "statutory", steps)
    climbed = ladder_for(ladder, lambda condition: condition == "involves('province')")
    assert [step.body for step in climbed] == ["group", "government"]


@pytest.mark.parametrize(
    ("line", "given", "value"),
    [
        ("days a.b", 5, 5),
        ("number a.b", 0, 0),
        ("switch a.b", False, False),
        ("choice a.b x y", "y", "y"),
        ("choices a.b x y", ["y", "x"], ("y", "x")),
        ("choices a.b x y", [], ()),
        ("text a.b", {"zh": "甲", "en": "A"}, Text("甲", "A")),
    ],
)
def test_plain_data_becomes_a_value_of_its_key(line: str, given: object, value: object) -> None:
    assert value_of(key(line), given) == value


@pytest.mark.parametrize(
    ("line", "given"),
    [
        ("days a.b", 0),
        ("days a.b", True),
        ("days a.b", "5"),
        ("days a.b", 1000),
        ("months a.b", -1),
        ("number a.b", -1),
        ("switch a.b", "yes"),
        ("switch a.b", 1),
        ("choice a.b x y", "z"),
        ("choices a.b x y", "x"),
        ("choices a.b x y", ["x", "x"]),
        ("choices a.b x y", [["x"]]),
        ("text a.b", "A"),
        ("text a.b", {"zh": "甲"}),
        ("text a.b", {"zh": "甲", "en": "A" * 4001}),
        ("ladder a.b", ["bureau"]),
    ],
)
def test_a_value_of_another_shape_is_unfit(line: str, given: object) -> None:
    with pytest.raises(Unfit):
        value_of(key(line), given)


def test_a_key_without_an_answer_is_not_found(minimal) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(NotFound, match=r"a\.nothing"):
        minimal.value("a.nothing", None)
