"""Four processes open cases and answer tasks, and are killed at any moment: nothing is lost, nothing is done twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from sqlalchemy import func, select

from app.accounts.models import Account
from app.cases.models import Case, Task
from app.catalogue.models import Grant
from app.outbox import Letter
from tests.load import clerks
from tests.load.conftest import Told
from tests.load.crew import Crew
from tests.load.ground import employ, size, spread
from tests.load.sound import faults
from tests.world import World, on_both

CASES, KILLS = size(8, 120), size(10, 80)


@on_both
def test_kill_9_in_the_middle_of_completions_loses_nothing_and_does_nothing_twice(
    world: World, tmp_path: Path, figures: Told
) -> None:
    world.at("2026-03-10T10:00:00+08:00")
    employ(world.database, seats=4)
    crew = Crew(clerks.handle_cases, world.database.url, tmp_path, (CASES,), kills=KILLS)
    killed = crew.run()
    notes = list(clerks.read_notes(tmp_path))
    acknowledged = [(int(task), clerk) for kind, task, clerk, _ in _kind(notes, "done")]
    assert faults(world.database) == []
    assert clerks.cut_off(tmp_path) == []
    with world.database.transaction(write=False) as session:
        outcomes = Counter(session.scalars(select(Case.outcome)))
        query = select(Task.id, Account.username).join(Account, Account.id == Task.closed_by_id)
        closed_by = {row.id: row.username for row in session.execute(query)}
        grants, letters = (session.scalar(select(func.count()).select_from(one)) for one in (Grant, Letter))
    assert outcomes == {clerks.OUTCOME: CASES}
    assert (len(closed_by), grants, letters) == (CASES * clerks.STEPS, CASES, CASES)
    assert [(task, name) for task, name in acknowledged if closed_by[task] != name] == []
    unacknowledged = len(closed_by.keys() - dict(acknowledged).keys())
    assert unacknowledged <= killed
    assert killed >= KILLS
    figures(
        kills=killed,
        completions=len(closed_by),
        unacknowledged=unacknowledged,
        refused=len(_kind(notes, "refused")),
        answers=spread([float(seconds) for _, _, _, seconds in _kind(notes, "done")]),
    )


def _kind(notes: list[list[str]], kind: str) -> list[list[str]]:
    return [words for words in notes if words[0] == kind]
