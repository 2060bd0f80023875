"""The timers of a drawing as rows of ours: each reads through its clock when it fires, and not at all while that does
not run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from app.cases.clocks.alerts import find, overdue_at, remind_at
from app.cases.models import Timer
from app.cases.transition import Transition
from app.database import unit_of_work
from app.engine import run as engine


def arm(step: Transition, armed: Iterable[engine.RunningTimer], disarmed: Iterable[engine.RunningTimer]) -> None:
    """Write our rows for the timers that the diagram has set, and drop those that it has taken away."""
    gone = {one.id for one in disarmed}
    free = [t for t in step.timers if t.engine_id in gone and t.state == "armed" and not t.spent]
    for timer in free:
        step.timers.remove(timer)
    for one in armed:
        timer = _set(step, one, free)
        step.timers.append(timer)
        aim(step, timer)
    for timer in free:
        step.session.delete(timer)
    _rebind(step)


def _set(step: Transition, one: engine.RunningTimer, free: list[Timer]) -> Timer:
    """Our row for a timer of the diagram. One that never fired and was freed is set anew: the step that takes a timer
    away mostly sets the next of its kind, and a row changed costs less than one gone and one new."""
    told: dict[str, Any] = {
        "engine_id": one.id,
        "element": one.element,
        "on_element": one.on,
        "rule": one.rule,
        "kind": one.kind,
        "interrupting": one.interrupting,
        "attempts": 0,
    }
    deadline = find(step, one.rule)
    timer = next((freed for freed in free if freed.kind == one.kind), None)
    if timer is None:
        new = {"case": step.case, "deadline": deadline, "state": "armed", "spent": False}
        return unit_of_work.added(step.session, Timer, **new, **told)
    free.remove(timer)
    unit_of_work.change(timer, **told)
    timer.deadline = deadline
    return timer


def _rebind(step: Transition) -> None:
    """Armed timers read through the latest clock of their rule: a clock may have begun after they were armed."""
    for timer in step.timers:
        if timer.state == "armed" and timer.deadline is not (latest := find(step, timer.rule)):
            timer.deadline = latest
            aim(step, timer)


def aim(step: Transition, timer: Timer) -> None:
    """When this timer fires: through its clock, and not twice for the same clock, kind and due date."""
    deadline = timer.deadline
    if timer.state != "armed":
        return
    if deadline is None or deadline.state != "running" or deadline.due_on is None or _told(step, timer):
        timer.due_at = None
    elif timer.kind == "deadline":
        timer.due_at = overdue_at(deadline)
    else:
        timer.due_at = remind_at(deadline, step.calendar, step.rules.conventions)


def _told(step: Transition, timer: Timer) -> bool:
    """An interrupting timer is about its own task; the others speak once for each due date of their clock."""
    return not timer.interrupting and any(
        other.told_for is not None
        and other.deadline is timer.deadline
        and (other.kind, other.told_for) == (timer.kind, timer.deadline.due_on if timer.deadline else None)
        for other in step.timers
    )


def mark_fired(step: Transition, timer: Timer) -> None:
    clock_of_it = next((one for one in step.deadlines if one.id == timer.deadline_id), None) or timer.deadline
    timer.state = "fired"
    timer.told_for = clock_of_it.due_on if clock_of_it else None
