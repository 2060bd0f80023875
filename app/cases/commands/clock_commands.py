"""What people may do to a running clock: pause it, resume it, ask for an extension; and a preview. How its start is set
right: `correcting`."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from app import outbox
from app.accounts import Actor
from app.accounts.csv_tables import has_hidden
from app.cases import authorities, policy
from app.cases.clocks import alerts, booking
from app.cases.commands import actions, closing, flow
from app.cases.models import Deadline, Task
from app.cases.rule_levels import of_a_clock
from app.cases.transition import OPEN_CLOCK, Transition
from app.deadlines.counting import first_day_zero
from app.deadlines.explain import Explanation, explain
from app.deadlines.journal import JournalEntry, Term, fold
from app.floor import clock
from app.floor.errors import Conflict, Forbidden, Invalid, NotFound, PastDue
from app.floor.messages import say, visible
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import rulebook
from app.rules.pack import PERIODS

MOST_REASON = 4000


def offered(step: Transition, deadline: Deadline) -> tuple[str, ...]:
    """What the step's actor may do to this clock now, of pause and resume. Nothing is locked: for pages."""
    found = []
    if policy.may_hold_clock(step.actor, step.case.jurisdiction, _governed(step, deadline)):
        if deadline.state == "paused":
            found.append("resume")
        elif booking.pausable(step, deadline):
            found.append("pause")
    return tuple(found)


def pause(session: Session, actor: Actor, deadline_id: int, ground: str, reason: str | None = None) -> Deadline:
    """Raises Invalid where the pack knows no such ground for this clock, or it is past due; Conflict if it stands."""
    step, deadline = locked(session, actor, deadline_id)
    _require_holder(step, deadline)
    booking.pause_by_hand(step, deadline, ground, said(reason))
    closing.settle_due(step)
    _tell_of_pause(step, deadline, ground)
    return deadline


def _tell_of_pause(step: Transition, deadline: Deadline, ground: str) -> None:
    """Whoever pauses a clock by hand claims that its ground is there, be it their own clock. The other sides, on whom
    it is said to wait, and the bureau, which can let it go on, hear of it."""
    concerned = {side["id"] for side in policy.sides(step.case)} | {authorities.competent(step).id}
    for department_id in sorted(concerned - {step.actor.department_id}):
        about = f"paused:{deadline.id}:{department_id}"
        actions.tell(step, department_id, "clerk", "clock_paused", about, rule=deadline.rule, ground=ground)
    outbox.put_all(step.session, step.messages, step.now)


def resume(session: Session, actor: Actor, deadline_id: int, reason: str | None = None) -> Deadline:
    step, deadline = locked(session, actor, deadline_id)
    _require_holder(step, deadline)
    if deadline.state != "paused":
        raise Conflict(say("This clock is not paused."), "clock-not-paused")
    booking.resume(step, deadline, reason=said(reason))
    closing.settle_due(step)
    return deadline


def extend(session: Session, actor: Actor, deadline_id: int, days: int, reason: str) -> Deadline:
    """Ask for an extension the way the diagram has it: an action on the open task that the clock governs.

    Raises Invalid where the regulation allows none, or not so many days; Conflict where it is not offered now."""
    step, deadline = locked(session, actor, deadline_id)
    declared = step.plan.rules[deadline.rule].extended_by
    limit = step.rule(declared["limit"]) if declared else 0
    if not declared or not limit:
        raise Invalid({"days": [say("The regulation allows no extension of this deadline.")]})
    if deadline.state not in OPEN_CLOCK:
        raise Conflict(say("This clock is not running."), "clock-not-running")
    if alerts.is_past_due(deadline, step.now):
        raise PastDue
    booking.require_extensible(step, deadline)
    if not 1 <= days <= limit:
        told = say(
            "The regulation allows 1 to %(limit)s working days in all; %(days)s were asked for.",
            limit=limit, days=days,
        )  # fmt: skip
        raise Invalid({"days": [told]})
    if any(entry.kind == "extend" for entry in deadline.entries):
        raise Invalid({"days": [say("This deadline has been extended already; it can be extended once.")]})
    task = _task_with(step, declared["message"])
    policy.require_work(actor, task)
    flow.act(session, actor, task, declared["message"], {"days": days, "reason": reason})
    return deadline


