"""What an act would do to a clock is what it then does, on both databases; until then nothing is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session
from world import World, on_both

from app.accounts import Actor, actor_by_token
from app.cases.commands import clock_commands, start_corrections
from app.cases.read import act_preview

REPORT = {"resource": "YM-MZ-002", "items": ["name"], "doubt": "姓名有误"}
Act = Callable[[Session, Actor, int], Any]
ACTS: dict[str, Act] = {
    "pause": lambda session, actor, id: clock_commands.pause(session, actor, id, "supplement", "等待材料"),
    "correct": lambda session, actor, id: start_corrections.correct(session, actor, id, date(2026, 3, 2), "误录"),
}


@on_both
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)
def test_what_is_foretold_is_what_happens(world: World, act: Act) -> None:
    world.at("2026-03-03T09:00:00+08:00")
    case = world.open_case("yima.gongan.clerk", "data_error", REPORT)
    [clock] = case["deadlines"]
    events = world.events(case["id"])
    with world.database.transaction() as session:
        actor = actor_by_token(session, "yima.bureau.clerk")
        assert actor is not None
        [shift] = act_preview.foretell(session, actor, case["id"], lambda: act(session, actor, clock["id"]))
    assert world.case(case["id"])["deadlines"] == [clock]
    assert world.events(case["id"]) == events
    with world.database.transaction() as session:
        act(session, actor, clock["id"])
    [after] = world.case(case["id"])["deadlines"]
    assert (shift.before.state, shift.before.due_on) == (clock["state"], date.fromisoformat(clock["due_on"]))
    assert (shift.after.state, shift.after.certainty) == (after["state"], after["certainty"])
    assert shift.after.due_on == (date.fromisoformat(after["due_on"]) if after["due_on"] else None)
