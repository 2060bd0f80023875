"""Two things that happen to one case at the same time happen one after the other, and the second sees the first."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import Actor, actor_by_username
from app.cases import adjusting, flow
from app.cases.models import Task
from tests.load.overlap import overlapping
from tests.load.sound import faults
from tests.world import World, on_postgres

OPENED = "2026-03-10T10:00:00+08:00"


def _actor(session: Session, username: str) -> Actor:
    found = actor_by_username(session, username)
    assert found is not None
    return found


def _task(session: Session, case: Any, key: str) -> Task:
    return session.scalars(select(Task).where(Task.case_id == case["id"], Task.key == key)).one()


@on_postgres
def test_a_completion_takes_away_a_task_that_was_opened_while_it_waited(world: World) -> None:
    world.at(OPENED)
    report = {"resource": "YY-GA-002", "items": ["name"], "doubt": "与户口簿不一致"}
    case = world.open_case("yunyang.renshe.clerk", "data_error", report)
    [task] = world.open_tasks(case["id"]).values()
    clerk = "yunyang.gongan.clerk"

    def ask_for_time(session: Session) -> None:
        deadline = _task(session, case, "verify_error").deadline_id
        adjusting.extend(session, _actor(session, clerk), deadline, 3, "需要外地核对")

    def answer(session: Session) -> None:
        given = {"finding": "no_error", "explanation": "与档案一致"}
        flow.complete_task(session, _actor(session, clerk), task["id"], given)

    overlapping(world.database, ask_for_time, answer).result()
    assert faults(world.database) == []
    assert set(world.open_tasks(case["id"])) == {"reporter_response"}
