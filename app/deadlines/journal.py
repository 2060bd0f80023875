"""The append-only journal of one clock, and where the clock stands by it. Nothing is stored but the entries: a due date
is always folded anew, so that a new calendar, a correction or a pause moves it without rewriting anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from app.deadlines.calendar import Calendar, Certainty
from app.deadlines.counting import Conventions, add_months, end_of
from app.floor.clock import office_date

Happening = Literal[
    "start", "pend", "bind", "suspend", "resume", "restart", "extend", "curtail", "correct", "order", "met", "cancel"
]
State = Literal["not_started", "pending", "running", "paused", "met", "missed", "cancelled"]
Kind = Literal["statutory", "ordered", "internal"]


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """`on` is the local date that counts (for start, pend, restart and correct: day zero), `at` the moment of
    recording. A clock that pends is counted, but nobody owes it until it binds. What was extended under one text is
    curtailed when another sets the period: nobody lengthens what a superior has set. Of an order `on` is the day that
    it names, `ground` the department that named it, and `step` where."""

    kind: Happening
    on: date
    at: datetime
    days: int | None = None
    ground: str | None = None
    actor: str = "system"
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Term:
    """How long: working days, or months. A statutory term does not see closures without holiday status."""

    days: int | None = None
    months: int | None = None
    kind: Kind = "statutory"

    @property
    def by_the_day(self) -> bool:
        """Whether it was kept is judged by the day (Civil Code 203), not by our closing hour: that is for targets of
        our own."""
        return self.kind != "internal"

    def __post_init__(self) -> None:
        if (self.days is None) == (self.months is None):
            raise ValueError("a term is either days or months")
        if self.months is not None and self.months < 1:
            raise ValueError("a term has at least one month")

    def calendar(self, calendar: Calendar) -> Calendar:
        return calendar if self.kind == "internal" else calendar.for_statutory()


@dataclass(frozen=True, slots=True)
class Pause:
    """As recorded; which of the two days count is a convention. `to_on` is empty while it is open."""

    from_on: date
    to_on: date | None
    ground: str | None


@dataclass(frozen=True, slots=True)
class Extension:
    on: date
    days: int
    ground: str | None
    actor: str


@dataclass(frozen=True, slots=True)
class Order:
    """A body has named the day: due at its end, whatever day of the week that is."""

    due_on: date
    at: datetime
    by: str | None
    step: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a clock stands. `missed`: the due moment passed before it was met or given up, and that stays so; `met_on`
    then says whether it was met after all, `ended_on` when it ended in any way, `days_late` by how many working days
    it was (or is by now) past due. The due date is empty while the clock is paused; `unpaused_due_on` is what it would
    be without pauses."""

    state: State
    term: Term
    conventions: Conventions
    as_of: datetime
    late: bool = False
    started_on: date | None = None
    due_on: date | None = None
    due_at: datetime | None = None
    certainty: Certainty | None = None
    unpaused_due_on: date | None = None
    pauses: tuple[Pause, ...] = ()
    extensions: tuple[Extension, ...] = ()
    orders: tuple[Order, ...] = ()
    """The days that were named, the newest last; only that one counts."""
    met_on: date | None = None
    ended_on: date | None = None
    days_late: int = 0
    restarts: int = 0
    bound: bool = True
    """Whether somebody owed it, or still does: not while it pends."""

    @property
    def extended_by(self) -> int:
        return sum(extension.days for extension in self.extensions)


def fold(
    entries: Iterable[JournalEntry], term: Term, calendar: Calendar, conventions: Conventions, as_of: datetime
) -> Standing:
    """Where the clock of these entries, in the order of the journal, stands at `as_of`. Entries that no longer apply (a
    second start, a pause of a met clock) are passed over: what may be written is for the writer to decide. A clock
    never forgets: past its due moment it can be neither paused nor extended."""
    course, seen = _Course(), term.calendar(calendar)
    for entry in entries:
        if entry.kind in _TOO_LATE and _stands(course, term, seen, conventions, entry.at).late:
            continue
        if entry.kind == "order" and term.kind != "ordered":
            continue
        course.take(entry)
    return _stands(course, term, seen, conventions, as_of)


