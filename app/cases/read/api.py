"""What doors show of cases, tasks and deadlines: plain dicts in the contract's shapes, paged in the database.

Texts that come as data stay `Text` here (`title`, `name`); the door picks the language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, bindparam, exists, or_, select
from sqlalchemy.orm import Session, aliased, undefer

from app import history
from app.accounts import Account, Actor, Department, DepartmentRef, digest, directory
from app.cases import negotiation, policy, rule_levels
from app.cases.clocks import alerts
from app.cases.definition_cache import definition_of
from app.cases.models import Case, Deadline, Task
from app.cases.paging import PAGE, Page, cursor_of, row_number, rows_of
from app.cases.read import deadlines
from app.cases.transition import Transition, journals
from app.database import unit_of_work
from app.database.statements import BoundStatement, CompiledStatement, PendingResult
from app.database.transactions import ask, connection_of
from app.diagrams.forms import TaskForm
from app.floor import clock
from app.floor.errors import Invalid, NotFound
from app.floor.messages import Text, say
from app.jurisdictions.calendars import calendar_for

Assignee = aliased(Account)


_Missed = aliased(Deadline)
_ENDED_LATE = and_(
    Case.status == "closed",
    exists().where(_Missed.case_id == Case.id, _Missed.kind != "internal", _Missed.late),
)
"""A closed case of which a clock was missed that the law or a body had set: that is not forgotten."""
_Set = aliased(Deadline)
_BY_THE_DAY = exists().where(_Set.case_id == Case.id, _Set.kind != "internal", _Set.state.in_(alerts.SPEAKING))
"""Whether the clock that speaks for a case is one that the law or a body has set (`watching.first_of`)."""


class CaseOfTask(NamedTuple):
    """What a list of tasks shows of a case; the rest of so many rows would be read for nothing."""

    number: str
    subject: str
    procedure: str
    jurisdiction: str
    bundle: str


_LINES = (
    unit_of_work.whole(Task)
    .add_columns(*(getattr(Case, name).label(f"case_{name}") for name in CaseOfTask._fields), Assignee.username)
    .join_from(Task, Case, Task.case_id == Case.id)
    .outerjoin(Assignee, Task.assignee_id == Assignee.id)
)
_CASE_LINES = select(
    *(column for column in Case.__table__.columns if column.key not in ("facts", "state")),
    _BY_THE_DAY.label("by_the_day"),
)


# tasks


def tasks(
    session: Session,
    actor: Actor,
    *,
    status: str | None = "open",
    mine: bool = False,
    overdue: bool | None = None,
    case_id: int | None = None,
    q: str | None = None,
    sort: str = "due_at",
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Tasks that this actor may see; `mine`: those that it may do. By due date, undated last; ties by id."""
    query = _LINES.where(_seen_tasks(actor, mine))
    if status:
        query = query.where(Task.status == status)
    if overdue is not None:
        late = and_(Task.due_at.is_not(None), alerts.late_task(clock.now()), Task.status == "open")
        query = query.where(late if overdue else ~late)
    if case_id is not None:
        query = query.where(Task.case_id == case_id)
    if q:
        query = query.where(matches(q))
    if sort not in ("due_at", "-due_at", "opened_at", "-opened_at"):
        raise Invalid({"sort": [say("Sort by due_at, -due_at, opened_at or -opened_at.")]})
    column = Task.due_at if sort.endswith("due_at") else Task.opened_at
    down, ask = sort.startswith("-"), connection_of(session).execute
    found = rows_of(ask, query, column, Task.id, descending=down, after=after, limit=limit)
    by_id = directory(session).by_id
    items = [
        task_view(session, row, CaseOfTask(*row[-6:-1]), by_id.get(row.department_id or 0), row.username)
        for row in found[:limit]
    ]
    last = found[limit - 1] if len(found) > limit else None
    return Page(items, cursor_of(getattr(last, column.key), last.id) if last else None)


def task(session: Session, actor: Actor, task_id: int) -> dict[str, Any]:
    """Raises NotFound, also for a task of a case that the actor may not see."""
    row = session.execute(_task_rows().where(Task.id == task_id, _seen_tasks(actor, mine=False))).first()
    if row is None:
        raise NotFound(say("There is no such task."))
    return task_view(session, *row)


def task_done(session: Session, actor: Actor, row: Task) -> dict[str, Any]:
    """A task that this actor has just done, made of what is at hand."""
    department = directory(session).by_id.get(row.department_id or 0)
    return task_view(session, row, row.case, department, actor.username)


@dataclass(frozen=True)
class Asked:
    """What an open task asks, with all that its form's expressions may read."""

    form: TaskForm
    facts: Mapping[str, Any]
    functions: Mapping[str, Any]
    proposal: dict[str, Any] | None = None
    """Of a negotiation: the last version of its text."""


