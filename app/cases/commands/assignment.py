"""Who works on an open task: claim, release, hand over. The case is locked; its diagram does not notice."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app import history
from app.accounts import Account, Actor, account_named
from app.cases import policy, second_persons
from app.cases.commands import flow
from app.cases.models import Task
from app.diagrams.forms import TaskForm
from app.floor.errors import Forbidden, Invalid, NotFound
from app.floor.messages import say


def claim(session: Session, actor: Actor, task_id: int) -> Task:
    """Take a task of one's department. Claiming twice is no fault; what a colleague holds is a Conflict."""
    task = _open(session, actor, task_id)
    form = _form(session, actor, task)
    second_persons.require_other(session, actor, task, form)
    second_persons.require_unclaimed(session, actor, task, form)
    if task.assignee_id != actor.account_id:
        task.assignee_id = actor.account_id
        _record(session, task, actor, "task.claimed")
    return task


def release(session: Session, actor: Actor, task_id: int) -> Task:
    """Give a task back to the department: one's own, that of whoever cannot do it, or as the head anybody's."""
    task = _open(session, actor, task_id)
    if task.assignee_id is None:
        return task
    if not actor.may("head") and second_persons.held_by_another(session, actor, task, _form(session, actor, task)):
        raise Forbidden(say("Only its holder or the head can release this task."))
    task.assignee_id = None
    _record(session, task, actor, "task.released")
    return task


def transfer(session: Session, actor: Actor, task_id: int, to: str) -> Task:
    """Hand a task to a colleague for good. Raises Invalid when `to` may not do it."""
    task = _open(session, actor, task_id)
    form = _form(session, actor, task)
    if not actor.may("head") and second_persons.held_by_another(session, actor, task, form):
        raise Forbidden(say("Only its holder or the head can transfer this task."))
    colleague = _colleague(session, task, to, form)
    task.assignee_id = colleague.id
    _record(session, task, actor, "task.transferred", to=colleague.username)
    return task


def _open(session: Session, actor: Actor, task_id: int) -> Task:
    task = flow.locked_task(session, task_id)
    policy.require_work(actor, task)
    if task.status != "open":
        raise flow.already(session, task)
    return task


def _form(session: Session, actor: Actor, task: Task) -> TaskForm | None:
    return flow.step_for(session, task.case, actor).plan.tasks.get(task.key, ("", None))[1]


def _colleague(session: Session, task: Task, username: str, form: TaskForm | None) -> Account:
    unfit = Invalid({"to": [say("Name an active colleague of this department who may do this task.")]})
    try:
        account = account_named(session, username)
    except NotFound as error:
        raise unfit from error
    if not second_persons.may_hold(session, account, task, form):
        raise unfit
    return account


def _record(session: Session, task: Task, actor: Actor, kind: str, **detail: str) -> None:
    history.append(session, task.case, kind, actor.username, {"task": task.id, "key": task.key, **detail})