def bounds(entries: Iterable[JournalEntry]) -> tuple[date | None, date | None]:
    """The day on which the clock began to count, and the one on which it ended: what its journal alone says, whatever
    calendar it is folded over."""
    course = _Course()
    for entry in entries:
        course.take(entry)
    return course.started_on, course.ended.on if course.ended else None


_TOO_LATE = ("suspend", "extend", "order")


def _stands(course: _Course, term: Term, seen: Calendar, conventions: Conventions, as_of: datetime) -> Standing:
    standing = Standing(
        state=course.state,
        term=term,
        conventions=conventions,
        as_of=as_of,
        started_on=course.started_on,
        pauses=tuple(course.pauses),
        extensions=tuple(course.extensions),
        orders=tuple(course.orders),
        met_on=course.ended.on if course.ended and course.state == "met" else None,
        ended_on=course.ended.on if course.ended else None,
        restarts=course.restarts,
        bound=course.bound,
    )
    if course.started_on is None:
        return standing
    return _with_due(standing, course.started_on, seen, course.ended)


@dataclass
class _Course:
    state: State = "not_started"
    started_on: date | None = None
    pauses: list[Pause] = field(default_factory=list)
    waiting: dict[str | None, int] = field(default_factory=dict)
    """The pauses that are open, by ground: their places in `pauses`."""
    extensions: list[Extension] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)
    ended: JournalEntry | None = None
    restarts: int = 0
    bound: bool = False

    def take(self, entry: JournalEntry) -> None:
        _TAKE[entry.kind](self, entry)

    def start(self, entry: JournalEntry) -> None:
        if self.state == "not_started":
            self.state, self.started_on, self.bound = "running", entry.on, True

    def pend(self, entry: JournalEntry) -> None:
        if self.state == "not_started":
            self.state, self.started_on = "pending", entry.on

    def bind(self, entry: JournalEntry) -> None:
        if self.state == "pending":
            self.state, self.bound = "running", True

    def restart(self, entry: JournalEntry) -> None:
        self.restarts += self.started_on is not None
        self.state, self.started_on, self.ended, self.bound = "running", entry.on, None, True
        self.pauses, self.waiting, self.extensions = [], {}, []

    def correct(self, entry: JournalEntry) -> None:
        if self.started_on is not None:
            self.started_on = entry.on

    def suspend(self, entry: JournalEntry) -> None:
        if self.state == "running" and entry.ground not in self.waiting:
            self.waiting[entry.ground] = len(self.pauses)
            self.pauses.append(Pause(entry.on, None, entry.ground))

    def resume(self, entry: JournalEntry) -> None:
        """Ends the pause of that ground; without a ground, every open one."""
        if self.state == "running":
            self.close([entry.ground] if entry.ground is not None else list(self.waiting), entry.on)

    def extend(self, entry: JournalEntry) -> None:
        if self.state == "running" and entry.days:
            self.extensions.append(Extension(entry.on, entry.days, entry.ground, entry.actor))

    def curtail(self, _entry: JournalEntry) -> None:
        self.extensions = []

    def order(self, entry: JournalEntry) -> None:
        if self.ended is None:
            self.orders.append(Order(entry.on, entry.at, entry.ground, entry.step))

    def meet(self, entry: JournalEntry) -> None:
        if self.state == "running":
            self.end("met", entry)

    def cancel(self, entry: JournalEntry) -> None:
        if self.state in ("not_started", "pending", "running"):
            self.end("cancelled", entry)

    def end(self, state: State, entry: JournalEntry) -> None:
        self.state, self.ended = state, entry
        self.close(list(self.waiting), entry.on)

    def close(self, grounds: list[str | None], on: date) -> None:
        for place in [self.waiting.pop(ground) for ground in grounds if ground in self.waiting]:
            pause = self.pauses[place]
            self.pauses[place] = replace(pause, to_on=max(on, pause.from_on))


_TAKE: dict[Happening, Callable[[_Course, JournalEntry], None]] = {
    "start": _Course.start,
    "pend": _Course.pend,
    "bind": _Course.bind,
    "restart": _Course.restart,
    "correct": _Course.correct,
    "suspend": _Course.suspend,
    "resume": _Course.resume,
    "extend": _Course.extend,
    "curtail": _Course.curtail,
    "order": _Course.order,
    "met": _Course.meet,
    "cancel": _Course.cancel,
}


