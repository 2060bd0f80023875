"""What an act would do to the clocks of its case, or opening one: the act itself, in a transaction that is not kept.
Nothing is foretold that would not happen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from app import outbox
from app.accounts import Actor, directory
from app.cases.clocks import alerts, booking, journal_rows
from app.cases.commands import flow
from app.cases.commands.answer_preview import Foretold
from app.cases.definition import Definition
from app.cases.definition_cache import definition_of
from app.cases.models import Case, Deadline, Task
from app.cases.read import case_page, deadlines, inbox
from app.cases.transition import OPEN_CLOCK, Transition
from app.deadlines.journal import pauses_taken_out
from app.floor import clock
from app.floor.errors import EngineError
from app.floor.languages import dated
from app.floor.messages import Say, Text, say
from app.rules.pack import PERIODS

RECEIPT = Text("收到日期", "day of receipt")


@dataclass(frozen=True)
class ClockReading:
    """A clock as people read it."""

    state: str
    due_on: date | None
    due_at: datetime | None
    unpaused_due_on: date | None
    certainty: str | None


@dataclass(frozen=True)
class ClockShift:
    """An open clock before and after an act. `days`: by how many working days the due day moves, later is positive.
    `left`: the working days from today to the new due day; of a paused clock those that it will still have."""

    title: Text
    kind: str
    before: ClockReading
    after: ClockReading
    days: int | None
    left: int | None
    lamp: str


@dataclass(frozen=True)
class Issued:
    """A letter that an answer would issue."""

    title: Text
    receiver: Text
    said: Foretold

    @property
    def heading(self) -> Say:
        return say("Letter to %(receiver)s, “%(title)s”:", receiver=self.receiver, title=self.title)


@dataclass(frozen=True)
class Preview:
    """What an answer to a task would bring about."""

    shifts: list[ClockShift]
    ways: list[Say]
    """Who has what to do then, or how the case is closed."""
    letters: list[Issued]
    """What it would issue: the grant with its items, conditions and term, or the refusal, as it will be read."""


def foretell(session: Session, actor: Actor, case_id: int, act: Callable[[], Any]) -> list[ClockShift]:
    """The open clocks of the case that the act moves. It raises what the act raises. All that the transaction has
    written is taken back; a step that cannot run is no incident, because nobody has taken it."""
    return _tried(session, actor, case_id, act).shifts


def of_answer(session: Session, actor: Actor, task: Task, act: Callable[[], Any]) -> Preview:
    """What an answer would do to the clocks of its case, and where the case goes by it."""
    return _tried(session, actor, task.case_id, act, task)


def _tried(
    session: Session, actor: Actor, case_id: int, act: Callable[[], Any], answered: Task | None = None
) -> Preview:
    case = flow.locked_case(session, case_id, actor)
    step = flow.step_for(session, case, actor)
    before = {row: _reading(row) for row in step.deadlines if row.state in OPEN_CLOCK}
    known = {one.number for one in outbox.letters_of(session, case_id)} if answered is not None else set()
    try:
        act()
    except EngineError as error:
        error.case_id = None
        raise
    moved = [row for row in before if row.state in OPEN_CLOCK and _reading(row) != before[row]]
    ways = _ways(session, case, answered) if answered is not None else []
    issued = [one for one in outbox.letters_of(session, case_id) if one.number not in known] if answered else []
    letters = [Issued(one.title, one.receiver, Foretold(one.blocks("zh"), one.blocks("en"))) for one in issued]
    found = Preview([_shift(step, row, before[row]) for row in moved], ways, letters)
    session.rollback()
    return found


def _ways(session: Session, case: Case, answered: Task) -> list[Say]:
    """How the case stands once the task has been answered. Whoever may answer the same step once more is not the one
    who is waited for, as long as there is somebody else."""
    plan = definition_of(session, case)
    if case.status != "open":
        return [say("The case is closed then: %(outcome)s.", outcome=plan.outcome(case.outcome) or "–")]
    open_ = [one for one in case_page.tasks_of(session, case) if one.status == "open"]
    same = [one for one in open_ if (one.key, one.department_id) == (answered.key, answered.department_id)]
    return [_way(session, plan, one) for one in open_ if one not in same] or [_way(session, plan, one) for one in same]


def _way(session: Session, plan: Definition, task: Task) -> Say:
    holder = directory(session).by_id.get(task.department_id or 0)
    who: Any = holder.name if holder else plan.lane_title(task.process, task.lane)
    return say("The next step then: %(step)s, by %(who)s.", step=plan.task(task.key).title, who=who)


def _reading(row: Deadline) -> ClockReading:
    return ClockReading(row.state, row.due_on, row.due_at, row.unpaused_due_on, row.certainty)


def _shift(step: Transition, row: Deadline, before: ClockReading) -> ClockShift:
    calendar = alerts.term_of(row).calendar(step.calendar)
    after, was = _reading(row), before.due_on or before.unpaused_due_on
    return ClockShift(
        title=step.plan.rules[row.rule].title,
        kind=row.kind,
        before=before,
        after=after,
        days=calendar.between(was, after.due_on) if was and after.due_on else None,
        left=_left(step, row, before),
        lamp=alerts.lamp(after.due_at, row.kind, step.now, calendar),
    )


def _left(step: Transition, row: Deadline, before: ClockReading) -> int | None:
    if row.due_on and row.due_at:
        return inbox.days_left(step.calendar, row.due_on, step.now, row.due_at, row.kind)
    if row.state != "paused" or before.due_on is None or row.unit != "days":
        return None
    standing = journal_rows.standing_of(row, step.calendar, step.rules.conventions, step.now)
    last_counted = pauses_taken_out(standing)[-1][0]
    return alerts.term_of(row).calendar(step.calendar).between(last_counted, before.due_on)


# a case that would begin late


def of_opening(session: Session, actor: Actor, **request: Any) -> tuple[list[Say], list[dict[str, Any]]]:
    """What a case would begin with: the sentences that whoever opens it must know, and its clocks. It raises what
    `flow.begin` raises, and keeps nothing."""
    step = flow.begin(session, actor, **request)
    views = [deadlines.view(session, row, step.case) for row in step.deadlines]
    told = [_late(_event(step, row), one["title"], one["due_on"]) for row, one in _ended(step, views)]
    session.rollback()
    return told, views


def born_late(step: Transition, data: Mapping[str, Any]) -> list[Say]:
    """Which clocks would be late as they begin, by the day that a form names while it is being filled in."""
    told = []
    for (kind, name), triggers in step.plan.triggers.items():
        on, field = _a_day(data.get(name)), step.plan.top.start.field(name)
        if kind != "field" or field is None or on is None or on > clock.office_date(step.now):
            continue
        for trigger in triggers:
            counted = trigger.effect == "start" and step.plan.rules[trigger.key].type in PERIODS
            if counted and (trigger.when is None or step.value_of(trigger.when) is True):
                seen = case_page.foreseen(step, trigger.key, on)
                told += [_late(field.title, seen["title"], seen["due_on"])] if seen["state"] == "missed" else []
    return told


def _ended(step: Transition, views: Sequence[Mapping[str, Any]]) -> list[tuple[Deadline, Mapping[str, Any]]]:
    return [(row, one) for row, one in zip(step.deadlines, views, strict=True) if one["state"] == "missed"]


def _event(step: Transition, row: Deadline) -> Text:
    """What the clock is counted from: the field that names the day, else the receipt."""
    for (kind, name), triggers in step.plan.triggers.items():
        field = step.plan.top.start.field(name)
        if kind == "field" and field is not None and any(one.key == row.rule for one in triggers):
            return field.title
    return RECEIPT


def _late(by: Text, title: Text, due_on: date) -> Say:
    due = Text(dated(due_on, "zh"), dated(due_on, "en"))
    return say(
        "Counted from “%(event)s”, “%(rule)s” ended on %(due)s: the case would be overdue from its first day.",
        event=by, rule=title, due=due,
    )  # fmt: skip


def _a_day(given: Any) -> date | None:
    try:
        return date.fromisoformat(given) if isinstance(given, str) else None
    except ValueError:
        return None


# extensions: asked for by an action, granted by a task


def extends(plan: Definition, message: str) -> bool:
    """Whether this action of the diagram asks for an extension."""
    return any(_asks(declared.extended_by, message) for declared in plan.rules.values())


def awaits_extension(step: Transition, task: Task) -> bool:
    """Whether an extension of another clock of the case has been asked for and may hang on this task."""
    asked = {
        key for key, one in step.plan.rules.items() if one.extended_by and one.extended_by["message"] in step.facts
    }
    return any(
        row.rule in asked and row.state in OPEN_CLOCK and row.id != task.deadline_id
        for row in step.deadlines
        if not any(entry.kind == "extend" for entry in row.entries)
    )


def ask_and_grant(session: Session, actor: Actor, task_id: int, message: str, data: Mapping[str, Any]) -> None:
    """Ask for an extension and have it at once: only ever to be foretold."""
    task = flow.take_action(session, actor, task_id, message, data)
    session.flush()
    step = flow.step_for(session, task.case, actor)
    for key, declared in step.plan.rules.items():
        row = alerts.find(step, key)
        if row is not None and _asks(declared.extended_by, message) and row.state in OPEN_CLOCK:
            booking.extend(step, row, step.facts[message]["days"])


def _asks(extended_by: Mapping[str, str] | None, message: str) -> bool:
    return extended_by is not None and extended_by["message"] == message
