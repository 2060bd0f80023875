"""Whether a day was kept is judged by the day where the law or a body has set it, by the closing hour where it is a
target of our own (counting rule 3): lists and filters say the same as the clock itself; the lamp alone turns red at the
close of business."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.accounts import actor_by_username
from app.cases.read import inbox
from tests.procedures.test_transfer import Play, everywhere
from tests.world import World, done

STARTS = pytest.mark.parametrize("start", ["report", "apply"])


def shown(world: World, place: str, case: int, moment: datetime) -> set[tuple[str, bool]]:
    """What every list says of it: whether it is overdue."""
    clerk, key = world.api(f"{place}.gongan.clerk"), {"tasks": "case", "cases": "id"}
    said = set()
    for path, name in key.items():
        for overdue in (0, 1):
            listed = [one[name] for one in done(clerk.get(f"/{path}", overdue=overdue))["items"]]
            if case in listed:
                said.add((path, bool(overdue)))
    [task] = world.open_tasks(case).values()
    [line] = [one for one in done(clerk.get("/cases"))["items"] if one["id"] == case]
    lamps = {task["lamp"], world.case(case)["lamp"], line["lamp"]}
    assert ("red" in lamps) == (lamps == {"red"}) == (moment > datetime.fromisoformat(task["due_at"])), lamps
    with world.database.transaction(write=False) as session:
        counted = inbox.tab_counts(session, actor_by_username(session, f"{place}.gongan.clerk"))
    return said | {("tab", bool(counted["overdue"])), ("not soon", not counted["soon"])}


@everywhere
@STARTS
def test_what_the_law_has_set_is_overdue_when_its_last_day_is_over(world: World, place: str, start: str) -> None:
    play = Play(world, place)
    case: Any = getattr(play, start)("minzheng")["id"]
    [task] = world.open_tasks(case).values()
    [clock] = [one for one in world.case(case)["deadlines"] if one["id"] == task["deadline"]]
    closing = datetime.fromisoformat(task["due_at"])
    midnight = closing.replace(hour=0, minute=0) + timedelta(days=1)
    over = closing if task["due_kind"] == "internal" else midnight
    for moment in (over - timedelta(seconds=1), over + timedelta(seconds=1)):
        world.at(moment)
        late = moment > over
        said = shown(world, place, case, moment)
        assert {one for _, one in said} == {late}, (clock["kind"], said)
