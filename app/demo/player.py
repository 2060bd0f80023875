"""Plays the moves of the stories: everybody acts as themselves, through the same functions as the doors, at the moment
at which the clock stands; what falls due between two moves happens in between, booked to the system."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import outbox
from app.accounts import CITIZEN, Actor, Department, actor_by_username
from app.cases.commands import assignment, clock_commands, flow, grant_lifecycle, opening, timers, withdrawal
from app.cases.models import Case, Deadline, Task
from app.cases.policy import SECOND_PERSON
from app.catalogue import entries, grants
from app.catalogue.models import Grant
from app.database.transactions import Database
from app.demo.files import read_departments
from app.demo.foundation import POSTS, resource_code, username
from app.demo.stories import Move, Story, read_business
from app.floor import clock
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import rulebook

FIRST_ITEMS, SOME_ITEMS = 4, 2


def play(database: Database, move: Move, also: Callable[[Session], None] = lambda session: None) -> None:
    """Make one move in a transaction of its own; `also` is done in the same one."""
    pass_time(database, move.at)
    clock.stop_at(move.at)
    with database.transaction() as session:
        if move.step is None:
            _open(session, move)
        else:
            _step(session, move, move.step)
        also(session)


def pass_time(database: Database, until: datetime) -> None:
    """Let happen what falls due until then, each at its moment, as the worker would have it."""
    while True:
        with database.transaction(write=False) as session:
            due_at = timers.next_due_at(session)
        if due_at is None or due_at > until:
            return
        clock.stop_at(due_at)
        timers.run_due(database)


def read_notices(session: Session) -> None:
    """Everybody reads what has come so far."""
    for department in read_departments():
        for post in POSTS[department["kind"]]:
            actor = _actor(session, username(department["jurisdiction"], department["code"], post))
            outbox.mark_read(session, actor)


def _actor(session: Session, name: str) -> Actor:
    actor = actor_by_username(session, name)
    assert actor is not None, name
    return actor


def _opener(session: Session, story: Story) -> Actor:
    if story.by == CITIZEN.kind:
        return CITIZEN
    return _actor(session, username(story.jurisdiction, story.by or story.department, "clerk"))


def _open(session: Session, move: Move) -> None:
    story, actor = move.story, _opener(session, move.story)
    data = _filled(story.data, _words(session, move))
    key = f"demo:{story.key}"
    case = flow.open_case(session, actor, story.procedure, story.jurisdiction, data, idempotency_key=key)
    if actor is CITIZEN:
        opening.give_receipt(case)


def case_of(session: Session, story: Story) -> Case:
    key = opening.scoped(_opener(session, story), f"demo:{story.key}")
    return session.scalars(select(Case).where(Case.idempotency_key == key)).one()


def _step(session: Session, move: Move, step: Mapping[str, Any]) -> None:
    case = case_of(session, move.story)
    if "task" in step:
        task, actor = _open_task(session, case, step["task"])
        flow.complete_task(session, actor, task.id, _filled(step["answer"], _words(session, move)))
    elif "claim" in step:
        task, actor = _open_task(session, case, step["claim"])
        assignment.claim(session, actor, task.id)
    elif "withdraw" in step:
        withdrawal.withdraw(session, _actor(session, case.opened_by), case.id, step["withdraw"])
    elif "extend" in step:
        _ask_for_time(session, case, step)
    elif "review" in step:
        review = session.scalars(select(Case).where(Case.grant_id == _grant_of(session, case).id)).one()
        task, actor = _open_task(session, review, step["review"])
        flow.complete_task(session, actor, task.id, _filled(step["answer"], _words(session, move)))
    else:
        grant = _grant_of(session, case)
        head = username(case.jurisdiction, grant.resource.provider.code, "head")
        grant_lifecycle.revoke(session, _actor(session, head), grant.id, step["revoke"], step.get("basis"))


def _grant_of(session: Session, case: Case) -> Grant:
    return grants.find_grants(session, case_id=case.id).items[0]


def _ask_for_time(session: Session, case: Case, step: Mapping[str, Any]) -> None:
    clock_of_rule = select(Deadline).where(Deadline.case_id == case.id, Deadline.rule == step["extend"])
    deadline = session.scalars(clock_of_rule).one()
    task = session.scalars(select(Task).where(Task.deadline_id == deadline.id, Task.status == "open")).one()
    clock_commands.extend(session, _holder(session, task), deadline.id, step["days"], step["reason"])


def _open_task(session: Session, case: Case, key: str) -> tuple[Task, Actor]:
    task = session.scalars(select(Task).where(Task.case_id == case.id, Task.key == key, Task.status == "open")).one()
    return task, _holder(session, task)


def _holder(session: Session, task: Task) -> Actor:
    department = session.get_one(Department, task.department_id)
    role = "supervisor" if task.role == SECOND_PERSON else task.role
    return _actor(session, username(department.jurisdiction, department.code, role))


# the words of a story


def _words(session: Session, move: Move) -> dict[str, Any]:
    """What `$name` stands for in the texts of this story."""
    story = move.story
    number_code = rulebook(session, story.jurisdiction).pack.number_code
    code = resource_code(number_code, story.resource)
    resource = entries.entry(session, code)
    items = [item["code"] for item in resource.items]
    calendar = calendar_for(session, story.jurisdiction)
    return {
        "resource": code,
        "items": items[:FIRST_ITEMS],
        "some": items[:SOME_ITEMS],
        "fewer": [item for item in resource.items if item["code"] != items[:FIRST_ITEMS][-1]],
        "new": f"{code.rpartition('-')[0]}-201",
        "applicant": story.department,
        "provider": resource.provider.code,
        "day": lambda days: calendar.add(move.opened_on, days).isoformat(),
        **read_business()[story.department],
    }


def _filled(value: Any, words: Mapping[str, Any]) -> Any:
    if isinstance(value, Mapping):
        return {name: _filled(one, words) for name, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, words) for one in value]
    if not isinstance(value, str) or not value.startswith("$"):
        return value
    name, sign, days = value[1:].partition("-")
    return words[name](-int(days)) if sign else words[name]
