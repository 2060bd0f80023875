"""The lists that everybody opens first: my tasks, cases, what waits; with names for people and the time that is left.

Plain dicts, texts as `Text`; read in few statements.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from app.accounts import Actor, Department
from app.cases import policy
from app.cases.clocks import alerts
from app.cases.definition_cache import definition_of
from app.cases.models import Case, ClockEntry, Deadline, Task
from app.cases.paging import Page, cursor_of, rows_of
from app.cases.read import api
from app.cases.read.api import Assignee
from app.cases.rule_levels import levels_of
from app.deadlines.calendar import Calendar
from app.floor import clock
from app.floor.messages import Text, say
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import rulebook
from app.outbox.messages import MOST_COUNTED, addressed_to
from app.outbox.models import OutboxMessage
from app.rules.pack import RANKS

MOST_TASKS = 1_000
"""Open tasks are counted up to here; "999+" says enough of a list that is read from its top."""


@dataclass(frozen=True)
class Waiting:
    """What a reader's frame counts, up to `MOST_TASKS` and `MOST_COUNTED`."""

    tasks: int
    notices: int


def waiting_for(session: Session, actor: Actor) -> Waiting:
    """Open tasks that the actor may do, and unread notices; one statement."""
    unread = select(OutboxMessage.id).where(addressed_to(actor), OutboxMessage.read_at.is_(None))
    counts = select(_up_to(MOST_TASKS, select(Task.id).where(_mine(actor))), _up_to(MOST_COUNTED, unread))
    return Waiting(*session.execute(counts).one())


def _up_to(most: int, query: Select[Any]) -> ColumnElement[int]:
    """So many rows at most are counted: what a count costs does not grow with what there is."""
    return select(func.count()).select_from(query.limit(most).subquery()).scalar_subquery()


# how much time is left


def days_left(calendar: Calendar, due_on: date, now: datetime, due_at: datetime, kind: str) -> int:
    """Working days to the due day; 0 today, negative when overdue. Statutory clocks see the calendar of the law."""
    seen = calendar if kind == "internal" else calendar.for_statutory()
    today = clock.office_date(now)
    return seen.between(today, due_on) if due_at >= now or due_on < today else 0


def timing(session: Session, case: Case, due_at: datetime | None, kind: str, deadline: Deadline | None) -> Any:
    """The lamp's words for a row of a list: due_on, left, certainty, paused, lamp, and the rank of what sets it."""
    paused = deadline is not None and deadline.state == "paused"
    now, calendar = clock.now(), calendar_for(session, case.jurisdiction)
    running = None if paused else due_at
    due_on = deadline.due_on if deadline and running else clock.office_date(running) if running else None
    return {
        "due_on": due_on,
        "left": days_left(calendar, due_on, now, running, kind) if due_on and running else None,
        "certainty": deadline.certainty if deadline else None,
        "paused": paused,
        "lamp": alerts.lamp(running, kind, now, calendar),
        "rank": rank_of(session, case, deadline),
    }


def rank_of(session: Session, case: Case, deadline: Deadline | None) -> str:
    """Of the text that sets the clock of a row: a list holds cases of several regulations, and a law among them."""
    if deadline is None or deadline.kind != "statutory":
        return RANKS[0]
    return str(levels_of(session, deadline, case)["rank"])


def department_names(session: Session, ids: Collection[int]) -> dict[int, Text]:
    if not ids:
        return {}
    rows = session.execute(select(Department.id, Department.name_zh, Department.name_en).where(Department.id.in_(ids)))
    return {one: Text(zh, en) for one, zh, en in rows}


def seated(cases: Iterable[Case]) -> set[int]:
    return {seat["id"] for one in cases for seat in one.lanes.values() if seat}


def sits(case: Case, lane: str) -> int | None:
    seat = case.lanes.get(lane)
    return seat["id"] if seat else None


# the inbox

