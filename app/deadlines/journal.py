"""The append-only journal of one clock, and where the clock stands by it. Nothing is stored but the entries: a due date
is always folded anew, so that a new calendar, a correction or a pause moves it without rewriting anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Literal

from app.clock import office_date
from app.deadlines.calendar import Calendar, Certainty
from app.deadlines.count import Conventions, add_months, end_of

Happening = Literal["start", "suspend", "resume", "restart", "extend", "correct", "met", "cancel"]
State = Literal["not_started", "running", "paused", "met", "missed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Entry:
    """`on` is the local date that counts (for start, restart and correct: day zero), `at` the moment of recording."""

    kind: Happening
    on: date
    at: datetime
    days: int | None = None
    ground: str | None = None
    actor: str = "system"


@dataclass(frozen=True, slots=True)
class Term:
    """How long: working days, or months. A statutory term does not see closures without holiday status."""

    days: int | None = None
    months: int | None = None
    kind: Literal["statutory", "internal"] = "statutory"

    def __post_init__(self) -> None:
        if (self.days is None) == (self.months is None):
            raise ValueError("a term is either days or months")
        if self.months is not None and self.months < 1:
            raise ValueError("a term has at least one month")

    def calendar(self, calendar: Calendar) -> Calendar:
        return calendar.for_statutory() if self.kind == "statutory" else calendar


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
class Standing:
    """Where a clock stands. `missed`: the due moment passed before it was met; `met_on` then says whether it was met
    after all. The due date is empty while the clock is paused; `unpaused_due_on` is what it would be without pauses."""

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
    met_on: date | None = None
    restarts: int = 0

    @property
    def extended_by(self) -> int:
        return sum(extension.days for extension in self.extensions)


def fold(
    entries: Iterable[Entry], term: Term, calendar: Calendar, conventions: Conventions, as_of: datetime
) -> Standing:
    """Where the clock of these entries, in the order of the journal, stands at `as_of`. Entries that no longer apply (a
    second start, a pause of a met clock) are passed over: what may be written is for the writer to decide."""
    course = _Course()
    for entry in entries:
        course.take(entry)
    standing = Standing(
        state=course.state,
        term=term,
        conventions=conventions,
        as_of=as_of,
        started_on=course.started_on,
        pauses=tuple(course.pauses),
        extensions=tuple(course.extensions),
        met_on=course.met.on if course.met else None,
        restarts=course.restarts,
    )
    if course.started_on is None:
        return standing
    return _with_due(standing, course.started_on, term.calendar(calendar), course.met)


@dataclass
class _Course:
    state: State = "not_started"
    started_on: date | None = None
    pauses: list[Pause] = field(default_factory=list)
    waiting: dict[str | None, int] = field(default_factory=dict)
    """The pauses that are open, by ground: their places in `pauses`."""
    extensions: list[Extension] = field(default_factory=list)
    met: Entry | None = None
    restarts: int = 0

    def take(self, entry: Entry) -> None:
        _TAKE[entry.kind](self, entry)

    def start(self, entry: Entry) -> None:
        if self.state == "not_started":
            self.state, self.started_on = "running", entry.on

    def restart(self, entry: Entry) -> None:
        self.restarts += self.started_on is not None
        self.state, self.started_on, self.met = "running", entry.on, None
        self.pauses, self.waiting, self.extensions = [], {}, []

    def correct(self, entry: Entry) -> None:
        if self.started_on is not None:
            self.started_on = entry.on

    def suspend(self, entry: Entry) -> None:
        if self.state == "running" and entry.ground not in self.waiting:
            self.waiting[entry.ground] = len(self.pauses)
            self.pauses.append(Pause(entry.on, None, entry.ground))

    def resume(self, entry: Entry) -> None:
        """Ends the pause of that ground; without a ground, every open one."""
        if self.state == "running":
            self.close([entry.ground] if entry.ground is not None else list(self.waiting), entry.on)

    def extend(self, entry: Entry) -> None:
        if self.state == "running" and entry.days:
            self.extensions.append(Extension(entry.on, entry.days, entry.ground, entry.actor))

    def meet(self, entry: Entry) -> None:
        if self.state == "running":
            self.end("met", entry)
            self.met = entry

    def cancel(self, entry: Entry) -> None:
        if self.state in ("not_started", "running"):
            self.end("cancelled", entry)

    def end(self, state: State, entry: Entry) -> None:
        self.state = state
        self.close(list(self.waiting), entry.on)

    def close(self, grounds: list[str | None], on: date) -> None:
        for place in [self.waiting.pop(ground) for ground in grounds if ground in self.waiting]:
            pause = self.pauses[place]
            self.pauses[place] = replace(pause, to_on=max(on, pause.from_on))


_TAKE: dict[Happening, Callable[[_Course, Entry], None]] = {
    "start": _Course.start,
    "restart": _Course.restart,
    "correct": _Course.correct,
    "suspend": _Course.suspend,
    "resume": _Course.resume,
    "extend": _Course.extend,
    "met": _Course.meet,
    "cancel": _Course.cancel,
}


def _with_due(standing: Standing, started_on: date, calendar: Calendar, met: Entry | None) -> Standing:
    stretches = pauses_taken_out(standing)
    unpaused_due_on = _due_on(standing, started_on, [], calendar)
    due_on = _due_on(standing, started_on, stretches, calendar) if stretches else unpaused_due_on
    if due_on is None:
        return replace(standing, state="paused", unpaused_due_on=unpaused_due_on)
    due_at = end_of(due_on, standing.conventions)
    late = standing.state in ("running", "met") and _is_late(due_on, due_at, met, standing.as_of)
    return replace(
        standing,
        state="missed" if late else standing.state,
        late=late,
        due_on=due_on,
        due_at=due_at,
        certainty=calendar.certainty(due_on, started_on),
        unpaused_due_on=unpaused_due_on,
    )


def _is_late(due_on: date, due_at: datetime, met: Entry | None, as_of: datetime) -> bool:
    if met is None:
        return as_of > due_at
    if office_date(met.at) == met.on:
        return met.at > due_at
    return met.on > due_on  # recorded on another day than it happened: only the date is known


Stretch = tuple[date, date | None]


def _due_on(standing: Standing, started_on: date, stretches: list[Stretch], calendar: Calendar) -> date | None:
    """The last day of the term; None while a pause holds it open."""
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
