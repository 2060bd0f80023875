"""Four tickers at once, killed at any moment: every clock tells once that it is
due soon and once that it is overdue, and its case looks as if nobody had died."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.commands import timers
from app.cases.models import Case, Deadline
from app.database.transactions import Database
from app.history import HistoryEvent
from app.outbox import OutboxMessage
from tests.load import clerks
from tests.load.conftest import Told
from tests.load.crew import Crew
from tests.load.ground import size
from tests.load.sound import faults
from tests.world import World, on_both

CASES, KILLS = size(30, 600), size(10, 80)
OPENED, PAST_DUE = "2026-03-10T10:00:00+08:00", "2026-04-20T10:00:00+08:00"
ROUNDS = 2
"""A clock tells that it is due soon, and later that it is overdue."""


@on_both
def test_each_clock_tells_exactly_once_whoever_is_killed(world: World, tmp_path: Path, figures: Told) -> None:
    undisturbed = _opened(world, 1)[0]
    with world.database.transaction(write=False) as session:
        reminded_at = timers.next_due_at(session)
    assert reminded_at is not None
    moments = (reminded_at, PAST_DUE)
    for moment in moments:
        world.at(moment)
        assert world.tick() == timers.Ticked(fired=1)
    cases, killed = _opened(world, CASES), 0
    for seed, moment in enumerate(moments, 1):
        world.at(moment)
        deaths = ("statement", "fired")
        crew = Crew(clerks.fire_timers, world.database.url, tmp_path, deaths=deaths, kills=KILLS // ROUNDS, seed=seed)
        killed += crew.run()
    assert faults(world.database) == []
    assert clerks.cut_off(tmp_path) == []
    with world.database.transaction(write=False) as session:
        watches = session.scalars(select(Deadline)).all()
        assert [one.id for one in watches if one.watch_at is not None or one.watch_attempts] == []
        assert [one.id for one in watches if not one.reminded_for == one.overdue_for == one.due_on] == []
        assert Counter(one.case_id for one in watches) == Counter([undisturbed, *cases])
        expected = _story(session, undisturbed)
        assert (expected[0]["notice.reminder"], expected[0]["notice.overdue"]) == (1, 1)
        assert [case for case in cases if _story(session, case) != expected] == []
    told = [int(words[1]) for words in clerks.read_notes(tmp_path) if words[0] == "fired"]
    unacknowledged = ROUNDS * CASES - sum(told)
    assert 0 <= unacknowledged <= killed
    assert killed >= KILLS
    figures(kills=killed, tellings=ROUNDS * CASES, unacknowledged=unacknowledged, notices=_notices(world.database))


def _opened(world: World, count: int) -> list[int]:
    """So many applications to one department, all of one moment."""
    world.at(OPENED)
    data = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市"}
    body = {"share_mode": "interface", "legal_duty": "社会保险登记", **data}
    return [world.open_case("yima.renshe.clerk", "conditional_share", body)["id"] for _ in range(count)]


def _story(session: Session, case_id: int) -> tuple[Counter[str], Counter[Any]]:
    """What has happened in a case, and who was told of what."""
    stream = session.get_one(Case, case_id).stream
    kinds = Counter(session.scalars(select(HistoryEvent.kind).where(HistoryEvent.stream == stream)))
    messages = session.scalars(select(OutboxMessage).where(OutboxMessage.case_id == case_id))
    return kinds, Counter((one.kind, one.recipient_department_id, one.role) for one in messages)


def _notices(database: Database) -> int:
    with database.transaction(write=False) as session:
        return len(
            session.scalars(select(OutboxMessage.id).where(OutboxMessage.kind.in_(("reminder", "overdue")))).all()
        )
