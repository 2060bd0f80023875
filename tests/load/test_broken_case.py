"""One case that is broken beyond what the engine can say holds up no other, and a person hears of it."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text

from app.cases.models import Incident, Timer
from app.cases.tick import RETRY_AFTER, Ticked
from tests.load.clerks import APPLICATION
from tests.world import World


def test_a_broken_case_holds_up_no_other_timers_and_becomes_an_incident(world: World) -> None:
    cases = []
    for day in ("2026-03-10", "2026-03-11"):
        world.at(f"{day}T10:00:00+08:00")
        data = {**APPLICATION, "resource": "YM-GA-002"}
        cases.append(world.open_case("yima.renshe.clerk", "conditional_share", data)["id"])
    with world.database.transaction() as session:
        session.execute(text("""update "case" set facts = '[1]' where id = :id"""), {"id": cases[0]})
    at = datetime.fromisoformat("2026-04-20T10:00:00+08:00")
    world.at(at)
    assert world.tick() == Ticked(fired=2, failed=2)
    for wait in RETRY_AFTER:
        at += wait + timedelta(seconds=1)
        world.at(at)
        assert world.tick() == Ticked(failed=2)
    world.at(at + timedelta(days=1))
    assert world.tick() == Ticked()
    with world.database.transaction(write=False) as session:
        states = {(timer.case_id, timer.state) for timer in session.scalars(select(Timer))}
        [incident] = session.scalars(select(Incident))
    assert states == {(cases[0], "failed"), (cases[1], "fired")}
    assert (incident.case_id, incident.times) == (cases[0], 2)
