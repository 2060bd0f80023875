"""Where a clock stands: its journal is appended to here and nowhere else, folded, and kept in its row, where lists find
it; tasks and timers under it follow. What an entry means for the case is said in `clocks`."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm.attributes import set_committed_value

from app import history
from app.cases import audit
from app.cases.clocks.alerts import term_of, watch
from app.cases.clocks.armed_timers import aim
from app.cases.models import ClockEntry, Deadline, Task
from app.cases.rule_levels import term_under
from app.cases.transition import Transition
from app.database import unit_of_work
from app.deadlines.counting import Conventions
from app.deadlines.journal import Happening, JournalEntry, Standing, fold
from app.floor import clock
from app.rules.pack import RuleValue


def write(step: Transition, deadline: Deadline, kind: Happening, on: date, **detail: Any) -> None:
    """Add an entry to the journal, seal it into the case's history, and let row, tasks and timers follow."""
    entry = unit_of_work.added(
        step.session,
        ClockEntry,
        deadline=deadline,
        seq=len(deadline.entries) + 1,
        kind=kind,
        on=on,
        at=step.now,
        actor=step.actor.username,
        **detail,
    )
    set_committed_value(deadline, "entries", [*deadline.entries, entry])
    history.attach(step.session, step.case, audit.CLOCKS, audit.as_told(deadline.rule, entry))
    refold(step, deadline)


def refold(step: Transition, deadline: Deadline) -> None:
    standing = standing_of(deadline, step.calendar, step.rules.conventions, step.now)
    before = deadline.due_on
    unit_of_work.change(deadline, **as_kept(standing, step.calendar.version))
    audit.seal_clock(step.session, step.case, deadline)
    watch(step, deadline, before)
    for task in step.tasks:
        if task.deadline is deadline:
            show(task, deadline)
    for timer in step.timers:
        if timer.deadline is deadline:
            aim(step, timer)


def standing_of(deadline: Deadline, calendar: Any, conventions: Conventions, as_of: datetime) -> Standing:
    """The fold of the clock's journal over a calendar, as things stood at `as_of`."""
    return fold(list(map(_entry, deadline.entries)), term_of(deadline), calendar, conventions, as_of)


def standing_under(step: Transition, deadline: Deadline, value: RuleValue) -> Standing:
    """Where the clock would stand under that answer. A superior text's period is not extended by a text below it."""
    entries = list(map(_entry, deadline.entries))
    if value.above is not None:
        entries.append(JournalEntry("curtail", clock.office_date(step.now), step.now))
    return fold(entries, term_under(value), step.calendar, step.rules.conventions, step.now)


def standing_if_owed(step: Transition, deadline: Deadline, started_on: date | None = None) -> Standing:
    """Where a clock would stand if somebody owed it by now (one that pends may bind tomorrow) since that day."""
    entries = [*map(_entry, deadline.entries), JournalEntry("bind", clock.office_date(step.now), step.now)]
    if started_on is not None:
        entries.append(JournalEntry("correct", started_on, step.now))
    return fold(entries, term_of(deadline), step.calendar, step.rules.conventions, step.now)


def _entry(row: ClockEntry) -> JournalEntry:
    """Pauses have a ground that the rule pack knows, extensions the reason for which they were asked."""
    ground = row.reason if row.kind == "extend" else row.ground
    named_in = row.reason if row.kind == "order" else None
    return JournalEntry(row.kind, row.on, row.at, row.days, ground, row.actor, named_in)  # type: ignore[arg-type]


def as_kept(standing: Standing, calendar_version: int) -> dict[str, Any]:
    """The fold as its row keeps it, where it can be searched. A clock that ended past due is missed for ever; one that
    is past due and not ended still runs: time alone changes no row."""
    ended = standing.ended_on is not None
    return {
        "state": "running" if standing.state == "missed" and not ended else standing.state,
        "late": standing.late and ended,
        "started_on": standing.started_on,
        "due_on": standing.due_on,
        "due_at": standing.due_at,
        "unpaused_due_on": standing.unpaused_due_on,
        "certainty": standing.certainty,
        "met_on": standing.met_on,
        "ended_on": standing.ended_on,
        "calendar_version": calendar_version,
    }


def show(task: Task, deadline: Deadline) -> None:
    task.deadline, task.due_at = deadline, deadline.due_at
    task.due_kind = deadline.kind