def preview(
    session: Session, jurisdiction: str, started_on: date, *, rule: str | None = None, working_days: int | None = None
) -> tuple[dict[str, Any], Explanation]:
    """What a deadline from that day would be, by a rule of the jurisdiction or by a plain count. Stores nothing."""
    rules = rulebook(session, jurisdiction)
    calendar = calendar_for(session, jurisdiction)
    about: dict[str, Any] = {"rule": rule, "article": None, "kind": "internal", "title": None}
    if rule is not None:
        value = rules.value(rule, started_on)
        if value.type not in PERIODS or value.value is None:
            raise Invalid({"rule": [say("%(rule)s is no period of this regulation.", rule=rule)]})
        value = of_a_clock(rules.pack.keys[rule], value, started_on, calendar, rules.conventions, clock.now())
        term_ = value.term
        about |= {"article": ", ".join(value.article) or None, "kind": term_.kind}
        about["title"] = rules.pack.keys[rule].title
        term = Term(**{term_.unit: term_.length}, kind=term_.kind)
    else:
        term = Term(days=working_days)
    seen = term.calendar(calendar)
    zero = first_day_zero(started_on, rules.conventions, seen)
    standing = fold([JournalEntry("start", zero, clock.now())], term, calendar, rules.conventions, clock.now())
    return about, explain(standing, seen)


def case_of(session: Session, deadline_id: int) -> int:
    """The number by which the case of this deadline is locked. Raises NotFound."""
    case_id = session.scalar(select(Deadline.case_id).where(Deadline.id == deadline_id))
    if case_id is None:
        raise NotFound(say("There is no such deadline."))
    return case_id


def locked(session: Session, actor: Actor, deadline_id: int) -> tuple[Transition, Deadline]:
    """The clock on its locked case. Calendar and rules are read before anything is changed: a query between a change
    and its line in the history would write the one without the other."""
    case_id = case_of(session, deadline_id)
    case = flow.locked_case(session, case_id, actor)
    step = flow.step_for(session, case, actor)
    _ = step.calendar, step.rules
    step.deadlines = list(
        session.scalars(
            select(Deadline)
            .where(Deadline.case_id == case_id)
            .order_by(Deadline.id)
            .options(selectinload(Deadline.entries))
        )
    )
    return step, next(deadline for deadline in step.deadlines if deadline.id == deadline_id)


def _require_holder(step: Transition, deadline: Deadline) -> None:
    if not policy.may_hold_clock(step.actor, step.case.jurisdiction, _governed(step, deadline)):
        raise Forbidden(say("Only who holds a task under this clock, or the bureau, may do this."))


def _governed(step: Transition, deadline: Deadline) -> list[Task]:
    return [task for task in step.tasks if task.deadline_id == deadline.id]


def said(reason: str | None) -> str | None:
    """A reason as it is kept. Raises Invalid for one that says nothing, or more than is kept."""
    if reason is None:
        return None
    if not visible(reason):
        raise Invalid({"reason": [say("Please say why.")]})
    if len(reason) > MOST_REASON or has_hidden(reason):
        raise Invalid({"reason": [say("Please give the reason (at most %(most)s characters).", most=MOST_REASON)]})
    return reason.strip()


def _task_with(step: Transition, message: str) -> Task:
    task = next((task for task in step.tasks if message in task.actions), None)
    if task is None:
        raise Conflict(
            say("An extension cannot be asked for now: it was asked for already, or the task is done."),
            "action-not-offered",
        )
    return task
