"""Second persons: a step that checks another one (`second_to` of its form) is not done by whoever has done that one.

Where both are steps of one department, which then looks at its own work, the step is open to everybody of the office
but that person: its clerks, its head, and its supervisors, because a small office has one clerk only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from app.accounts import Account, Actor
from app.cases import policy
from app.cases.models import Task
from app.cases.policy import SECOND_PERSON, Holder
from app.diagrams.forms import TaskForm
from app.floor.errors import Conflict, Forbidden
from app.floor.messages import Say, say

if TYPE_CHECKING:
    from app.cases.transition import Transition

OWN = "task.own_work"
"""The link that tells that a department has looked at its own work, and that a second person did."""
NOBODY, ALONE = "task.no_second", "no_second_person"
"""The link and the notice that tell that the department has nobody who could look at its work."""
YOURS = say(
    "You have done the step that is checked here. A second person of your department has to do this one: "
    "another clerk, the head or a supervisor."
)


def role_of(step: Transition, form: TaskForm | None, holder: Holder) -> str:
    """The role for which a step opens: that of its lane, or a second person's."""
    if form is None or not form.second_to or holder.role != "clerk":
        return holder.role
    done = select(Task.id).where(Task.case_id == step.case.id, Task.key.in_(form.second_to))
    own = done.where(Task.department_id == holder.department_id).limit(1)
    return SECOND_PERSON if step.session.scalar(own) is not None else holder.role


def why_not(session: Session, actor: Actor, task: Task, form: TaskForm | None) -> Say | None:
    """Why this person cannot do the step, whatever roles they have; or None."""
    if actor.account_id is None:
        return None
    return YOURS if drafter(session, task, form) == actor.account_id else None


def drafter(session: Session, task: Task, form: TaskForm | None) -> int | None:
    """The account that has done what is checked here, if that was in the same department."""
    if form is None or task.role != SECOND_PERSON:
        return None
    done = select(Task.closed_by_id).where(Task.case_id == task.case.id, Task.key.in_(form.second_to))
    return session.scalar(done.where(Task.status == "done").order_by(Task.closed_at.desc(), Task.id.desc()).limit(1))


def may_hold(session: Session, account: Account, task: Task, form: TaskForm | None) -> bool:
    """Whether this account could do the step: of the department, with a role for it, and not the drafter."""
    return _fits(account, task) and account.id != drafter(session, task, form)


def _fits(account: Account, task: Task) -> bool:
    in_office = account.active and account.department_id == task.department_id
    return in_office and bool(set(account.roles) & policy.roles_of(task))


def held_by_another(session: Session, actor: Actor, task: Task, form: TaskForm | None) -> bool:
    """Whether a colleague holds the task who can do it."""
    return task.assignee_id != actor.account_id and is_held(session, task, form)


def is_held(session: Session, task: Task, form: TaskForm | None) -> bool:
    """Whether somebody holds the task who can do it: whoever cannot, or not any more, keeps nobody out."""
    holder = session.get(Account, task.assignee_id) if task.assignee_id is not None else None
    return holder is not None and may_hold(session, holder, task, form)


def tell_if_alone(step: Transition, task: Task, form: TaskForm | None, passed: Iterable[tuple[str, str]]) -> None:
    """A step for a second person opens in a department that has none: its people and the administrators are told at
    once, and the history says so. `passed`: what this step has done; the draft itself may be among it."""
    if form is None or task.role != SECOND_PERSON:
        return
    here = or_(Account.department_id == task.department_id, Account.department_id.is_(None))
    people = step.session.scalars(select(Account).where(Account.active, here).order_by(Account.id)).all()
    now = any(kind == "done" and element in form.second_to for kind, element in passed)
    by = step.actor.account_id if now else drafter(step.session, task, form)
    if any(_fits(one, task) and one.id != by for one in people):
        return
    step.record(NOBODY, key=task.key)
    said = {"channel": "notice", "kind": ALONE, "case_id": step.case.id}
    said["payload"] = {"number": step.case.number, "subject": step.case.subject, "key": task.key}
    key = f"case:{step.case.id}:{step.case.history_seq}:{ALONE}"
    step.messages.append({**said, "key": key, "recipient_department_id": task.department_id, "role": policy.EVERYBODY})
    for one in people:
        if one.department_id is None and "administrator" in one.roles:
            step.messages.append({**said, "key": f"{key}:{one.id}", "recipient_account_id": one.id})


def require_unclaimed(session: Session, actor: Actor, task: Task, form: TaskForm | None) -> None:
    """Raises Conflict (task-claimed) where a colleague holds the task who can do it."""
    if held_by_another(session, actor, task, form):
        told = say("A colleague has claimed this task. Ask for it to be released or transferred.")
        raise Conflict(told, "task-claimed")


def require_other(session: Session, actor: Actor, task: Task, form: TaskForm | None) -> None:
    """Raises Forbidden, with the reason."""
    told = why_not(session, actor, task, form)
    if told is not None:
        raise Forbidden(told)
