"""Which days are working days, and why. Dense arrays over the known years: every question is answered in constant time.

National days come first, local ones over them; nothing here knows where they are stored or what a deadline is.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import accumulate
from typing import Literal

from app.floor.errors import Invalid
from app.floor.messages import Text, say

Kind = Literal["workday", "weekend", "holiday", "makeup", "local_closure", "local_working", "estimate"]
Certainty = Literal["firm", "soft", "provisional"]

SATURDAY = 5
PROVISIONAL = ("unannounced", "gap")
"""Kinds of doubt that leave a date provisional; the others leave it soft."""
YEARS_BEYOND = 2
"""So far behind the last known year days are told by the week alone: provisional, but no case is refused for them."""
_WEEK = bytes((1, 1, 1, 1, 1, 0, 0))


@dataclass(frozen=True, slots=True)
class Day:
    """One calendar day: on or off, and why. A closure without holiday status has `stops_statutory=False`: the office
    is shut, but a period that the law sets runs on."""

    on: date
    working: bool
    kind: Kind
    name: Text | None = None
    notice: str | None = None
    stops_statutory: bool = True
    estimated: bool = False


@dataclass(frozen=True, slots=True)
class Gap:
    """Days that a notice leaves open although its year is announced, and the holiday that it does not arrange."""

    first: date
    last: date
    year: int
    holiday: Text


@dataclass(frozen=True, slots=True)
class LocalDays:
    """A place where days off are fixed by a local notice, too (customary festivals): the years for which it has been
    entered, and why it is awaited."""

    years: frozenset[int]
    why: Text


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a date may still move: the year is not announced, a holiday is missing in its notice, the local days of the
    year are not entered, or the next notice may change the last days of the year."""

    kind: Literal["unannounced", "gap", "local", "tail"]
    year: int
    words: Text | None = None


class OutOfRange(Invalid):
    """A date, or a count, that leaves the years the calendar knows."""

    def __init__(self, first: date, last: date):
        self.first, self.last = first, last
        sentence = say("The working-day calendar reaches from %(first)s to %(last)s.", first=first, last=last)
        super().__init__({"date": [sentence]}, sentence)


@contextmanager
def asked_in(field: str) -> Iterator[None]:
    """Whoever named the day in this field is told of the field when the calendar does not reach so far."""
    try:
        yield
    except OutOfRange as error:
        raise Invalid({field: error.errors["date"]}) from error


class Calendar:
    """The days of one place as known at one version. Give only the special days, national before local: a later one
    replaces an earlier one of the same date. Weekends and working days are made up where nothing special is known."""

    def __init__(
        self,
        days: Iterable[Day],
        announced_until: date,
        soft_tail_days: int = 3,
        version: int = 0,
        *,
        first: date | None = None,
        known_until: date | None = None,
        gaps: Sequence[Gap] = (),
        local: LocalDays | None = None,
    ):
        self.announced_until, self.soft_tail_days, self.version = announced_until, soft_tail_days, version
        self.gaps, self.local = tuple(gaps), local
        self._given = tuple(days)
        self._special = {day.on: day for day in self._given}
        known = [*self._special, announced_until]
        self.first = first or date(min(known).year, 1, 1)
        self.known_until = known_until or date(max(known).year, 12, 31)
        self.last = date(self.known_until.year + YEARS_BEYOND, 12, 31)
        self._firm_until = announced_until - timedelta(days=soft_tail_days)
        self._statutory = self if all(day.stops_statutory or day.working for day in self._given) else None
        self._fill()

    def _fill(self) -> None:
        self._base = base = self.first.toordinal()
        size = self.last.toordinal() - base + 1
        shift = self.first.weekday()
        self._on = on = bytearray((_WEEK * (size // 7 + 2))[shift : shift + size])
        for day in self._special.values():
            if 0 <= (index := day.on.toordinal() - base) < size:
                on[index] = day.working
        self._before = array("i", accumulate(on, initial=0))  # _before[i]: working days among the first i days
        self._dates = [date.fromordinal(base + index) for index, working in enumerate(on) if working]

    def for_statutory(self) -> Calendar:
        """The same days as a period set by law sees them: closures without holiday status do not stop it."""
        if self._statutory is None:
            days = _open_closures(self._given)
            self._statutory = Calendar(
                days, self.announced_until, self.soft_tail_days, self.version, first=self.first,
                known_until=self.known_until, gaps=self.gaps, local=self.local,
            )  # fmt: skip
        return self._statutory

    def _index(self, on: date) -> int:
        index = on.toordinal() - self._base
        if not 0 <= index < len(self._on):
            raise OutOfRange(self.first, self.last)
        return index

    def is_working(self, on: date) -> bool:
        return self._on[self._index(on)] == 1

    def add(self, on: date, days: int) -> date:
        """The `days`-th working day strictly after `on` (before it, if negative); 0: `on` itself, or the next one."""
        index = self._index(on)
        if days > 0:
            place = self._before[index + 1] + days - 1
        else:
            place = self._before[index] + days
        if not 0 <= place < len(self._dates):
            raise OutOfRange(self.first, self.last)
        return self._dates[place]

    def next_working(self, on: date) -> date:
        """`on` itself if it is a working day, else the next one."""
        return self.add(on, 0)

    def previous_working(self, on: date) -> date:
        """`on` itself if it is a working day, else the one before."""
        return on if self.is_working(on) else self.add(on, -1)

    def between(self, after: date, until: date) -> int:
        """The working days in (after, until]; negative when `until` lies before `after`."""
        return self._before[self._index(until) + 1] - self._before[self._index(after) + 1]

    def day(self, on: date) -> Day:
        working = self.is_working(on)
        special = self._special.get(on)
        if special is not None:
            return special
        return Day(on, working, "workday" if working else "weekend", estimated=on > self.announced_until)

    def certainty(self, *dates: date) -> Certainty:
        """How sure a count over these dates is."""
        doubts = self.doubts(*dates)
        if not doubts:
            return "firm"
        return "provisional" if any(doubt.kind in PROVISIONAL for doubt in doubts) else "soft"

    def doubts(self, *dates: date) -> list[Doubt]:
        """All that may still move a count over these dates. Beyond the last notice, and round a holiday that a notice
        leaves out, dates are provisional. The next year's notice has more than once changed the last days of the year
        before, and local days may be awaited: then they are soft."""
        first, last = min(dates), max(dates)
        found = []
        if last > self.announced_until:
            found.append(Doubt("unannounced", last.year))
        for gap in self.gaps:
            if gap.first <= last and first <= gap.last:
                found.append(Doubt("gap", gap.year, gap.holiday))
        if self.local is not None:
            years = range(first.year, min(last, self.announced_until).year + 1)
            found += [Doubt("local", year, self.local.why) for year in years if year not in self.local.years]
        if self._firm_until < last <= self.announced_until:
            found.append(Doubt("tail", last.year))
        return found


def _open_closures(days: Iterable[Day]) -> list[Day]:
    seen: dict[date, Day] = {}
    for day in days:
        if not day.stops_statutory and not day.working:
            under = seen.get(day.on) or Day(day.on, day.on.weekday() < SATURDAY, "weekend")
            day = replace(day, working=True) if under.working else under
        seen[day.on] = day
    return list(seen.values())
