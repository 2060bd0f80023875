"""What doors show of a deadline: its row, and the proof of its dates day by day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session, joinedload, selectinload

from app.accounts import Actor, directory
from app.cases import policy, rule_levels
from app.cases.clocks import alerts, journal_rows
from app.cases.definition import Definition
from app.cases.definition_cache import definition_of
from app.cases.models import Case, ClockEntry, Deadline, Task
from app.cases.transition import journals
from app.database import unit_of_work
from app.database.statements import BoundStatement, CompiledStatement
from app.database.transactions import ask
from app.deadlines.explain import Explanation, explain
from app.deadlines.journal import Standing
from app.deadlines.paragraph import RECEIVED
from app.diagrams.forms import Event, parse_event
from app.engine.vocabulary import SETTLES
from app.floor import clock
from app.floor.citations import cited, titled
from app.floor.errors import NotFound
from app.floor.messages import Language, Text, say
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import rulebook
from app.rules.grounds import Ground, GroundOf

OF_CASE = CompiledStatement(
    unit_of_work.whole(Deadline, ClockEntry)
    .outerjoin_from(Deadline, ClockEntry)
    .where(Deadline.case_id == bindparam("case_id"))
    .order_by(Deadline.id, ClockEntry.seq)
)


def of_case(session: Session, row: Case) -> list[Deadline]:
    [sent] = ask(session, BoundStatement(OF_CASE, {"case_id": row.id}))
    return journals(session, sent)


def visible(session: Session, actor: Actor, deadline_id: int) -> Deadline:
    query = policy.only_visible(select(Deadline).join(Case).where(Deadline.id == deadline_id), actor)
    found = session.scalars(query.options(joinedload(Deadline.case), selectinload(Deadline.entries))).one_or_none()
    if found is None:
        raise NotFound(say("There is no such deadline."))
    return found


def explanation(session: Session, deadline: Deadline, case: Case) -> Explanation:
    """The day-by-day proof, with the calendar version that the deadline was counted by."""
    calendar = calendar_for(session, case.jurisdiction, version=deadline.calendar_version)
    conventions = rulebook(session, case.jurisdiction).conventions
    standing = journal_rows.standing_of(deadline, calendar, conventions, clock.now())
    plan = definition_of(session, case)
    event = ordered_by(session, plan, deadline, case) or event_of(session, plan, deadline, case)
    return explain(standing, alerts.term_of(deadline).calendar(calendar), event)


def ordered_by(session: Session, plan: Definition, row: Deadline, case: Case) -> Text | None:
    """Who has ordered the date that counts, in which step, and by which article. None of what is counted."""
    order = next((one for one in reversed(row.entries) if one.kind == "order"), None)
    if order is None:
        return None
    element = order.reason or ""
    step = plan.tasks[element][1].title if element in plan.tasks else plan.top.start.title
    of = directory(session).by_code.get((case.jurisdiction, order.ground or ""))
    who, article = of.name if of else Text("", "It"), cited(row.article)
    by = Text(f"依{article.zh}", f" under {article.en}") if row.article else article
    was = "ordered it" if of else "was ordered"
    return Text(f"{who.zh}在“{step.zh}”中{by.zh}责令", f"{who.en} {was} in “{step.en}”{by.en}")


def event_of(session: Session, plan: Definition, row: Deadline, case: Case) -> Text:
    """What started the clock, in words: nothing is called received that was not. Of several events that may start it,
    the receipt counts where the clock began on its day, else the step that was answered in that moment, else the first
    of the others."""
    declared = plan.rules.get(row.rule)
    events = [parse_event(one) for one in declared.starts_on] if declared else []
    received = row.started_on == clock.office_date(case.occurred_at)
    if len(events) > 1 and any(one.kind == "action" for one in events):
        events = _of_that_moment(session, row, events)
    for event in sorted(events, key=lambda one: (one.kind == "case") != received):
        if event.element in plan.bundle.elements_with(SETTLES):
            return Text("争议处理结果已经作出", "The dispute was settled")
        field = plan.top.start.field(event.element) if event.kind == "field" else None
        if event.kind == "case":
            return plan.top.begins or RECEIVED
        if field is not None:
            return Text(f"为“{field.title.zh}”", f"{field.title.en}:")
        if event.element in plan.tasks:
            title = plan.tasks[event.element][1].title
            done = event.kind == "done"
            told = f"“{title.en}” was {'answered' if done else 'opened'}"
            return Text(f"“{title.zh}”已提交" if done else f"转至“{title.zh}”", told)
    return _of_its_task(plan, row.rule)


def _of_that_moment(session: Session, row: Deadline, events: Sequence[Event]) -> list[Event]:
    """The step that was answered as the count began, first; where it was none of these, what an action has done."""
    began = max((one.at for one in row.entries if one.kind in ("start", "restart")), default=None)
    answered = select(Task.key).where(Task.case_id == row.case_id, Task.status == "done", Task.closed_at == began)
    keys = set(session.scalars(answered))
    own = [one for one in events if one.kind == "done" and one.element in keys]
    return own or [one for one in events if one.kind != "done"]


def _of_its_task(plan: Definition, rule: str) -> Text:
    """A clock that belongs to a task begins as the task opens."""
    title = next((task.title for _, task in plan.tasks.values() if rule in task.rules), None)
    return Text(f"转至“{title.zh}”", f"“{title.en}” was opened") if title else Text("起算", "Started")


def view(session: Session, row: Deadline, case: Case | None = None) -> dict[str, Any]:
    case = case or row.case
    told = explanation(session, row, case)
    standing = told.standing
    declared = definition_of(session, case).rules.get(row.rule)
    return {
        "id": row.id,
        "case": case.id,
        "rule": row.rule,
        "title": declared.title if declared else Text(row.rule, row.rule),
        "article": ", ".join(row.article) or None,
        "kind": row.kind,
        "reason": row.reason,
        "length": row.length,
        "unit": row.unit,
        "state": standing.state,
        "late": standing.late,
        "certainty": row.certainty,
        "started_on": row.started_on,
        "due_on": row.due_on,
        "due_at": row.due_at,
        "unpaused_due_on": row.unpaused_due_on,
        "met_on": row.met_on,
        "ended_on": row.ended_on,
        "days_late": _days_late(session, row, case, standing),
        "law": row.law,
        "calendar_version": row.calendar_version,
        "rule_version": row.rule_version,
        "explanation": told,
        "grounds": rulebook(session, case.jurisdiction).grounds,
        **rule_levels.levels_of(session, row, case),
    }


def _days_late(session: Session, row: Deadline, case: Case, standing: Standing) -> int:
    """While a clock is overdue, by the calendar of today: a local day that was announced behind the due date has moved
    no date, and is nobody's lateness either."""
    if row.ended_on is not None or row.due_on is None or not standing.days_late:
        return standing.days_late
    return alerts.term_of(row).calendar(calendar_for(session, case.jurisdiction)).between(row.due_on, clock.today())