def task_with_form(session: Session, actor: Actor, task_id: int) -> tuple[dict[str, Any], Asked | None]:
    """A task, and what it asks while it is open. Raises NotFound, also for a task of a case that is not the actor's."""
    query = _task_rows().where(Task.id == task_id, _seen_tasks(actor, mine=False)).options(undefer(Case.facts))
    row = session.execute(query).first()
    if row is None:
        raise NotFound(say("There is no such task."))
    found: Task = row[0]
    plan = definition_of(session, found.case)
    asked = None
    if found.status == "open" and found.key in plan.tasks:
        step = Transition(session, found.case, plan, actor)
        asked = Asked(plan.task(found.key), step.facts, step.functions, negotiation.proposal(step, found.process))
    return task_view(session, *row), asked


def task_view(
    session: Session,
    row: Task | Row[Any],
    case: Case | CaseOfTask,
    department: Department | DepartmentRef | None,
    assignee: str | None,
) -> dict[str, Any]:
    plan, now = definition_of(session, case), clock.now()
    calendar = calendar_for(session, case.jurisdiction)
    form = plan.tasks[row.key][1] if row.key in plan.tasks else None
    return {
        "id": row.id,
        "case": row.case_id,
        "case_number": case.number,
        "subject": case.subject,
        "procedure": case.procedure,
        "jurisdiction": case.jurisdiction,
        "key": row.key,
        "name": form.title if form else Text(row.key, row.key),
        "lane": row.lane,
        "lane_title": plan.lane_title(row.process, row.lane, department.kind if department else None),
        "role": row.role,
        "department": department.code if department else None,
        "department_name": department.name if department else None,
        "assignee": assignee,
        "origin": row.origin,
        "status": row.status,
        "actions": list(row.actions or []) if row.status == "open" else [],
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "due_at": row.due_at,
        "due_kind": row.due_kind,
        "deadline": row.deadline_id,
        "lamp": alerts.lamp(row.due_at, row.due_kind, now, calendar) if row.status == "open" else "none",
        "answer": row.answer,
    }


def _task_rows() -> Any:
    return (
        select(Task, Case, Department, Assignee.username)
        .join(Case, Task.case_id == Case.id)
        .outerjoin(Department, Task.department_id == Department.id)
        .outerjoin(Assignee, Task.assignee_id == Assignee.id)
    )


def _seen_tasks(actor: Actor, mine: bool) -> ColumnElement[bool]:
    if mine:
        return policy.workable_tasks(actor)
    seen = policy.visible_cases(actor)
    return seen if actor.may("administrator") else and_(Task.jurisdiction == actor.jurisdiction, seen)


# cases


