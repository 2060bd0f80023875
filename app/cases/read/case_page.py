"""What a page shows of one thing: a deadline as it came about, a task to be done, a case's whole story.

Plain dicts, texts as `Text`; the lists that lead here are in `lists`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload, undefer

from app import history
from app.accounts import CITIZEN, Account, Actor, Department
from app.cases import policy, second_persons
from app.cases.clocks import alerts
from app.cases.commands import opening
from app.cases.definition import Definition
from app.cases.definition_cache import current_plan, definition_of
from app.cases.models import Case, Deadline, Incident, Task
from app.cases.read import api, deadlines
from app.cases.read.inbox import days_left, department_names, seated, sits, task_line, task_rows
from app.cases.rule_levels import of_a_clock, told
from app.cases.transition import Transition
from app.deadlines.calendar import Calendar, Day
from app.deadlines.counting import first_day_zero
from app.deadlines.explain import explain
from app.deadlines.journal import JournalEntry, Term, fold
from app.deadlines.paragraph import RECEIVED
from app.engine.expressions import compile_expression
from app.floor import clock
from app.floor.errors import Conflict, NotFound, ShuliuError
from app.floor.messages import Text, say
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import RuleBook, editions, rulebook
from app.outbox.models import Letter
from app.rules.pack import PERIODS, RuleValue

LATE_DAYS = 14
"""So many days after an overdue due day are drawn one by one."""
MOST_EVENTS = 200


# one deadline


def deadline_page(session: Session, row: Deadline, case: Case) -> dict[str, Any]:
    """`deadlines.view`, and beside it whose rule it is, how much is left, and the days since it fell due."""
    view = deadlines.view(session, row, case)
    calendar = alerts.term_of(row).calendar(calendar_for(session, case.jurisdiction))
    runs = view["state"] in ("running", "missed") and row.ended_on is None
    book = rulebook(session, case.jurisdiction)
    return {
        **view,
        "event": deadlines.event_of(session, definition_of(session, case), row, case),
        "note": _note(book, row),
        "rule_version": in_force_from(book),
        **_burning(row.due_on, row.due_at if runs else None, row.kind, calendar),
    }


def _burning(due_on: date | None, due_at: datetime | None, kind: str, calendar: Calendar) -> dict[str, Any]:
    now = clock.now()
    if due_on is None or due_at is None:
        return {"lamp": "none", "left": None, "late_days": []}
    left = days_left(calendar, due_on, now, due_at, kind)
    late = (clock.office_date(now) - due_on).days if due_at < now else 0
    days: list[Day] = [calendar.day(due_on + timedelta(days=n)) for n in range(1, min(late, LATE_DAYS) + 1)]
    return {"lamp": alerts.lamp(due_at, kind, now, calendar), "left": left, "late_days": days}


def in_force_from(book: RuleBook) -> str:
    """The rules as people name them: by the day from which their regulation is in force."""
    begins = book.pack.regulation.from_on
    return begins.isoformat() if begins else "–"


def _note(book: RuleBook, row: Deadline) -> Text | None:
    """The pack's note on the answer that this clock was given."""
    try:
        value = book.value(row.rule, row.started_on)
    except NotFound:
        return None
    answers = value.cases or (value,)
    return next((one.note for one in answers if one.value == row.length or one.type == row.kind == "ordered"), None)


def foreseen(step: Transition, rule: str, start: date | None = None) -> dict[str, Any]:
    """A deadline as it would run under that rule if it began now, or on that day; nothing is stored."""
    now, begins = step.now, start or step.now
    value: RuleValue = step.rule_value(rule, start or clock.office_date(now))
    value = of_a_clock(step.plan.rules[rule], value, begins, step.calendar, step.rules.conventions, now)
    given = value.term
    kind = given.kind
    term = Term(**{given.unit: given.length}, kind=kind)
    calendar = term.calendar(step.calendar)
    conventions = step.rules.conventions
    zero = first_day_zero(begins, conventions, calendar)
    standing = fold([JournalEntry("start", zero, now)], term, step.calendar, conventions, now)
    declared = step.plan.rules[rule]
    return {
        "id": None,
        "rule": rule,
        "title": declared.title,
        "article": ", ".join(value.article) or None,
        "kind": kind,
        "reason": value.reason,
        "length": given.length,
        "unit": given.unit,
        "state": standing.state,
        "late": False,
        "certainty": standing.certainty,
        "started_on": standing.started_on,
        "due_on": standing.due_on,
        "due_at": standing.due_at,
        "unpaused_due_on": standing.unpaused_due_on,
        "met_on": None,
        "ended_on": None,
        "days_late": 0,
        "law": value.law,
        "rule_version": in_force_from(step.rules),
        "explanation": explain(standing, calendar, step.plan.top.begins or RECEIVED),
        "event": step.plan.top.begins or RECEIVED,
        "note": value.note,
        **told(step.rules, value),
        **_burning(standing.due_on, standing.due_at, kind, calendar),
    }


