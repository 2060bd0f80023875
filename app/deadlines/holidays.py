"""The statutory holidays, and what a yearly notice leaves out of them.

全国年节及纪念日放假办法 (Art. 2) names seven holidays and their days; the State Council's yearly notice only arranges
them. So a notice that lacks one is not the whole notice, and a date that the missing holiday may move is not sure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from app.deadlines.calendar import SATURDAY, Day, Gap
from app.floor.messages import Say, Text, say

AROUND = timedelta(days=14)
"""So far from a holiday its bridging days and make-up days may lie (convention; the farthest known lay eleven days
before it)."""
_ONE = timedelta(days=1)
MonthDay = tuple[int, int]


@dataclass(frozen=True)
class Holiday:
    """`words` are what its name is told by; `season` the days on which it can begin at all."""

    code: str
    name: Text
    words: tuple[str, ...]
    season: tuple[MonthDay, MonthDay]
    fixed: bool = False


HOLIDAYS = (
    Holiday("new_year", Text("元旦", "New Year's Day"), ("元旦", "新年"), ((1, 1), (1, 1)), True),
    Holiday("spring_festival", Text("春节", "Spring Festival"), ("春节", "除夕"), ((1, 20), (2, 21))),
    Holiday("tomb_sweeping", Text("清明节", "Tomb-Sweeping Day"), ("清明",), ((4, 4), (4, 6))),
    Holiday("labour_day", Text("劳动节", "Labour Day"), ("劳动", "五一"), ((5, 1), (5, 1)), True),
    Holiday("dragon_boat", Text("端午节", "Dragon Boat Festival"), ("端午",), ((5, 27), (6, 26))),
    Holiday("mid_autumn", Text("中秋节", "Mid-Autumn Festival"), ("中秋",), ((9, 7), (10, 8))),
    Holiday("national_day", Text("国庆节", "National Day"), ("国庆",), ((10, 1), (10, 1)), True),
)
NAMED = {name: holiday.code for holiday in HOLIDAYS for name in (holiday.code, holiday.name.zh)}
"""What a file may call them, and their codes."""
_LENGTHS: tuple[tuple[int, tuple[int, ...]], ...] = (
    (2025, (1, 4, 1, 2, 1, 1, 3)),
    (2008, (1, 3, 1, 1, 1, 1, 3)),
    (2000, (1, 3, 0, 3, 0, 0, 3)),
)
"""Since which year the Measures give how many days, in the order of the holidays."""


@dataclass(frozen=True)
class Omission:
    """A statutory holiday that a notice does not mention, or of which it gives fewer days than the Measures.
    `days`: those that the Measures give it, as far as they are known."""

    kind: Literal["missing", "short"]
    year: int
    holiday: Holiday
    length: int
    days: tuple[date, ...] = ()

    @property
    def gap(self) -> Gap:
        """The days that are not sure without it."""
        season = [date(self.year, *edge) for edge in self.holiday.season]
        first, last = (self.days or season)[0], (self.days or season)[-1]
        return Gap(first - AROUND, last + AROUND, self.year, self.holiday.name)

    def said(self) -> Say:
        if self.kind == "missing":
            return say(
                "%(holiday)s is missing, one of the seven statutory holidays (days by law: %(days)s).",
                holiday=self.holiday.name, days=self.length,
            )  # fmt: skip
        return say(
            "%(holiday)s has fewer days off than the %(days)s that the law gives it.",
            holiday=self.holiday.name, days=self.length,
        )  # fmt: skip


def statutory_days(year: int) -> int:
    """How many days off the Measures give in that year; 0 where that is not kept here."""
    return sum(_lengths(year))


def _lengths(year: int) -> tuple[int, ...]:
    return next((lengths for since, lengths in _LENGTHS if year >= since), (0,) * len(HOLIDAYS))


def omissions(year: int, days: Mapping[date, Day], estimate: Iterable[Day]) -> list[Omission]:
    """What these days of a year leave out. The lunar holidays' days are known from the estimate of that year; without
    one a holiday is found by its name."""
    known, found = tuple(estimate), []
    for holiday, length in zip(HOLIDAYS, _lengths(year), strict=True):
        if length:
            by_law = _days_by_law(holiday, length, year, known)
            kind = _judged(holiday, length, by_law, days)
            if kind is not None:
                found.append(Omission(kind, year, holiday, length, by_law))
    return found


def _days_by_law(holiday: Holiday, length: int, year: int, estimate: tuple[Day, ...]) -> tuple[date, ...]:
    if holiday.fixed:
        first = date(year, *holiday.season[0])
        return tuple(first + timedelta(days=n) for n in range(length))
    named = sorted(day.on for day in estimate if not day.working and _is_named(holiday, day))
    return tuple(named[:length])


def _is_named(holiday: Holiday, day: Day) -> bool:
    return day.name is not None and any(word in day.name.zh for word in holiday.words)


def _judged(
    holiday: Holiday, length: int, by_law: tuple[date, ...], days: Mapping[date, Day]
) -> Literal["missing", "short"] | None:
    listed = [day.on for day in days.values() if not day.working and (day.on in by_law or _is_named(holiday, day))]
    if not listed:
        return "missing"
    enough = all(_is_off(on, days) for on in by_law) if by_law else _run(min(listed), days) >= length
    return None if enough else "short"


def _is_off(on: date, days: Mapping[date, Day]) -> bool:
    return not days[on].working if on in days else on.weekday() >= SATURDAY


def _run(on: date, days: Mapping[date, Day]) -> int:
    """How many days in a row are off, from that one on and back."""
    first = last = on
    while _is_off(first - _ONE, days):
        first -= _ONE
    while _is_off(last + _ONE, days):
        last += _ONE
    return (last - first).days + 1


def kept_estimate(omitted: Omission, days: Mapping[date, Day], estimate: Iterable[Day]) -> list[Day]:
    """What is still assumed of a holiday that a notice leaves out: the days by law and those of the estimate, where
    the notice itself says nothing of them."""
    assumed = {on: Day(on, False, "estimate", omitted.holiday.name, estimated=True) for on in omitted.days}
    assumed |= {day.on: day for day in estimate if _is_named(omitted.holiday, day)}
    return [day for on, day in assumed.items() if on not in days]


def odd_count(year: int, days: Iterable[Day]) -> Say | None:
    """Days off are moved by a notice, not made: those on weekdays less the weekends worked are as many as the Measures
    give. Another count hints at a line that was left out; it is told, and stops nobody."""
    listed = tuple(days)
    off = sum(not day.working and day.on.weekday() < SATURDAY for day in listed)
    worked = sum(day.working and day.on.weekday() >= SATURDAY for day in listed)
    law = statutory_days(year)
    if not law or off - worked == law:
        return None
    return say(
        "Weekdays off less weekend days worked are %(count)s; the law gives %(days)s days. Please compare with the "
        "notice: make-up days may be missing.",
        count=off - worked, days=law,
    )  # fmt: skip
