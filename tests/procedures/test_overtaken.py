"""A draft whose entry has changed hands meanwhile is not published: whoever accepts or reviews it reads which entry has
moved, and returns or declines it; nothing is stuck (PROCEDURES P1)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select

from app.cases.models import Incident
from tests.procedures.test_transfer import Play, everywhere, verified
from tests.world import World, done


def answered(world: World, task: dict[str, Any], **data: Any) -> Any:
    return world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data})


@everywhere
def test_of_two_transfers_of_an_entry_the_second_says_which_has_moved_and_goes_back(world: World, place: str) -> None:
    play = Play(world, place)
    first, second = play.drafted("renshe"), play.drafted("minzheng")
    world.complete(first["id"], "accept_transfer", {"accept": True})
    play.passed(first)
    [task] = world.open_tasks(second["id"]).values()
    refused, choice, otherwise = answered(world, task, accept=True), "accept", {"accept": False, "reason": "已划出"}
    if refused.status_code == 200:
        [task] = world.open_tasks(second["id"]).values()
        refused, choice = answered(world, task, decision="pass"), "decision"
        otherwise = {"decision": "return", "remarks": "条目已划出"}
    assert (refused.status_code, set(refused.json["errors"])) == (422, {choice})
    assert play.code in refused.json["errors"][choice][0]
    assert play.entry()["provider"] == "renshe"
    with world.database.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Incident)) == 0
    done(answered(world, task, **otherwise))
    assert world.case(second["id"])["status"] == "open"
    assert verified(world) is None
