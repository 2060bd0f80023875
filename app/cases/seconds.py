"""Second persons: a step that checks another one (`second_to` of its form) is not done by whoever has done that one.

Where both are steps of one department, which then looks at its own work, the step is open to everybody of the office
but that person: its clerks, its head, and its supervisors, because a small office has one clerk only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import Actor
from app.cases.lanes import Holder
from app.cases.models import Task
from app.cases.policy import SECOND_PERSON
from app.diagrams.forms import TaskForm
from app.errors import Forbidden
from app.words import Say, say

if TYPE_CHECKING:
    from app.cases.step import Step

OWN = "task.own_work"
"""The link that tells that a department has looked at its own work, and that a second person did."""
YOURS = say(
    "You have done the step that is checked here. A second person of your department has to do this one: "
    "another clerk, the head or a supervisor."
)


def role_of(step: Step, form: TaskForm | None, holder: Holder) -> str:
    """The role for which a step opens: that of its lane, or a second person's."""
    if form is None or not form.second_to or holder.role != "clerk":
        return holder.role
    done = select(Task.id).where(Task.case_id == step.case.id, Task.key.in_(form.second_to))
    own = done.where(Task.department_id == holder.department_id).limit(1)
    return SECOND_PERSON if step.session.scalar(own) is not None else holder.role


def why_not(session: Session, actor: Actor, task: Task, form: TaskForm) -> Say | None:
    """Why this person cannot do the step, whatever roles they have; or None."""
    if task.role != SECOND_PERSON or actor.account_id is None:
        return None
    done = select(Task.closed_by_id).where(Task.case_id == task.case_id, Task.key.in_(form.second_to))
    last = session.scalar(done.where(Task.status == "done").order_by(Task.closed_at.desc(), Task.id.desc()).limit(1))
    return YOURS if last == actor.account_id else None


def require_other(session: Session, actor: Actor, task: Task, form: TaskForm) -> None:
    """Raises Forbidden, with the reason."""
    told = why_not(session, actor, task, form)
    if told is not None:
        raise Forbidden(told)
