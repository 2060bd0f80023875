"""The corridor that every door walks: open a case, complete a task, act on one, fire a timer. The only module that runs
the engine.

Each function locks the case first, reads what it needs, lets the engine take one step, and writes tasks, clocks,
timers, history and state. It never commits: the door does, once. Whatever raises leaves everything as it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import BindParameter, bindparam, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased, undefer
from sqlalchemy.orm.attributes import set_committed_value

from app import outbox
from app.accounts import CITIZEN, SYSTEM, Actor
from app.cases import answered, lanes, policy, second_persons
from app.cases.clocks import armed_timers, booking
from app.cases.commands import closing, opening, reminders
from app.cases.commands.apply import settle
from app.cases.commands.case_host import CaseHost
from app.cases.definition import Definition
from app.cases.definition_cache import current_plan, definition_of
from app.cases.form_lookups import CaseLookup
from app.cases.models import Case, Deadline, Task, Timer
from app.cases.transition import Transition, clocks_of, timers_alive
from app.catalogue.models import Grant
from app.database import unit_of_work
from app.database.statements import BoundStatement, CompiledStatement, PendingResult
from app.database.transactions import OUT_OF_REACH, ask, behind
from app.diagrams import forms
from app.engine.run import Changes, Run
from app.floor import clock
from app.floor.errors import Conflict, EngineError, Invalid, NotFound, Overtaken, PastDue
from app.floor.messages import say

WITHDRAW = "withdraw"
P = ParamSpec("P")
R = TypeVar("R")


def _quiet(do: Callable[P, R]) -> Callable[P, R]:
    """The rows of a step are written together, at its end: no query on the way may flush half of them. A database that
    was lost on the way is no fault of the case, and is told as what it is."""

    @wraps(do)
    def quietly(*args: P.args, **kwargs: P.kwargs) -> R:
        session: Session = args[0]  # type: ignore[assignment]
        try:
            with session.no_autoflush:
                done = do(*args, **kwargs)
                unit_of_work.write(session)
                return done
        except EngineError as error:
            if isinstance(lost := behind(error), OUT_OF_REACH):
                raise lost from None
            raise

    return quietly


# doing


def open_case(
    session: Session, actor: Actor, procedure: str, jurisdiction: str, data: Mapping[str, Any], **more: Any
) -> Case:
    """Open a case and run it to its first tasks; as `begin`, for whom the case is enough."""
    return begin(session, actor, procedure, jurisdiction, data, **more).case


def begin(
    session: Session,
    actor: Actor,
    procedure: str,
    jurisdiction: str,
    data: Mapping[str, Any],
    *,
    occurred_at: datetime | None = None,
    reason: str | None = None,
    on_behalf_of: str | None = None,
    idempotency_key: str | None = None,
    grant: Grant | None = None,
) -> Transition:
    """Open a case and run it to its first tasks; the step holds all that it has written. The same request with the same
    key from the same account gives the first case again. `on_behalf_of`: the department whose paper application the
    bureau enters. `grant`: the one that the case reviews or is to renew.

    Raises Invalid (fields of the start form, `occurred_at`, key-reused), NotFound (procedure, jurisdiction), Forbidden,
    Conflict (in-progress: the same key has come at the same moment)."""
    sent = opening.hash_of(
        procedure=procedure, jurisdiction=jurisdiction, data=data, reason=reason, on_behalf_of=on_behalf_of,
        occurred_at=occurred_at and occurred_at.astimezone(UTC),
    )  # fmt: skip
    known = opening.known_by_key(session, actor, idempotency_key, sent)
    if known is not None:
        return step_for(session, known, actor)
    case, plan = opening.prepare(session, actor, procedure, jurisdiction, occurred_at, reason)
    case.idempotency_key = opening.scoped(actor, idempotency_key)
    case.request_hash = sent if idempotency_key else None
    step = Transition(session, case, plan, actor)
    step.on_behalf_of, step.late_reason = on_behalf_of, opening.why_late(reason)
    if grant is not None and opening.OF_GRANT in plan.top.starters:
        step.review(grant)
    elif grant is not None:
        case.grant_id = grant.id
    try:
        _run_to_first_tasks(session, step, data)
    except IntegrityError as error:
        if "idempotency_key" not in str(error.orig):  # both databases name the column or its constraint
            raise
        raise Conflict(say("The same request is being carried out just now; send it again."), "in-progress") from error
    return step


@_quiet
def _run_to_first_tasks(session: Session, step: Transition, data: Mapping[str, Any]) -> None:
    opening.fill(step, data)
    booking.begin(step)
    settle(step, *Run.start(step.plan.bundle, CaseHost(step), step.facts))
    review_suspended(session, step.case.jurisdiction, step.suspended)


def review_suspended(session: Session, jurisdiction: str, suspended: Iterable[Grant]) -> None:
    """Open a case for each grant that was suspended, in which it is decided on anew; the holder hears of it there."""
    waiting = list(suspended)
    procedure = opening.reviewing(session, jurisdiction) if waiting else None
    for grant in waiting if procedure is not None else ():
        data = opening.to_review(session, grant, str(grant.suspended_for))
        begin(session, SYSTEM, str(procedure), jurisdiction, data, grant=grant)


@_quiet
def complete_task(session: Session, actor: Actor, task_id: int, data: Mapping[str, Any]) -> Task:
    """Answer an open task. The same person repeating gets the first answer; anybody else a Conflict.

    Raises NotFound, Forbidden, Invalid (fields of the task's form), Conflict, EngineError (case-stopped)."""
    held = locked_to_answer(session, task_id)
    task = held.task
    policy.require_work(actor, task)
    if task.status != "open":
        if task.status == "done" and task.closed_by_id == actor.account_id:
            return task
        raise already(session, task)
    step = step_for(session, task.case, actor)
    form = step.plan.task(task.key)
    if not actor.may("head"):
        second_persons.require_unclaimed(session, actor, task, form)
    second_persons.require_other(session, actor, task, form)
    _complete(step, held, data)
    return task


def _complete(step: Transition, held: LockedTask, data: Mapping[str, Any]) -> None:
    task, step.tasks, step.spare = held.task, held.open_tasks, held.spare
    if any(side.parent_id == task.id and side.blocking for side in step.tasks):
        raise Conflict(say("This task waits for others who were asked to take part."), "task-waits")
    with _on(step.case):
        if step.plan.task(task.key).by_current_entry:
            step.look_again()
        answer = validate(step, task.key, data, task.department_id)
        step.know_clocks(held.clocks, held.timers)
        closing.close_task(step, task, "done", answer)
        answered.record(step, task, answer)
        if task.role == policy.SECOND_PERSON:
            step.record(second_persons.OWN, task=task.id, key=task.key)
        run = _restore(step)
        try:
            changes = run.complete(str(task.engine_id), answer)
        except Overtaken as error:  # told at the choice that is to be made otherwise
            raise Invalid({step.plan.task(task.key).fields[0].key: [error.detail]}) from error
        settle(step, run, changes)
        review_suspended(step.session, step.case.jurisdiction, step.suspended)


@_quiet
def answer_by_receipt(session: Session, case_id: int, task_id: int, data: Mapping[str, Any]) -> Task:
    """A citizen answers the step that waits for them; the door has checked number and code of the receipt."""
    held = locked_to_answer(session, task_id)
    task = held.task
    if task.case_id != case_id or task.role != "external":
        raise NotFound(say("There is no such task."))
    if task.status != "open":
        raise already(session, task)
    _complete(step_for(session, task.case, CITIZEN), held, data)
    return task


def take_action(session: Session, actor: Actor, task_id: int, name: str, data: Mapping[str, Any]) -> Task:
    """An action that the diagram offers on an open task: for whoever may do the task, or for the lane that the action's
    form names. Raises NotFound, Forbidden, Invalid, Conflict, EngineError."""
    task = locked_task(session, task_id)
    step = step_for(session, task.case, actor)
    form = step.plan.action(task.process, name)
    if form is not None and form.lane is not None:
        policy.require_seat(actor, lanes.resolve(step, task.process, form.lane))
    else:
        policy.require_work(actor, task)
    if task.status != "open":
        raise already(session, task)
    act(session, actor, task, name, data)
    return task


@_quiet
def act(session: Session, actor: Actor, task: Task, message: str, data: Mapping[str, Any]) -> Changes:
    """Take an action that the diagram offers on an open task (withdraw, ask for an extension). The case is locked.

    Raises Invalid, Conflict where the action is not offered now or a colleague holds the task, EngineError."""
    step = step_for(session, task.case, actor)
    form = step.plan.action(task.process, message)
    if message == WITHDRAW:  # of the whole case: whoever works on one of its tasks does not stand in the way
        policy.require_no_duty(actor, step.case, duty_of(session, step.case, step.plan))
    elif actor.department_id == task.department_id and not actor.may("head"):
        second_persons.require_unclaimed(session, actor, task, step.plan.task(task.key))
    with _on(step.case):
        if form is None or message not in task.actions or not (form.offered is None or step.holds(form.offered)):
            raise Conflict(say("This is not possible at this point of the case."), "action-not-offered")
        facts, functions, lookup = step.facts, step.functions, CaseLookup(step)
        answer = forms.validate(form, data, facts=facts, under=message, functions=functions, lookup=lookup)
        step.read_open()
        step.record(f"action.{message}", task=task.id, data=answer)
        run = _restore(step)
        changes = run.act(str(task.engine_id), message, answer)
        settle(step, run, changes)
        review_suspended(session, step.case.jurisdiction, step.suspended)
    return changes


@_quiet
def fire_timer(session: Session, timer: Timer) -> None:
    """A timer whose time has come, on a locked case: booked to the system, never to a person."""
    step = step_for(session, timer.case, SYSTEM)
    step.read_open()
    step.timer = timer
    step.record("timer.fired", element=timer.element, rule=timer.rule, on=timer.on_element)
    armed_timers.mark_fired(step, timer)
    with _on(step.case):
        if timer.spent:  # the drawing's event has happened already
            return
        timer.spent = True
        run = _restore(step)
        settle(step, run, run.fire(timer.engine_id))
        review_suspended(session, step.case.jurisdiction, step.suspended)


@_quiet
def tell_of_clock(session: Session, deadline: Deadline) -> bool:
    """A clock of which somebody must hear now, on a locked case: booked to the system. Returns whether it was told."""
    step = step_for(session, deadline.case, SYSTEM)
    with _on(step.case):
        told = reminders.tell_of_clock(step, deadline)
        outbox.put_all(session, step.messages, step.now)
    return told


def duty_of(session: Session, case: Case, plan: Definition) -> str | None:
    """The lane that owes the whole case. A running case keeps its forms, but not the freedom to take back a duty."""
    return plan.top.duty or current_plan(session, plan.process, case.jurisdiction).top.duty


# locking and loading


def locked_case(session: Session, case_id: int, actor: Actor) -> Case:
    query = policy.only_visible(select(Case).where(Case.id == case_id), actor)
    whole = query.options(undefer(Case.facts), undefer(Case.state)).execution_options(populate_existing=True)
    case = session.scalars(whole.with_for_update(of=Case)).one_or_none()
    if case is None:
        raise NotFound(say("There is no such case."))
    return case


_TASK: BindParameter[int] = bindparam("task_id")
_Asked = aliased(Task)
_CASE_ID = select(_Asked.case_id).where(_Asked.id == _TASK).scalar_subquery()
_LOCK = unit_of_work.whole(Case).where(Case.id == _CASE_ID).with_for_update()
_CASE, _CASE_AND_SPARE = (
    CompiledStatement(_LOCK),
    CompiledStatement(_LOCK.add_columns(unit_of_work.spare_key(Deadline))),
)
_ONE_TASK = CompiledStatement(unit_of_work.whole(Task).where(Task.id == _TASK))
_OPEN_TASKS_AND_TIMERS = CompiledStatement(
    unit_of_work.whole(Task, Timer)
    .outerjoin_from(Task, Timer, (Task.id == _TASK) & timers_alive(_CASE_ID))
    .where(Task.case_id == _CASE_ID, (Task.status == "open") | (Task.id == _TASK))
    .order_by(Task.id)
)
"""The timers of the case beside the task that is asked for, so that they need no statement of their own."""
_CLOCKS = clocks_of(_CASE_ID)


@dataclass(frozen=True)
class LockedTask:
    """A task whose case is locked, with all that an answer to it will ask for."""

    task: Task
    open_tasks: list[Task]
    clocks: PendingResult
    timers: list[Timer]
    spare: int | None


def locked_task(session: Session, task_id: int) -> Task:
    """The task with its case, locked. Raises NotFound."""
    case, tasks = ask(session, *_asked(task_id, _CASE, _ONE_TASK))
    held, _ = _locked(session, case)
    [task] = _of_case(held, unit_of_work.objects(session, Task, tasks.rows(), anew=True))
    return task


def locked_to_answer(session: Session, task_id: int) -> LockedTask:
    """A locked task with the open tasks of its case and its clocks. Raises NotFound."""
    case, of_case, booking = ask(session, *asked_to_answer(task_id))
    held, spare = _locked(session, case)
    found = unit_of_work.pairs(session, (Task, Timer), of_case.rows(), anew=True)
    tasks, armed_timers = (
        _of_case(held, dict.fromkeys(task for task, _ in found)),
        [timer for _, timer in found if timer],
    )
    asked = next(task for task in tasks if task.id == task_id)
    return LockedTask(asked, [task for task in tasks if task.status == "open"], booking, armed_timers, spare)


def asked_to_answer(task_id: int) -> tuple[BoundStatement, ...]:
    """What `complete_task` asks first, for a door to ask ahead. The lock comes before all that it guards, each a
    statement of its own: one that waited for a lock on PostgreSQL sees the locked row as it is now, but none that
    others have added meanwhile."""
    return _asked(task_id, _CASE_AND_SPARE, _OPEN_TASKS_AND_TIMERS, _CLOCKS)


def _asked(task_id: int, *statements: CompiledStatement) -> tuple[BoundStatement, ...]:
    return tuple(BoundStatement(each, {"task_id": task_id}) for each in statements)


def _locked(session: Session, case: PendingResult) -> tuple[Case, Any]:
    """The locked case of a task, and what was read beside it."""
    lines = case.rows()
    if not lines:
        raise NotFound(say("There is no such task."))
    return unit_of_work.take(session, Case, lines[0], anew=True), lines[0][-1]


def _of_case(case: Case, tasks: Iterable[Task]) -> list[Task]:
    for task in (found := list(tasks)):
        set_committed_value(task, "case", case)
    return found


def step_for(session: Session, case: Case, actor: Actor) -> Transition:
    return Transition(session, case, definition_of(session, case), actor)


def validate(
    step: Transition, element: str, data: Mapping[str, Any], department_id: int | None = None
) -> dict[str, Any]:
    """The answer of that department to a task, as its form takes it."""
    form, lookup = step.plan.task(element), CaseLookup(step, department_id)
    return forms.validate(form, data, facts=step.facts, under=element, functions=step.functions, lookup=lookup)


def already(session: Session, task: Task) -> Conflict:
    """Why a task can no longer be answered, with who closed it and when."""
    from app.accounts import Account

    if task.status == "cancelled" and reminders.has_lapsed(session, task):
        return PastDue()
    by = session.get(Account, task.closed_by_id) if task.closed_by_id else None
    when = task.closed_at.astimezone(clock.OFFICE).strftime("%Y-%m-%d %H:%M") if task.closed_at else ""
    if by is None:
        return Conflict(say("This task was closed by the course of the case at %(when)s.", when=when), "task-closed")
    return Conflict(say("%(name)s completed this task at %(when)s.", name=by.name, when=when), "task-done")


# one step of the engine, and what it means for our rows


def _restore(step: Transition) -> Run:
    assert step.case.state is not None  # an open case has one
    return Run.restore(step.case.state, CaseHost(step), step.facts, step.plan.bundle)


@contextmanager
def _on(case: Case) -> Iterator[None]:
    """What cannot run in here is an incident of this case: forms, engine, lanes and clocks alike."""
    try:
        yield
    except EngineError as error:
        error.case_id = case.id
        raise