def as_json(shown: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """A deadline with its proof as lists, in one language."""
    told: Explanation = shown["explanation"]
    plain = {name: value for name, value in shown.items() if name not in ("explanation", "grounds")}
    plain["levels"] = [in_language(one, language) for one in shown["levels"]]
    lists = told.lists(language)
    for pause in lists["pauses"]:
        pause |= source_of(shown["grounds"].get(pause["ground"]), shown["rule"])
    return in_language(plain, language) | lists | {"paragraph": told.paragraph.in_(language)}


def source_of(ground: Ground | None, rule: str) -> dict[str, Any]:
    """By which article, and of which other act, the clock of that rule is paused on this ground."""
    source = ground.source(rule) if ground is not None else GroundOf(())
    return {"article": ", ".join(source.article) or None, "law": source.law}


def ground_title(ground: Ground, rule: str) -> Text:
    """The ground with what says that it pauses the clock of that rule."""
    source = ground.source(rule)
    article, act = cited(source.article), titled(source.law or "", known=True)
    if not source.article:
        return ground.title
    return Text(
        f"{ground.title.zh}（{act}{article.zh}）", f"{ground.title.en} ({' '.join(filter(None, (act, article.en)))})"
    )


def by_number(session: Session, number: str) -> list[dict[str, Any]]:
    """All deadlines of a case, for the operator. Raises NotFound."""
    row = session.scalar(select(Case).where(Case.number == number))
    if row is None:
        raise NotFound(say("There is no case %(number)s.", number=number))
    return [view(session, one, row) for one in of_case(session, row)]


def in_language(view: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """A deadline's view with its texts in one language."""
    return {name: value.in_(language) if isinstance(value, Text) else value for name, value in view.items()}