_Earlier = aliased(Task)
_PAUSED_ON = (
    select(ClockEntry.ground)
    .where(ClockEntry.deadline_id == Deadline.id, ClockEntry.kind == "suspend", Deadline.state == "paused")
    .order_by(ClockEntry.seq.desc())
    .limit(1)
    .correlate(Deadline)
    .scalar_subquery()
)
"""On what ground the clock of a task stands still."""
_DONE_BEFORE = exists().where(_Earlier.case_id == Task.case_id, _Earlier.key == Task.key, _Earlier.id < Task.id)
"""The case has been at this step before: it was sent back, or supplemented."""
TABS = ("all", "overdue", "soon", "paused")


_Clock = aliased(Deadline)
_PAUSED = and_(Task.due_at.is_(None), exists().where(_Clock.id == Task.deadline_id, _Clock.state == "paused"))
"""While its clock stands still a task has no due date: only of those without one need the clocks be asked."""


def _in_tab(tab: str, now: datetime) -> ColumnElement[bool]:
    late = alerts.late_task(now)
    conditions = {
        "overdue": late,
        "soon": and_(Task.due_at < now + timedelta(days=3), ~late),
        "paused": _PAUSED,
    }
    return conditions[tab]


def tab_counts(session: Session, actor: Actor) -> dict[str, int]:
    """How many tasks each tab of the inbox holds, up to `MOST_TASKS`; in one statement."""
    now, mine = clock.now(), select(Task.id).where(_mine(actor))
    counts = [_up_to(MOST_TASKS, mine if tab == "all" else mine.where(_in_tab(tab, now))) for tab in TABS]
    return dict(zip(TABS, session.execute(select(*counts)).one(), strict=True))


def _mine(actor: Actor) -> ColumnElement[bool]:
    return and_(Task.status == "open", policy.workable_tasks(actor))


def inbox(
    session: Session,
    actor: Actor,
    *,
    tab: str = "all",
    procedure: str | None = None,
    kind: str | None = None,
    q: str | None = None,
    sort: str = "due_at",
    after: str | None = None,
    limit: int = 50,
) -> Page:
    """The actor's open tasks with all that a line of the inbox says."""
    query = task_rows().where(_mine(actor))
    if tab in TABS[1:]:
        query = query.where(_in_tab(tab, clock.now()))
    if procedure:
        query = query.where(Case.procedure == procedure)
    if kind:
        query = query.where(Task.due_kind == kind)
    if q:
        query = query.where(api.matches(q))
    columns = {"due_at": Task.due_at, "opened_at": Task.opened_at, "number": Case.number_order}
    column = columns.get(sort.removeprefix("-"), Task.due_at)
    down = sort.startswith("-")
    rows = rows_of(session.execute, query, column, Task.id, descending=down, after=after, limit=limit)
    names = department_names(session, seated(row[1] for row in rows[:limit]))
    items = [task_line(session, actor, names, *row) for row in rows[:limit]]
    return Page(_law_first(items), _next(rows, limit, column))