def first_rule(step: Transition) -> str | None:
    """The rule whose clock would start with the case itself, and can be counted before it is sent."""
    for trigger in step.plan.triggers.get(("case", ""), ()):
        counted = step.plan.rules[trigger.key].type in PERIODS
        if trigger.effect == "start" and counted and (trigger.when is None or step.holds(trigger.when)):
            return trigger.key
    return None


def example(session: Session) -> dict[str, Any] | None:
    """A deadline that a regulation sets, as it would run from today: for who does not know us yet. None where none of
    the regulations in force sets a number."""
    for jurisdiction in editions(session):
        for procedure in rulebook(session, jurisdiction).pack.procedures:
            try:
                step = opening.foresee(session, CITIZEN, procedure, jurisdiction)
                rule = first_rule(step)
                found = foreseen(step, rule) if rule else None
            except ShuliuError:  # out of force, or not for everybody
                continue
            if found and found["kind"] == "statutory" and found["unit"] == "days":
                return found
    return None


# one task


@dataclass(frozen=True)
class Work:
    """A task with its case, and with all that its forms may ask of them."""

    task: Task
    case: Case
    step: Transition
    view: dict[str, Any]
    deadline: dict[str, Any] | None

    @property
    def plan(self) -> Definition:
        return self.step.plan


def work(session: Session, actor: Actor, task_id: int) -> Work:
    """Raises NotFound, also for a task of a case that the actor may not see."""
    query = task_rows().where(Task.id == task_id, policy.visible_cases(actor)).options(undefer(Case.facts))
    row = session.execute(query.options(selectinload(Deadline.entries))).first()
    if row is None:
        raise NotFound(say("There is no such task."))
    task, case, deadline = row.Task, row.Case, row.Deadline
    names, plan = department_names(session, seated([case])), definition_of(session, case)
    return Work(
        task,
        case,
        Transition(session, case, plan, actor),
        _line(session, actor, plan, names, row),
        deadline_page(session, deadline, case) if deadline else None,
    )


def _line(session: Session, actor: Actor, plan: Definition, names: Mapping[int, Text], row: Any) -> dict[str, Any]:
    """`task_line`, and beside it why this reader cannot do an open step, be it `mine` or not: it checks what they have
    done themselves. Asked of one task or one case only: it may cost a statement."""
    line, task = task_line(session, actor, names, *row), row[0]
    form = plan.task(task.key) if task.key in plan.tasks else None
    own = second_persons.why_not(session, actor, task, form) if task.status == "open" else None
    return {**line, "mine": line["mine"] and own is None, "own": own}


def colleagues(session: Session, task: Task, actor: Actor, but: int | None) -> list[dict[str, str]]:
    """Who else of the department could do this task; not the account `but`, whose work it checks."""
    query = select(Account.username, Account.name, Account.roles).where(
        Account.department_id == task.department_id,
        Account.active,
        Account.id.not_in([one for one in (actor.account_id, but) if one is not None]),
    )
    fit = policy.roles_of(task)
    found = session.execute(query.order_by(Account.username).limit(50))
    return [{"username": username, "name": name} for username, name, roles in found if fit & set(roles)]


# one case


@dataclass(frozen=True)
class CaseStory:
    """A case and all that belongs to it, read in a fixed number of statements."""

    case: Case
    step: Transition
    line: dict[str, Any]
    departments: Mapping[int, Text]
    tasks: list[Task]
    lines: list[dict[str, Any]]
    deadlines: list[dict[str, Any]]
    events: list[history.HistoryEvent]
    people: Mapping[str, tuple[str, Text | None]]
    """Name and department of everybody who acted, by user name."""
    letters: list[Letter]
    incident: Incident | None

    @property
    def plan(self) -> Definition:
        return self.step.plan

    @property
    def leading(self) -> dict[str, Any] | None:
        """The clock that speaks for the case (counting rule 11): of an open one that which the law has set, before any
        target of our own; of a closed one how that went: missed before kept."""
        rank = alerts.rank_of_kind
        alive = [one for one in self.deadlines if one["ended_on"] is None and one["state"] in _ALIVE]
        if self.case.status == "open" and alive:
            shown = {task.deadline_id for task in self.tasks if task.status == "open"}
            late = datetime.max.replace(tzinfo=UTC)
            return min(
                alive, key=lambda one: (rank(one["kind"]), one["id"] not in shown, one["due_at"] or late, one["id"])
            )
        ended = sorted(self.deadlines, key=lambda one: (rank(one["kind"]), one["state"] != "missed", -one["id"]))
        of_law = [one for one in ended if one["kind"] != "internal" and one["state"] in ("met", "missed")]
        return next(iter(of_law or self.deadlines[-1:]), None)


_ALIVE = ("running", "paused", "missed")


