"""`flask audit verify` finds what somebody has changed behind the program's back, in the history and in the clocks."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, insert, literal, select, update

from app.cases import audit
from app.cases.models import ClockEntry
from tests.world import World, done, on_both

MONDAY = "2026-03-09T10:00:00+08:00"
DOUBT = {"resource": "YM-MZ-002", "items": ["name"], "doubt": "姓名有误"}
FORGERIES: dict[str, Any] = {
    "a day moved": update(ClockEntry).where(ClockEntry.kind == "start").values(on=date(2026, 3, 10)),
    "a pause taken out": delete(ClockEntry).where(ClockEntry.kind == "suspend"),
    "the tail cut off": delete(ClockEntry).where(ClockEntry.kind.in_(("suspend", "resume"))),
    "somebody else's name": update(ClockEntry).where(ClockEntry.kind == "suspend").values(actor="yima.minzheng.head"),
    "another ground": update(ClockEntry).where(ClockEntry.kind == "suspend").values(ground="expertise"),
    "an extension put in": insert(ClockEntry).from_select(
        ["deadline_id", "seq", "kind", "on", "at", "days", "actor"],
        select(
            ClockEntry.deadline_id,
            literal(9),
            literal("extend"),
            ClockEntry.on,
            ClockEntry.at,
            literal(5),
            ClockEntry.actor,
        ).limit(1),
    ),
}


def paused(world: World) -> None:
    """A case whose clock has begun, was paused by hand and goes on."""
    world.at(MONDAY)
    case = world.open_case("yima.gongan.clerk", "data_error", DOUBT)
    clock, holder = case["deadlines"][0]["id"], world.api("yima.minzheng.clerk")
    done(holder.post(f"/deadlines/{clock}/pause", {"ground": "supplement"}))
    done(holder.post(f"/deadlines/{clock}/resume"))


@on_both
def test_clocks_that_nobody_touched_hold(world: World) -> None:
    paused(world)
    told = world.flask("audit", "verify")
    assert told.exit_code == 0, told.output


@pytest.mark.parametrize("forgery", FORGERIES, ids=str)
def test_a_forged_journal_is_found(world: World, forgery: str) -> None:
    paused(world)
    with world.database.transaction() as session:
        assert session.connection().execute(FORGERIES[forgery]).rowcount > 0
    told = world.flask("audit", "verify")
    assert told.exit_code == 1
    assert "case:YM-JH-2026-0001" in told.output


def test_every_entry_stands_in_the_link_of_its_step(world: World) -> None:
    paused(world)
    with world.database.transaction(write=False) as session:
        assert audit.verify(session)[1] is None
    [case] = done(world.api("admin").get("/cases", q="YM-JH-2026-0001"))["items"]
    told = [
        (event["kind"], [one["kind"] for one in event["detail"].get(audit.CLOCKS, ())])
        for event in world.events(case["id"])
    ]
    assert [one for one in told if one[1]] == [
        ("task.opened", ["start"]),
        ("clock.paused", ["suspend"]),
        ("clock.resumed", ["resume"]),
    ]
