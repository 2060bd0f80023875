"""How a task ends, and what a case shows of its clocks afterwards, whoever has brought that about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.cases.clocks import alerts
from app.cases.models import Task
from app.cases.transition import Transition


def close_task(step: Transition, task: Task, status: str, answer: Mapping[str, Any] | None) -> None:
    task.status, task.closed_at = status, step.now
    if status == "done":
        task.closed_by_id = task.assignee_id = step.actor.account_id
        task.answer = dict(answer or {})
    step.tasks.remove(task) if task in step.tasks else None
    for side in [s for s in step.tasks if s.parent_id == task.id]:
        side.status, side.closed_at = "cancelled", step.now
        step.tasks.remove(side)


def settle_due(step: Transition) -> None:
    """The case's own due date is that of the clock that speaks for it: lists sort and filter by it."""
    speaks = alerts.first_of(deadline for deadline in step.deadlines if deadline.state == "running")
    step.case.due_at = speaks.due_at if speaks else None
