"""What must hold of an installation whatever happened to its processes: each rule that does not is told as a line.

Rows are held against each other and against the engine's own state, so that a step that was written by half, written
twice, or written over what somebody else had written meanwhile cannot pass unseen.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, undefer

from app.accounts import SYSTEM
from app.cases import audit
from app.cases.clocks import alerts, journal_rows
from app.cases.commands import case_host, flow
from app.cases.models import Case, Deadline, Incident, Task, Timer
from app.cases.transition import OPEN_CLOCK
from app.database.transactions import Database
from app.engine.run import Run
from app.floor import clock
from app.floor.messages import said
from app.history import HistoryEvent
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import rulebook
from app.outbox import Counter


def faults(database: Database) -> list[str]:
    """Everything that is wrong, in words."""
    with database.transaction(write=False) as session:
        rules = (_history, _completions, _cases, _engine, _clocks, _tellings, _tasks, _timers, _numbers, _incidents)
        return [line for rule in rules for line in rule(session)]


def _history(session: Session) -> Iterator[str]:
    _, broken = audit.verify(session)
    if broken is not None:
        yield f"history: {broken}"


def _completions(session: Session) -> Iterator[str]:
    """Who closed a task is told once in its case's history, and nobody else is."""
    done = {task.id for task in session.scalars(select(Task).where(Task.status == "done"))}
    told = Tally(event.detail["task"] for event in _events(session, "task.done"))
    yield from (f"task {task}: done, but told {told[task]} times" for task in done if told[task] != 1)
    yield from (f"task {task}: told as done, but is not" for task in told.keys() - done)


def _cases(session: Session) -> Iterator[str]:
    closings = Tally(event.stream for event in _events(session, "case.closed"))
    for case in session.scalars(select(Case).options(undefer(Case.state))):
        closed = case.status == "closed"
        if (case.state is None, case.outcome is not None, closings[case.stream]) != (closed, closed, int(closed)):
            yield f"{case.number}: {case.status}, outcome {case.outcome}, closed {closings[case.stream]} times"


def _engine(session: Session) -> Iterator[str]:
    """Open tasks and armed timers are exactly those that the engine waits for; a closed case has none."""
    for case in session.scalars(select(Case).options(undefer(Case.state), undefer(Case.facts))):
        step = flow.step_for(session, case, SYSTEM)
        waits = (set(), set())
        if case.state is not None:
            run = Run.restore(case.state, case_host.CaseHost(step), step.facts, step.plan.bundle)
            waits = ({one.id for one in run.tasks()}, {one.id for one in run.timers()})
        tasks = {task.engine_id for task in step.tasks if task.origin == "diagram"}
        timers = {timer.engine_id for timer in _timers_of(session, case) if not timer.spent}
        if (tasks, timers) != waits:
            yield f"{case.number}: the engine waits for {waits}, the rows for {(tasks, timers)}"


def _clocks(session: Session) -> Iterator[str]:
    """An open clock is the fold of its journal over the calendar as it is now; one of a closed case does not run."""
    for deadline in _deadlines(session):
        kept = (deadline.started_on, deadline.due_on, deadline.due_at)
        calendar = calendar_for(session, deadline.case.jurisdiction)
        conventions = rulebook(session, deadline.case.jurisdiction).conventions
        standing = journal_rows.standing_of(deadline, calendar, conventions, clock.now())
        counted = (standing.started_on, standing.due_on, standing.due_at)
        if kept != counted:
            yield f"{deadline.case.number} {deadline.rule}: kept {kept}, counted {counted}"
        if deadline.case.status == "closed":
            yield f"{deadline.case.number} {deadline.rule}: the case is closed, the clock is {deadline.state}"
    for case in session.scalars(select(Case)):
        speaks = alerts.first_of(one for one in _deadlines(session, case) if one.state == "running")
        if case.due_at != (speaks.due_at if speaks else None):
            yield f"{case.number}: due at {case.due_at}, its clock at {speaks and speaks.due_at}"


def _tellings(session: Session) -> Iterator[str]:
    """Of each clock once for each due date that it had, and of none is there nobody to be told."""
    known = Tally((one.case.stream, one.rule) for one in session.scalars(select(Deadline)))
    for kind in ("notice.reminder", "notice.overdue"):
        told = Tally((one.stream, one.detail["rule"], one.detail["due_on"]) for one in _events(session, kind))
        for (stream, rule, due_on), times in told.items():
            if times > known[stream, rule]:
                yield f"{stream} {rule}: {kind} for {due_on} told {times} times"
    overdue = {(one.stream, one.detail["rule"]) for one in _events(session, "notice.overdue")}
    for deadline in _deadlines(session):
        if deadline.state != "running":
            continue
        about = f"{deadline.case.number} {deadline.rule}"
        if deadline.overdue_for == deadline.due_on and (deadline.case.stream, deadline.rule) not in overdue:
            yield f"{about}: kept as told, and nobody was"
        if deadline.overdue_for != deadline.due_on and deadline.watch_at is None:
            yield f"{about}: nobody will be told"


def _tasks(session: Session) -> Iterator[str]:
    query = select(Task).where(Task.status == "open", Task.deadline_id.is_not(None))
    for task in session.scalars(query.options(joinedload(Task.deadline))):
        if task.deadline is not None and task.due_at != task.deadline.due_at:
            yield f"task {task.id}: due at {task.due_at}, its clock at {task.deadline.due_at}"


def _timers(session: Session) -> Iterator[str]:
    """A timer fires when its clock says, and not at all while that does not run."""
    for timer in session.scalars(select(Timer).where(Timer.state == "armed")):
        deadline, due_at = timer.deadline, None
        if deadline is not None and deadline.state == "running" and deadline.due_on is not None:
            calendar = calendar_for(session, timer.case.jurisdiction)
            conventions = rulebook(session, timer.case.jurisdiction).conventions
            reminds = timer.kind == "before_deadline"
            due_at = alerts.remind_at(deadline, calendar, conventions) if reminds else alerts.overdue_at(deadline)
        told = deadline is not None and any(
            (other.deadline_id, other.kind, other.told_for) == (deadline.id, timer.kind, deadline.due_on)
            for other in _timers_of(session, timer.case)
        )
        if timer.due_at != (None if told and not timer.interrupting else due_at):
            yield f"timer {timer.element} of {timer.case.number}: set to {timer.due_at}, its clock says {due_at}"


def _numbers(session: Session) -> Iterator[str]:
    """Numbers are given without gaps: as many as there are cases."""
    given = sum(one.value for one in session.scalars(select(Counter).where(Counter.name.startswith("case:"))))
    cases = len(session.scalars(select(Case.id)).all())
    if given != cases:
        yield f"{given} case numbers given to {cases} cases"


def _incidents(session: Session) -> Iterator[str]:
    for incident in session.scalars(select(Incident)):
        yield f"incident in case {incident.case_id}: {said(incident.message)}"


def _events(session: Session, kind: str) -> Iterator[HistoryEvent]:
    yield from session.scalars(select(HistoryEvent).where(HistoryEvent.kind == kind))


def _deadlines(session: Session, case: Case | None = None) -> Iterator[Deadline]:
    query = select(Deadline).where(Deadline.state.in_(OPEN_CLOCK)).options(joinedload(Deadline.entries))
    if case is not None:
        query = query.where(Deadline.case_id == case.id)
    yield from session.scalars(query).unique()


def _timers_of(session: Session, case: Case) -> list[Timer]:
    return list(session.scalars(select(Timer).where(Timer.case_id == case.id)))