def _law_first(lines: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Of neighbours that are due on one day what the law has set stands first, then what a body has
    ordered, then targets of our own (counting rule 11)."""
    days = groupby(lines, key=lambda line: line["due_on"])
    return [line for day, some in days for line in (sorted(some, key=_weight) if day else some)]


def _weight(line: Mapping[str, Any]) -> int:
    return alerts.rank_of_kind(line["due_kind"])


def _next(rows: Sequence[Any], limit: int, column: Any) -> str | None:
    if len(rows) <= limit:
        return None
    task, case = rows[limit - 1][:2]
    owner = case if column.class_ is Case else task
    return cursor_of(getattr(owner, column.key), task.id)


def task_rows() -> Any:
    """What `task_line` takes."""
    return (
        select(Task, Case, Department, Assignee.username, Assignee.name, Deadline, _PAUSED_ON, _DONE_BEFORE)
        .join(Case, Task.case_id == Case.id)
        .outerjoin(Department, Task.department_id == Department.id)
        .outerjoin(Assignee, Task.assignee_id == Assignee.id)
        .outerjoin(Deadline, Task.deadline_id == Deadline.id)
    )


def task_line(
    session: Session,
    actor: Actor,
    names: Mapping[int, Text],
    task: Task,
    case: Case,
    department: Department | None,
    username: str | None,
    name: str | None,
    deadline: Deadline | None,
    paused_on: str | None,
    done_before: bool,
) -> dict[str, Any]:
    """`queries.task_view`, and beside it what a person wants to see."""
    ground = rulebook(session, case.jurisdiction).grounds.get(paused_on or "")
    calendar = calendar_for(session, case.jurisdiction)
    held = calendar.between(clock.office_date(task.opened_at), clock.today())
    other = next((s for lane in ("applicant", "provider") if (s := sits(case, lane)) != task.department_id), None)
    return {
        **api.task_view(session, task, case, department, username),
        "procedure_title": definition_of(session, case).top.title,
        "assignee_name": name,
        "counterpart": names.get(other) if other else None,
        "done_before": done_before,
        "paused_note": ground.title if ground else None,
        "held": say("working days held: %(days)s", days=held) if held > 0 else None,
        "mine": policy.may_work(actor, task),
        **timing(session, case, task.due_at, task.due_kind, deadline),
    }


# cases


def case_lines(session: Session, actor: Actor, **filters: Any) -> Page:
    """`queries.cases`, and beside each what a line of the list says; four more statements for all of them."""
    found = api.cases(session, actor, **filters)
    ids = [one["id"] for one in found.items]
    rows = {row.id: row for row in session.scalars(select(Case).where(Case.id.in_(ids)))}
    names = department_names(session, seated(rows.values()))
    tasks: dict[int, Task] = {}
    waiting = select(Task).where(Task.case_id.in_(ids), Task.status == "open").order_by(Task.id.desc())
    for task in session.scalars(waiting):
        tasks[task.case_id] = task
    clocks: dict[int, list[Deadline]] = {one: [] for one in ids}
    telling = or_(Deadline.state.in_(("running", "paused")), Deadline.kind != "internal")
    for deadline in session.scalars(select(Deadline).where(Deadline.case_id.in_(ids), telling).order_by(Deadline.id)):
        clocks[deadline.case_id].append(deadline)
    items = [
        _case_line(session, actor, one, rows[one["id"]], names, tasks.get(one["id"]), clocks[one["id"]])
        for one in found.items
    ]
    return Page(_law_first(items), found.next)


def verdict(session: Session, case: Case, clocks: Sequence[Deadline]) -> dict[str, Any] | None:
    """How the clock went that the law (or a body) had set, once the case is closed: missed before kept."""
    set_for_us = [one for one in clocks if one.kind != "internal" and one.state in ("met", "missed")]
    one = min(set_for_us, key=lambda one: (one.state != "missed", -one.id), default=None)
    if one is None:
        return None
    seen, late = calendar_for(session, case.jurisdiction).for_statutory(), 0
    if one.state == "missed" and one.due_on and one.ended_on:
        late = max(seen.between(one.due_on, one.ended_on), 0)
    return {"kind": one.kind, "rank": rank_of(session, case, one), "missed": one.state == "missed", "days_late": late}


def _case_line(
    session: Session,
    actor: Actor,
    line: dict[str, Any],
    case: Case,
    names: Mapping[int, Text],
    task: Task | None,
    clocks: Sequence[Deadline],
) -> dict[str, Any]:
    """Led by the clock that speaks for the case, whoever it waits for; a closed one says how that of the law went."""
    plan = definition_of(session, case)
    applicant, provider = sits(case, "applicant"), sits(case, "provider")
    deadline = alerts.first_of(clocks)
    owes = deadline is not None and deadline.owed_by_id == actor.department_id
    elsewhere = task is not None and task.department_id != actor.department_id
    kind = deadline.kind if deadline else "internal" if case.due_at else "none"
    due_at = deadline.due_at if deadline else case.due_at
    return {
        **line,
        "applicant_name": names.get(applicant) if applicant else None,
        "provider_name": names.get(provider) if provider else None,
        "step": plan.tasks[task.key][1].title if task and task.key in plan.tasks else None,
        "due_kind": kind,
        "waits_elsewhere": owes and elsewhere,
        "verdict": verdict(session, case, clocks) if case.status == "closed" else None,
        **timing(session, case, due_at if case.status == "open" else None, kind, deadline),
    }