def cases(
    session: Session,
    actor: Actor,
    *,
    status: str | None = None,
    overdue: bool | None = None,
    procedure: str | None = None,
    jurisdiction: str | None = None,
    department: str | None = None,
    q: str | None = None,
    sort: str = "-id",
    after: str | None = None,
    limit: int = PAGE,
) -> Page:
    """Cases that this actor may see, newest first unless sorted otherwise."""
    query = policy.only_visible(_CASE_LINES, actor)
    for column, value in ((Case.status, status), (Case.procedure, procedure), (Case.jurisdiction, jurisdiction)):
        if value:
            query = query.where(column == value)
    if overdue is not None:
        over = alerts.over(Case.due_at, ~_BY_THE_DAY, clock.now())
        late = or_(and_(Case.status == "open", Case.due_at.is_not(None), over), _ENDED_LATE)
        query = query.where(late if overdue else ~late)
    if department:
        query = query.where(_held_by(department))
    if q:
        query = query.where(matches(q))
    columns = {
        "id": Case.id,
        "number": Case.number_order,
        "opened_at": Case.opened_at,
        "due_at": Case.due_at,
        "closed_at": Case.closed_at,
    }
    name = sort.removeprefix("-")
    if name not in columns:
        raise Invalid({"sort": [say("Sort by one of: %(names)s.", names=", ".join(columns))]})
    down, ask = sort.startswith("-"), connection_of(session).execute
    found = rows_of(ask, query, columns[name], Case.id, descending=down, after=after, limit=limit)
    items = [case_line(session, row, by_the_day=row.by_the_day) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Page(items, cursor_of(getattr(last, columns[name].key), last.id) if last else None)


def case_line(session: Session, row: Case | Row[Any], *, by_the_day: bool = True) -> dict[str, Any]:
    """A case as lists show it. `by_the_day`: of the clock that speaks for it."""
    plan = definition_of(session, row)
    now = clock.now()
    calendar = calendar_for(session, row.jurisdiction)
    kind = "none" if row.due_at is None or row.status != "open" else "statutory" if by_the_day else "internal"
    return {
        "id": row.id,
        "number": row.number,
        "procedure": row.procedure,
        "procedure_title": plan.top.title,
        "jurisdiction": row.jurisdiction,
        "subject": row.subject,
        "resource": row.resource,
        "status": row.status,
        "outcome": row.outcome,
        "outcome_title": plan.outcome(row.outcome),
        "applicant": (row.lanes.get("applicant") or {}).get("code"),
        "provider": (row.lanes.get("provider") or {}).get("code"),
        "occurred_at": row.occurred_at,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
        "due_at": row.due_at,
        "lamp": alerts.lamp(row.due_at, kind, now, calendar),
        "rule_version": row.rule_version,
        "diagram_version": row.diagram_version,
        "bundle": row.bundle,
    }


def case(session: Session, actor: Actor, case_id: int) -> dict[str, Any]:
    """A case with its tasks and deadlines, oldest first. Raises NotFound, also for a case that is not the actor's."""
    asked = _case_asked(actor, case_id)
    row, *rest = ask(session, asked, *_of_case(case_id))
    return _as_read(session, _the_case(session, row), *rest)


def visible_case(session: Session, actor: Actor, case_id: int) -> Case:
    """Raises NotFound, also for a case that is not the actor's."""
    [row] = ask(session, _case_asked(actor, case_id))
    return _the_case(session, row)


def _case_asked(actor: Actor, case_id: int) -> BoundStatement:
    values = {"case_id": case_id, "jurisdiction": actor.jurisdiction, "department_id": actor.department_id}
    return BoundStatement(_case_within(policy.reach_of(actor)), values)


def _the_case(session: Session, sent: PendingResult) -> Case:
    found = unit_of_work.objects(session, Case, sent.rows())
    if not found:
        raise NotFound(say("There is no such case."))
    return found[0]


@cache
def _case_within(reach: policy.Reach) -> CompiledStatement:
    seen = policy.within(reach, bindparam("jurisdiction"), bindparam("department_id"))
    return CompiledStatement(unit_of_work.whole(Case).where(Case.id == bindparam("case_id"), seen))


def case_by_receipt(session: Session, number: str, code: str) -> Case:
    """The case of a citizen's receipt. Raises NotFound alike for a wrong number and a wrong code."""
    wanted = digest(f"{number.strip().upper()}:{code.strip().upper()}")
    row = session.scalar(select(Case).where(Case.receipt == wanted).options(undefer(Case.facts)))
    if row is None:
        raise NotFound(say("There is no report with this number and code."))
    return row


_TASKS = CompiledStatement(
    unit_of_work.whole(Task)
    .add_columns(Assignee.username)
    .outerjoin_from(Task, Assignee, Task.assignee_id == Assignee.id)
    .where(Task.case_id == bindparam("case_id"))
    .order_by(Task.id)
)


def case_view(session: Session, row: Case) -> dict[str, Any]:
    return _as_read(session, row, *ask(session, *_of_case(row.id)))


def _of_case(case_id: int) -> tuple[BoundStatement, BoundStatement]:
    """Its tasks and its clocks."""
    values = {"case_id": case_id}
    return BoundStatement(_TASKS, values), BoundStatement(deadlines.OF_CASE, values)


def _as_read(session: Session, row: Case, tasks: PendingResult, begun: PendingResult) -> dict[str, Any]:
    held = [(unit_of_work.take(session, Task, one), one[-1]) for one in tasks.rows()]
    return _whole_case(session, row, held, journals(session, begun))


def _whole_case(
    session: Session, row: Case, tasks: Iterable[tuple[Task, str | None]], begun: Iterable[Deadline]
) -> dict[str, Any]:
    by_id, extension, begun = directory(session).by_id, rule_levels.carried_on(session, row), list(begun)
    return {
        **case_line(session, row, by_the_day=alerts.by_the_day(begun)),
        "carried_on": {"by": extension.ground, "until": extension.until} if extension else None,
        "data": row.facts.get("application", {}),
        "entered_by": (row.facts.get("applicant") or {}).get("entered_by"),
        "tasks": [task_view(session, one, row, by_id.get(one.department_id or 0), holder) for one, holder in tasks],
        "deadlines": [deadlines.view(session, one, row) for one in begun],
    }


def case_opened(step: Transition) -> dict[str, Any]:
    """A case as its opening has left it: nothing is read again."""
    if not step.opening:
        return case_view(step.session, step.case)
    return _whole_case(step.session, step.case, [(one, None) for one in step.tasks], step.deadlines)


def events(session: Session, actor: Actor, case_id: int, *, after: str | None = None, limit: int = PAGE) -> Page:
    """The history of a case, oldest first."""
    row = visible_case(session, actor, case_id)
    event = history.HistoryEvent
    query = select(event).where(event.stream == row.stream).order_by(event.seq).limit(limit + 1)
    if after:
        query = query.where(event.seq > row_number(after))
    unit_of_work = session.scalars(query).all()
    names = ("seq", "at", "actor", "kind", "detail", "prev_hash", "hash")
    items = [{name: getattr(one, name) for name in names} for one in unit_of_work[:limit]]
    return Page(items, str(unit_of_work[limit - 1].seq) if len(unit_of_work) > limit else None)


def matches(q: str) -> ColumnElement[bool]:
    """Number, subject or resource contains the words."""
    return or_(
        *(column.contains(q.strip()[:100], autoescape=True) for column in (Case.number, Case.subject, Case.resource))
    )


def _held_by(code: str) -> ColumnElement[bool]:
    held = select(Task.case_id).join(Department).where(Department.code == code, Task.status == "open")
    return Case.id.in_(held)
