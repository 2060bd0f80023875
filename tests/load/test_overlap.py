"""Two things that happen to one case at the same time happen one after the other, and the second sees the first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import Actor, actor_by_username
from app.cases.commands import clock_commands, flow, grant_lifecycle, timers
from app.cases.models import Deadline, Task
from app.catalogue import grants
from app.floor import clock
from app.floor.errors import Conflict
from tests.load.clerks import APPLICATION
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
        clock_commands.extend(session, _actor(session, clerk), deadline, 3, "需要外地核对")

    def answer(session: Session) -> None:
        given = {"finding": "no_error", "explanation": "与档案一致"}
        flow.complete_task(session, _actor(session, clerk), task["id"], given)

    overlapping(world.database, ask_for_time, answer).result()
    assert faults(world.database) == []
    assert set(world.open_tasks(case["id"])) == {"reporter_response"}


@on_postgres
def test_a_completion_that_has_read_the_task_before_it_waited_sees_that_it_is_done(world: World) -> None:
    world.at(OPENED)
    case = world.open_case("yima.renshe.clerk", "conditional_share", {**APPLICATION, "resource": "YM-GA-002"})
    [task] = world.open_tasks(case["id"]).values()

    def answer(username: str) -> Callable[[Session], object]:
        def do(session: Session) -> None:
            assert _task(session, case, "provider_review").status == "open"
            flow.complete_task(session, _actor(session, username), task["id"], {"decision": "approve"})

        return do

    second = overlapping(world.database, answer("yima.gongan.clerk"), answer("yima.gongan.clerk2"))
    assert isinstance(second.exception(), Conflict)
    assert faults(world.database) == []


@on_postgres
def test_a_ticker_keeps_no_hold_on_clocks_of_a_case_that_somebody_works_on(world: World) -> None:
    """It goes on to the next case; a hold on the first one's clock could make both wait for each other."""
    cases = []
    for day in ("2026-03-10", "2026-03-11", "2026-04-20"):
        world.at(f"{day}T10:00:00+08:00")
        data = {**APPLICATION, "resource": "YM-GA-002"}
        cases.append(world.open_case("yima.renshe.clerk", "conditional_share", data)["id"])
    free = select(Deadline.id).where(Deadline.case_id == cases[0]).with_for_update(skip_locked=True, of=Deadline)
    with world.database.transaction() as clerk, world.database.transaction() as ticker:
        flow.locked_case(clerk, cases[0], _actor(clerk, "yima.gongan.clerk"))
        claimed = timers.claim_clock(ticker, clock.now())
        assert claimed is not None
        assert claimed.case_id == cases[1]
        assert len(clerk.scalars(free).all()) == 1


@on_postgres
def test_a_grant_is_taken_back_once(world: World) -> None:
    world.at(OPENED)
    case = world.open_case("yima.renshe.clerk", "conditional_share", {**APPLICATION, "resource": "YM-GA-002"})
    world.complete(case["id"], "provider_review", {"decision": "approve"})

    def take_back(session: Session) -> None:
        grant = grants.find_grants(session, case_id=case["id"]).items[0]
        basis = {"kind": "law", "title": "《中华人民共和国数据安全法》", "article": "第三十八条"}
        grant_lifecycle.revoke(session, _actor(session, "yima.gongan.head"), grant.id, "不再需要", basis)

    assert isinstance(overlapping(world.database, take_back, take_back).exception(), Conflict)
    assert faults(world.database) == []