def _with_due(standing: Standing, started_on: date, calendar: Calendar, ended: JournalEntry | None) -> Standing:
    stretches = pauses_taken_out(standing)
    unpaused_due_on = _due_on(standing, started_on, [], calendar)
    due_on = _due_on(standing, started_on, stretches, calendar) if stretches else unpaused_due_on
    if due_on is None:
        return replace(standing, state="paused", unpaused_due_on=unpaused_due_on)
    due_at = end_of(due_on, standing.conventions)
    late = _is_late(standing, due_on, due_at, ended)
    last = standing.ended_on or office_date(standing.as_of)
    return replace(
        standing,
        state="missed" if late else standing.state,
        late=late,
        due_on=due_on,
        due_at=due_at,
        certainty="firm" if standing.orders else calendar.certainty(due_on, started_on),
        unpaused_due_on=unpaused_due_on,
        days_late=calendar.between(due_on, last) if late and last > due_on else 0,
    )


def _is_late(standing: Standing, due_on: date, due_at: datetime, ended: JournalEntry | None) -> bool:
    """Past due when it ended, or by now. A clock given up while nobody owed it was never late."""
    if standing.state == "pending" or (standing.state == "cancelled" and not standing.bound):
        return False
    if ended is None:
        return is_past(standing.term, due_on, due_at, standing.as_of)
    if office_date(ended.at) == ended.on:
        return is_past(standing.term, due_on, due_at, ended.at)
    return ended.on > due_on  # recorded on another day than it happened: only the date is known


def is_past(term: Term, due_on: date, due_at: datetime, moment: datetime) -> bool:
    """Whether a clock that is due so is past due at that moment."""
    return office_date(moment) > due_on if term.by_the_day else moment > due_at


Stretch = tuple[date, date | None]


def _due_on(standing: Standing, started_on: date, stretches: list[Stretch], calendar: Calendar) -> date | None:
    """The last day of the term, or the day that was ordered; None while a pause holds it open."""
    if standing.orders:
        return standing.orders[-1].due_on
    extended_by = standing.extended_by
    if standing.term.months is not None:
        end = end_of_months(started_on, standing.term.months, stretches)
        due_on = end and calendar.next_working(end)
        return calendar.add(due_on, extended_by) if due_on and extended_by else due_on
    days = (standing.term.days or 0) + extended_by
    return calendar.add(started_on, days) if days < 0 else _count_around(stretches, calendar, started_on, days)


def _count_around(stretches: list[Stretch], calendar: Calendar, started_on: date, days: int) -> date | None:
    """Count what fits before each pause, go on behind it with the rest. A term that was on its last day when the pause
    began ends on the day the pause does: it had not run out, and must not run out while nobody can act."""
    at, left = started_on, days
    for after, until in stretches:
        after = max(after, at)
        if calendar.add(at, left) < after:
            break
        if until is None:
            return None
        left -= calendar.between(at, after)
        at = max(until, after)
    return calendar.add(at, left)


def end_of_months(started_on: date, months: int, stretches: list[Stretch]) -> date | None:
    """Months have calendar days, so a pause moves their end by its calendar days."""
    end, at = add_months(started_on, months), started_on
    for after, until in stretches:
        after = max(after, at)
        if end < after:
            break
        if until is None:
            return None
        at = max(until, after)
        end += at - after
    return end


def pauses_taken_out(standing: Standing) -> list[Stretch]:
    """The pauses as (after, until] stretches of days that are not counted, in order of time; open ones last long."""
    bounds = standing.conventions.pause_bounds
    before = timedelta(days=bounds.startswith("["))
    short = timedelta(days=bounds.endswith(")"))
    stretches: list[Stretch] = []
    for pause in standing.pauses:
        after = pause.from_on - before
        stretches.append((after, None if pause.to_on is None else max(pause.to_on - short, after)))
    return sorted(stretches, key=lambda stretch: (stretch[0], stretch[1] or date.max))
