"""One case that is broken beyond what the engine can say holds up no other, and a person hears of it. It is tried again
each day, so that a clock falls silent for nobody once its case is mended."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, text

from app.cases.commands.timers import RETRY_AFTER, TOLD_AGAIN_AFTER, Ticked
from app.cases.models import Deadline, Incident
from tests.load.clerks import APPLICATION
from tests.world import World


def test_a_broken_case_holds_up_no_other_clocks_and_becomes_an_incident(world: World) -> None:
    cases = []
    for day in ("2026-03-10", "2026-03-11"):
        world.at(f"{day}T10:00:00+08:00")
        data = {**APPLICATION, "resource": "YM-GA-002"}
        cases.append(world.open_case("yima.renshe.clerk", "conditional_share", data)["id"])
    with world.database.transaction() as session:
        kept = text("""select facts from "case" where id = :id""")
        facts = session.execute(kept, {"id": cases[0]}).scalar_one()
        session.execute(text("""update "case" set facts = '[1]' where id = :id"""), {"id": cases[0]})
    at = datetime.fromisoformat("2026-04-20T10:00:00+08:00")
    world.at(at)
    assert world.tick() == Ticked(fired=1, failed=1)
    for wait in RETRY_AFTER:
        at += wait + timedelta(seconds=1)
        world.at(at)
        assert world.tick() == Ticked(failed=1)
    world.at(at + TOLD_AGAIN_AFTER - timedelta(seconds=1))
    assert world.tick() == Ticked()
    world.at(at + TOLD_AGAIN_AFTER)
    assert world.tick() == Ticked(failed=1)
    assert world.tick() == Ticked()
    with world.database.transaction(write=False) as session:
        clocks = session.scalars(select(Deadline)).all()
        told = {one.case_id: one.overdue_for == one.due_on for one in clocks}
        watched = [one.case_id for one in clocks if one.watch_at is not None]
        [incident] = session.scalars(select(Incident))
    assert (told, watched) == ({cases[0]: False, cases[1]: True}, [cases[0]])
    assert [len(world.events(case, "notice.overdue")) for case in cases] == [0, 1]
    assert (incident.case_id, incident.times, incident.solved_at) == (cases[0], 2, None)
    with world.database.transaction() as session:
        session.execute(text("""update "case" set facts = :facts where id = :id"""), {"id": cases[0], "facts": facts})
    world.at(at + 2 * TOLD_AGAIN_AFTER)
    assert world.tick() == Ticked(fired=1)
    assert [len(world.events(case, "notice.overdue")) for case in cases] == [1, 1]
    with world.database.transaction(write=False) as session:
        [incident] = session.scalars(select(Incident))
    assert incident.solved_by == "system"
