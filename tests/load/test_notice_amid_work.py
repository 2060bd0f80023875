"""A holiday notice arrives while everybody works: every clock ends up counted by it, and nobody waits for ever."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import SYSTEM
from app.cases.commands import flow, recalculation, start_corrections
from app.cases.models import Case, Deadline
from app.deadlines.calendar import Day
from app.deadlines.notice import Notice
from app.floor.messages import Text
from tests.load import clerks
from tests.load.conftest import Told
from tests.load.crew import Crew
from tests.load.ground import employ, size
from tests.load.overlap import overlapping
from tests.load.sound import faults
from tests.world import World, on_both, on_postgres

OPENED = "2026-03-10T10:00:00+08:00"
CASES = size(10, 150)


def _closed(*days: int) -> Notice:
    """These days of March are local holidays of the place where the tests play; those named before no longer."""
    free = tuple(Day(date(2026, 3, day), working=False, kind="local", name=Text("停电", "No power")) for day in days)
    return Notice(scope=clerks.PLACE, days=free, year=2026)


@on_both
def test_notices_move_every_clock_while_clerks_go_on_working(world: World, tmp_path: Path, figures: Told) -> None:
    world.at(OPENED)
    employ(world.database, seats=4)
    for _ in range(CASES // 2):
        with world.database.transaction() as session:
            _open(session)
    moved = []
    with Crew(clerks.handle_cases, world.database.url, tmp_path, (CASES,)) as crew:
        while crew.working:
            with world.database.transaction(alone=True) as session:
                moved.append(len(recalculation.apply_notice(session, _closed(*range(11, 12 + len(moved) % 2)), SYSTEM)))
            crew.look(0.2)
    assert faults(world.database) == []
    with world.database.transaction(write=False) as session:
        assert set(session.scalars(select(Case.outcome))) == {clerks.OUTCOME}
    assert clerks.cut_off(tmp_path) == []  # a deadlock would be one
    assert sum(moved) > 0
    figures(cases=CASES, notices=len(moved), deadlines_moved=sum(moved))


def _open(session: Session) -> None:
    flow.open_case(
        session, clerks.named(session, "yinchuan.renshe.clerk"), "conditional_share", clerks.PLACE, clerks.APPLICATION
    )


def _apply(session: Session) -> None:
    recalculation.apply_notice(session, _closed(12), SYSTEM)


@on_postgres
def test_a_case_that_is_being_opened_when_a_notice_comes_is_counted_by_it(world: World) -> None:
    world.at(OPENED)
    overlapping(world.database, _open, _apply, alone=_apply).result()
    assert faults(world.database) == []


@on_postgres
def test_a_case_opened_before_the_notice_is_committed_is_counted_by_it(world: World) -> None:
    world.at(OPENED)
    overlapping(world.database, _apply, _open, alone=_apply).result()
    assert faults(world.database) == []


@on_postgres
def test_a_clock_that_is_moved_when_a_notice_comes_is_moved_by_both(world: World) -> None:
    """Corrected to a day earlier and a holiday later, it is due on the same day as before: nothing may be forgotten."""
    world.at(OPENED)
    with world.database.transaction() as session:
        _open(session)

    def correct(session: Session) -> None:
        deadline = session.scalars(select(Deadline.id)).one()
        bureau = clerks.named(session, "yinchuan.bureau.clerk")
        start_corrections.correct(session, bureau, deadline, date(2026, 3, 9), "收件日期录入有误")

    overlapping(world.database, correct, _apply, alone=_apply).result()
    assert faults(world.database) == []
