"""Steps that could not run: written down, listed for supervisors, tried again. The case stands as it was before."""

from __future__ import annotations

from typing import Any

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session, contains_eager, undefer

from app.accounts import SYSTEM, Actor
from app.cases import policy
from app.cases.commands import flow
from app.cases.definition_cache import definition_of
from app.cases.models import Case, Deadline, Incident, Timer
from app.cases.paging import PAGE, Page, cursor_of, rows_of
from app.database.transactions import behind
from app.floor import clock
from app.floor.errors import EngineError, NotFound
from app.floor.messages import said, say
from app.history import append

log = structlog.get_logger()


def incidents(
    session: Session,
    actor: Actor,
    *,
    solved: bool | None = False,
    jurisdiction: str | None = None,
    sort: str = "-opened_at",
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """The incidents of the cases that this actor may see, the newest first."""
    query = select(Incident, Case).join(Case, Case.id == Incident.case_id).where(policy.visible_cases(actor))
    if solved is not None:
        query = query.where(Incident.solved_at.is_not(None) if solved else Incident.solved_at.is_(None))
    if jurisdiction:
        query = query.where(Incident.jurisdiction == jurisdiction)
    down, when = sort.startswith("-"), Incident.opened_at
    rows = rows_of(session.execute, query, when, Incident.id, descending=down, after=after, limit=limit)
    last = rows[limit - 1][0] if len(rows) > limit else None
    cursor = cursor_of(last.opened_at, last.id) if last else None
    return Page([_view(session, *row) for row in rows[:limit]], cursor)


def _view(session: Session, incident: Incident, case: Case) -> dict[str, Any]:
    plan = definition_of(session, case)
    element = incident.element or ""
    return {
        "id": incident.id,
        "case": case.id,
        "number": case.number,
        "procedure": plan.top.title,
        "jurisdiction": case.jurisdiction,
        "step": plan.tasks[element][1].title if element in plan.tasks else None,
        "element": incident.element,
        "message": said(incident.message),
        "opened_at": incident.opened_at,
        "times": incident.times,
        "solved_at": incident.solved_at,
        "solved_by": incident.solved_by,
    }


def retry(session: Session, actor: Actor, incident_id: int) -> Incident:
    """Have the step tried again. A timer fires anew, now, and a clock is told of; what a person did is theirs to do
    again, so the incident is only closed. Raises NotFound, and EngineError where the step still cannot run."""
    incident = session.get(Incident, incident_id)
    case = flow.locked_case(session, incident.case_id, actor) if incident is not None else None
    if incident is None or case is None:
        raise NotFound(say("There is no such incident."))
    session.refresh(incident)
    if incident.solved_at is None:
        if incident.timer is not None:
            _fire(session, incident.timer)
        if incident.deadline_id is not None:
            _tell(session, incident.deadline_id)
        incident.solved_at, incident.solved_by = clock.now(), actor.username
        append(session, case, "incident.solved", actor.username, {"incident": incident.id, "reason": incident.reason})
    return incident


def solve_told(session: Session, deadline: Deadline) -> None:
    """A clock could not be told of, and now it was: nobody has to look into it any more."""
    open_ = select(Incident).where(Incident.deadline_id == deadline.id, Incident.solved_at.is_(None))
    for incident in session.scalars(open_.order_by(Incident.id)):
        incident.solved_at, incident.solved_by = clock.now(), SYSTEM.username
        told = {"incident": incident.id, "reason": incident.reason}
        append(session, deadline.case, "incident.solved", SYSTEM.username, told)


def _fire(session: Session, timer_id: str) -> None:
    query = select(Timer).join(Timer.case).where(Timer.engine_id == timer_id)
    loaded = contains_eager(Timer.case).options(undefer(Case.facts), undefer(Case.state))
    timer = session.scalars(query.options(loaded)).one_or_none()
    if timer is None or timer.state == "fired" or timer.case.status != "open":
        return
    timer.state, timer.attempts = "armed", 0
    try:
        flow.fire_timer(session, timer)
    except EngineError as error:
        error.case_id = timer.case_id
        raise


def _tell(session: Session, deadline_id: int) -> None:
    query = select(Deadline).join(Deadline.case).where(Deadline.id == deadline_id)
    deadline = session.scalars(query.options(contains_eager(Deadline.case).undefer(Case.facts))).one_or_none()
    if deadline is not None and deadline.case.status == "open":
        flow.tell_of_clock(session, deadline)


def record(session: Session, error: EngineError, actor: str, **where: Any) -> Incident | None:
    """Write down, in a transaction of its own, that a step could not run; the same fault again is only counted."""
    case = session.get(Case, error.case_id) if error.case_id else None
    if case is None:
        return None
    if behind(error) is not None:  # the incident names it, the log tells it whole
        log.error("step could not run", case=case.number, exc_info=error)
    same = select(Incident).where(
        Incident.case_id == case.id, Incident.solved_at.is_(None), Incident.message == error.message.stored()
    )
    incident = session.scalars(same).first()
    if incident is not None:
        incident.times += 1
        return incident
    incident = Incident(
        case_id=case.id,
        jurisdiction=case.jurisdiction,
        reason=error.reason,
        message=error.message.stored(),
        element=error.element,
        actor=actor,
        opened_at=clock.now(),
        **where,
    )
    session.add(incident)
    return incident
