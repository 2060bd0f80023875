"""The clocks of a case: events start, meet and pause them; tasks show their due dates; timers read through them.

A clock belongs to the case and the rule, not to a task (PROCEDURES, counting rule 7). Its row is the fold of its
journal: every change here writes an entry and folds anew. Nothing is edited in place. That a clock began or was met
stands in its journal; the case's history tells what moved a date.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import takewhile

from app.accounts import directory
from app.cases import lanes, rule_levels
from app.cases.clocks.alerts import bears, find, is_past_due, owe, term_of
from app.cases.clocks.journal_rows import show, write
from app.cases.definition import Trigger
from app.cases.models import ClockEntry, Deadline, Task
from app.cases.rule_levels import of_a_clock
from app.cases.transition import OPEN_CLOCK, Transition
from app.database import unit_of_work
from app.deadlines.calendar import asked_in
from app.deadlines.counting import first_day_zero
from app.floor import clock
from app.floor.citations import titled
from app.floor.errors import Conflict, EngineError, Invalid, NotExtensible, NotFound, PastDue
from app.floor.messages import say
from app.rules.grounds import Ground
from app.rules.pack import RuleKey

ONLY_A_NEW_ORDER = say("An ordered date is moved by a new order only, in the step that has ordered it.")

# events of the case


def begin(step: Transition) -> None:
    """The case has been opened: its receipt, and the dates that its application names, are events. Raises Invalid for
    one that has not happened yet."""
    book(step, "case", "")
    for kind, name in step.plan.triggers:
        if kind == "field" and step.facts["application"].get(name):
            on = date.fromisoformat(step.facts["application"][name])
            if on > clock.office_date(step.now):
                raise Invalid({name: [say("This day lies in the future; the deadline runs from what has happened.")]})
            with asked_in(name):
                _apply(step, kind, name, on)


def book(step: Transition, kind: str, element: str) -> None:
    """Something happened in the case; each clock that waits for it starts, stops, pauses or goes on."""
    _apply(step, kind, element, step.happened_at)
    if kind == "cancelled" and element in step.plan.tasks:
        _fall_with_task(step, element)


def _apply(step: Transition, kind: str, element: str, moment: datetime | date) -> None:
    for trigger in step.plan.triggers.get((kind, element), ()):
        if trigger.when is None or step.holds(trigger.when, step.forgotten):
            _EFFECTS[trigger.effect](step, trigger, moment)


def _start(step: Transition, trigger: Trigger, moment: datetime | date) -> None:
    declared = step.plan.rules[trigger.key]
    if declared.due_on is not None:
        _order(step, trigger, moment)
        return
    own = step.plan.own_clock(trigger.key)
    existing = find(step, trigger.key)
    if existing is not None and existing.state in OPEN_CLOCK:
        if declared.restarts and is_past_due(existing, step.now):
            give_up(step, existing)  # what was missed stays missed; the new count is another clock
        else:
            if declared.restarts:
                write(step, existing, "restart", _zero(step, moment, existing))
            return
    if existing is not None and not (own or declared.restarts):
        return  # a met clock never runs again
    deadline = _new(step, trigger.key, moment)
    _owe_to_begin_with(step, deadline, declared)
    write(step, deadline, "pend" if declared.pending_until else "start", _zero(step, moment, deadline))


def _owe_to_begin_with(step: Transition, deadline: Deadline, declared: RuleKey) -> None:
    if declared.owed_by is not None and lanes.is_known(step, step.plan.process, declared.owed_by):
        holder = lanes.resolve(step, step.plan.process, declared.owed_by)
        deadline.owed_by_id, deadline.owed_role = holder.department_id, holder.role


def _order(step: Transition, trigger: Trigger, moment: datetime | date) -> None:
    """A body has named the day. It begins a clock, or moves the one that runs; what is past due ends as missed, and the
    new day is that of another clock. Without a day nothing is ordered."""
    due_on, existing = _named_day(step, trigger), find(step, trigger.key)
    running = existing if existing is not None and existing.state in OPEN_CLOCK else None
    if due_on is None or (running is not None and running.due_on == due_on):
        return
    if running is not None and not is_past_due(running, step.now):
        before = running.due_on
        _name_day(step, running, due_on)
        step.record("clock.ordered", rule=trigger.key, before=_iso(before), due_on=_iso(due_on))
        return
    if running is not None:
        give_up(step, running)
        step.record("clock.missed", rule=trigger.key)
    if running is not None or trigger.effect == "start":
        _begin_ordered(step, trigger.key, due_on, moment)
    for task in [task for task in step.tasks if running is not None and task.deadline is running]:
        govern(step, task)


def _named_day(step: Transition, trigger: Trigger) -> date | None:
    """Raises Invalid for a day that had gone by when it was ordered, or that no calendar knows."""
    element, field = str(step.plan.rules[trigger.key].due_on).split(".")
    given = (step.facts.get(element) or step.forgotten.get(element) or {}).get(field)
    due_on = date.fromisoformat(given) if given else None
    if due_on is not None and trigger.effect == "order":
        if due_on < clock.office_date(step.happened_at):
            raise Invalid({field: [say("This day has gone by; a date is ordered for a day to come.")]})
        with asked_in(field):
            step.calendar.day(due_on)
    return due_on


def _begin_ordered(step: Transition, key: str, due_on: date, moment: datetime | date) -> None:
    declared, deadline = step.plan.rules[key], _new(step, key, moment)
    _owe_to_begin_with(step, deadline, declared)
    _name_day(step, deadline, due_on)
    write(step, deadline, "pend" if declared.pending_until else "start", _on(moment))


def _name_day(step: Transition, deadline: Deadline, due_on: date) -> None:
    of = directory(step.session).by_id.get(step.actor.department_id or 0)
    element = str(step.plan.rules[deadline.rule].due_on).partition(".")[0]
    write(step, deadline, "order", due_on, ground=of.code if of else None, reason=element)


def _new(step: Transition, key: str, moment: datetime | date) -> Deadline:
    """A clock under the rule in force at its start event."""
    on = clock.office_date(moment) if isinstance(moment, datetime) else moment
    try:
        value = step.rule_value(key, on)
    except NotFound as error:
        raise EngineError("no-rule", error.detail) from error
    value = of_a_clock(step.plan.rules[key], value, moment, step.calendar, step.rules.conventions, step.now)
    term = value.term
    declared, own = step.plan.rules[key], step.plan.own_clock(key)
    drawn, step.spare = step.spare, None
    deadline = unit_of_work.added(
        step.session,
        Deadline,
        **({"id": drawn} if drawn else {}),
        case=step.case,
        rule=key,
        kind=term.kind,
        length=term.length,
        unit=term.unit,
        article=list(value.article),
        law=value.law,
        reason=value.reason,
        remind=step.rules.conventions.reminder_lead if value.remind is None else value.remind,
        repeats=own or declared.restarts,
        state="not_started",
        late=False,
        met_on=None,
        ended_on=None,
        owed_by_id=None,
        owed_role="clerk",
        calendar_version=step.calendar.version,
        rule_version=step.rules.version,
    )
    step.deadlines.append(deadline)
    return deadline


def _bind(step: Transition, trigger: Trigger, moment: datetime | date) -> None:
    deadline = find(step, trigger.key)
    if deadline is not None and deadline.state == "pending":
        write(step, deadline, "bind", _on(moment))


def _meet(step: Transition, trigger: Trigger, moment: datetime | date) -> None:
    deadline = find(step, trigger.key)
    if deadline is not None and deadline.state in ("running", "paused"):
        write(step, deadline, "met", _on(moment))


def _suspend(step: Transition, trigger: Trigger, moment: datetime | date) -> None:
    deadline = find(step, trigger.key)
    if deadline is None or is_past_due(deadline, step.now):
        return
    if deadline.state == "running" and _may_pause(step, deadline, trigger.ground):
        suspend(step, deadline, trigger.ground or "")


def _resume(step: Transition, trigger: Trigger, moment: datetime | date) -> None:
    deadline = find(step, trigger.key)
    if deadline is not None and deadline.state == "paused":
        resume(step, deadline, trigger.ground)


_EFFECTS = {"start": _start, "order": _order, "bind": _bind, "meet": _meet, "suspend": _suspend, "resume": _resume}


def _fall_with_task(step: Transition, element: str) -> None:
    """A task that the diagram takes away takes its own clock with it, unless another open task names that clock."""
    for rule in filter(step.plan.own_clock, step.plan.tasks[element][1].rules):
        deadline = find(step, rule)
        if deadline and deadline.state in OPEN_CLOCK and not _is_named(step, rule):
            give_up(step, deadline)


def _is_named(step: Transition, rule: str) -> bool:
    return any(rule in step.plan.rules_of(task.key) for task in step.tasks)


def give_up(step: Transition, deadline: Deadline) -> None:
    """A clock ends unmet. Was it past due, it ends as missed, for ever."""
    write(step, deadline, "cancel", _on(step.now))


def end(step: Transition) -> None:
    """The case is at its end: what still runs will never be met, and says so."""
    for deadline in step.deadlines:
        if deadline.state in OPEN_CLOCK:
            give_up(step, deadline)
            missed = deadline.state == "missed"
            step.record("clock.missed" if missed else "clock.cancelled", rule=deadline.rule)


# what people and actions do to a clock


def open_clock(step: Transition, key: str) -> Deadline:
    deadline = find(step, key)
    if deadline is None or deadline.state not in OPEN_CLOCK:
        raise EngineError("action-failed", say("The clock %(clock)s is not running.", clock=key))
    return deadline


def suspend(step: Transition, deadline: Deadline, ground: str, reason: str | None = None) -> None:
    write(step, deadline, "suspend", _on(step.now), ground=ground, reason=reason)
    step.record("clock.paused", rule=deadline.rule, ground=ground, reason=reason)


def resume(step: Transition, deadline: Deadline, ground: str | None = None, reason: str | None = None) -> None:
    write(step, deadline, "resume", _on(step.now), ground=ground, reason=reason)
    why = {"reason": reason} if reason else {}
    step.record("clock.resumed", rule=deadline.rule, due_on=_iso(deadline.due_on), **why)


def extend(step: Transition, deadline: Deadline, days: int, reason: str | None = None) -> None:
    if is_past_due(deadline, step.now):
        raise PastDue
    if deadline.kind == "ordered":
        raise EngineError("action-failed", ONLY_A_NEW_ORDER)
    require_extensible(step, deadline)
    before = deadline.due_on
    write(step, deadline, "extend", _on(step.now), days=days, reason=reason)
    step.record("clock.extended", rule=deadline.rule, days=days, before=_iso(before), due_on=_iso(deadline.due_on))


def is_extended(deadline: Deadline) -> bool:
    """Whether an extension counts: one that a superior text has cut off does not."""
    return next((one.kind for one in reversed(deadline.entries) if one.kind in ("extend", "curtail")), None) == "extend"


def cut_off(deadline: Deadline) -> list[ClockEntry]:
    """The extensions that a superior text has cut off and nothing has given back."""
    told = [one for one in deadline.entries if one.kind in ("extend", "curtail", "restart")]
    if not told or told[-1].kind != "curtail":
        return []
    return list(reversed([*takewhile(lambda one: one.kind == "extend", reversed(told[:-1]))]))


def require_extensible(step: Transition, deadline: Deadline) -> None:
    """Raises NotExtensible where a superior text sets the period: what this regulation lets extend is its own."""
    value = rule_levels.answer_of(step.session, deadline, step.case)
    if value is not None and value.above is not None:
        told = say(
            "This period is set by %(text)s; an extension of this regulation does not lengthen it.",
            text=titled(value.above.title),
        )
        raise NotExtensible(told)


def correct(step: Transition, deadline: Deadline, started_on: date, reason: str) -> None:
    before = deadline.due_on
    write(step, deadline, "correct", started_on, reason=reason)
    step.record(
        "clock.corrected", rule=deadline.rule, started_on=started_on.isoformat(), reason=reason,
        before=_iso(before), due_on=_iso(deadline.due_on),
    )  # fmt: skip


def pausable(step: Transition, deadline: Deadline) -> list[Ground]:
    """The grounds on which this clock can be paused now: none where the rules name none, or when it is too late."""
    if deadline.state != "running" or is_past_due(deadline, step.now):
        return []
    return [ground for key, ground in step.rules.pack.grounds.items() if _may_pause(step, deadline, key)]


def pause_by_hand(step: Transition, deadline: Deadline, ground: str, reason: str | None = None) -> None:
    """Raises Invalid where the rule pack has no such ground for this clock, Conflict where it is too late."""
    if deadline.state != "running":
        raise Conflict(say("This clock is not running."), "clock-not-running")
    if not _may_pause(step, deadline, ground):
        raise Invalid({"ground": [say("The regulation does not allow this clock to be paused on this ground.")]})
    if is_past_due(deadline, step.now):
        raise PastDue
    suspend(step, deadline, ground, reason)


def _may_pause(step: Transition, deadline: Deadline, ground: str | None) -> bool:
    known = step.rules.pack.grounds.get(ground or "")
    return known is not None and known.pauses(deadline.rule, deadline.kind)


# days


def _zero(step: Transition, moment: datetime | date, deadline: Deadline) -> date:
    """The day that is not counted: that of the event, as the jurisdiction reads it (PROCEDURES, rules 1 and 4)."""
    calendar = term_of(deadline).calendar(step.calendar)
    return first_day_zero(moment, step.rules.conventions, calendar)


def _on(moment: datetime | date) -> date:
    return clock.office_date(moment) if isinstance(moment, datetime) else moment


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


# tasks under a clock


def govern(step: Transition, task: Task) -> None:
    """Every task shows the due date of the clock that its form names; of several, the first that runs: what the law has
    set, and what only comes after the step can meet, is named before a target of the step's own."""
    rules = [rule for rule in step.plan.rules_of(task.key) if bears(step, rule, task)]
    named = [deadline for rule in rules if (deadline := find(step, rule)) is not None]
    running = [deadline for deadline in named if deadline.state in ("running", "paused")]
    for deadline in running:
        if _is_owed_by(step, deadline, task):
            owe(step, deadline, task)
    if named:
        show(task, (running or named)[0])


def _is_owed_by(step: Transition, deadline: Deadline, task: Task) -> bool:
    """Whether a clock passes to whoever holds this task: not where the forms file says whose duty it is."""
    seat = step.case.lanes.get(step.plan.rules[deadline.rule].owed_by or "")
    return seat is None or seat["id"] == task.department_id


def due_day(task: Task) -> str | None:
    return _iso(task.deadline.due_on) if task.deadline else None