def story(session: Session, actor: Actor, case: Case) -> CaseStory:
    """The whole case; who may see it has been judged by whoever read the row."""
    rows = session.execute(task_rows().where(Task.case_id == case.id).order_by(Task.id)).all()
    clocks_of = select(Deadline).where(Deadline.case_id == case.id).order_by(Deadline.id)
    begun = session.scalars(clocks_of.options(selectinload(Deadline.entries))).all()
    event = history.HistoryEvent
    told = select(event).where(event.stream == case.stream).order_by(event.seq.desc()).limit(MOST_EVENTS)
    events = list(session.scalars(told))
    names = department_names(session, seated([case]) | {row[0].department_id for row in rows if row[0].department_id})
    plan = definition_of(session, case)
    return CaseStory(
        case,
        Transition(session, case, plan, actor),
        api.case_line(session, case, by_the_day=alerts.by_the_day(begun)),
        names,
        [row[0] for row in rows],
        [_line(session, actor, plan, names, row) for row in rows],
        [deadline_page(session, one, case) for one in begun],
        events,
        people(session, {one.actor for one in events}),
        list(session.scalars(select(Letter).where(Letter.case_id == case.id).order_by(Letter.id))),
        session.scalars(select(Incident).where(Incident.case_id == case.id, Incident.solved_at.is_(None))).first(),
    )


def tasks_of(session: Session, case: Case) -> list[Task]:
    """Every task of a case, the oldest first."""
    return list(session.scalars(select(Task).where(Task.case_id == case.id).order_by(Task.id)))


def people(session: Session, usernames: Collection[str]) -> dict[str, tuple[str, Text | None]]:
    """Name and department of accounts."""
    query = (
        select(Account.username, Account.name, Department)
        .outerjoin(Department, Account.department_id == Department.id)
        .where(Account.username.in_(usernames))
    )
    return {username: (name, one.name if one else None) for username, name, one in session.execute(query)}


def people_by_id(session: Session, ids: Collection[int | None]) -> dict[int, str]:
    if not ids:
        return {}
    return {row.id: row.name for row in session.execute(select(Account.id, Account.name).where(Account.id.in_(ids)))}


def time_shares(told: CaseStory) -> list[dict[str, Any]]:
    """Who held the case on each counted and paused day of its leading clock so far."""
    leading = told.leading
    if leading is None or leading["unit"] != "days":
        return []
    today, shares = clock.today(), dict[int, dict[str, Any]]()
    for row in leading["explanation"].rows:
        what = {"counted": "counted", "due": "counted", "paused": "paused"}.get(row.what)
        holder = _holder_on(told.tasks, row.on) if what and row.on <= today else None
        if holder is not None and what is not None:
            share = shares.setdefault(holder, {"department": told.departments[holder], "counted": 0, "paused": 0})
            share[what] += 1
    return list(shares.values())


def _holder_on(tasks: Sequence[Task], day: date) -> int | None:
    """The department whose step was open at the end of that day: of several, the one opened last."""
    held = None
    for task in tasks:
        closed = clock.office_date(task.closed_at) if task.closed_at else date.max
        if clock.office_date(task.opened_at) <= day <= closed and task.department_id is not None:
            held = task.department_id
    return held


def letter_receiver(case: Case, letter: Letter) -> int | None:
    """The department that a letter went to, as kept with it, else the applicant's; None is a citizen."""
    receiver: int | None = letter.body.get("receiver", sits(case, "applicant"))
    return receiver


def cases_by_id(session: Session, ids: Collection[int]) -> dict[int, Case]:
    return {row.id: row for row in session.scalars(select(Case).where(Case.id.in_(ids)))} if ids else {}


def earlier_cases(session: Session, actor: Actor, case: Case, limit: int = 3) -> list[dict[str, Any]]:
    """Closed cases of the same procedure on the same resource that this actor may see, the newest first."""
    if case.resource is None:
        return []
    query = policy.only_visible(select(Case), actor).where(
        Case.resource == case.resource, Case.procedure == case.procedure, Case.status == "closed", Case.id != case.id
    )
    rows = session.scalars(query.order_by(Case.id.desc()).limit(limit)).all()
    names = department_names(session, seated(rows))
    return [{**api.case_line(session, row), "applicant_name": names.get(sits(row, "applicant") or 0)} for row in rows]


def offered_procedures(session: Session, actor: Actor) -> list[tuple[str, Definition]]:
    """The procedures that this actor may start by itself where its department is, as the regulation offers them."""
    if actor.jurisdiction is None or actor.department_id is None or not (actor.may("clerk") or actor.may("head")):
        return []
    may_open = {"department", *({"bureau"} if actor.kind == "bureau" else ())}
    plans = [
        (procedure, current_plan(session, process, actor.jurisdiction))
        for procedure, process in rulebook(session, actor.jurisdiction).pack.procedures.items()
    ]
    return [(name, plan) for name, plan in plans if plan.top.startable and may_open & set(plan.top.starters)]


def public_procedure(session: Session, jurisdiction: str) -> str | None:
    """The procedure that a citizen may start there, as the regulation has it: the start form's checks that ask only
    who applies do not refuse somebody without a department."""
    for procedure, process in rulebook(session, jurisdiction).pack.procedures.items():
        top = current_plan(session, process, jurisdiction).top
        if not (top.startable and "public" in top.starters):
            continue
        try:
            step = opening.foresee(session, CITIZEN, procedure, jurisdiction)
        except Conflict:
            return None
        asks = [check.when for check in top.start.checks if compile_expression(check.when).roots <= {"applicant"}]
        if not any(step.holds(when) for when in asks):
            return procedure
    return None
