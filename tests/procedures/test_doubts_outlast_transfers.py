"""A doubt is verified, answered and corrected by whoever holds the entry: it never ends because two departments that
hold, or contest, the record have become one (PROCEDURES P4)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures.grant_story import Story
from tests.procedures.test_dissolving import close
from tests.procedures.test_standing_recusal import disagreed
from tests.procedures.test_transfer import LATER, Play, everywhere, verified
from tests.world import World

WAYS = pytest.mark.parametrize("merged", [False, True], ids=["transferred", "merged"])


def doubted(play: Play, by: str, other: str) -> Any:
    """A third party's doubt, of which the provider says that another department's record differs."""
    case = play.report(by)
    said = {"finding": "other_department", "explanation": "与对方记录不一致", "conflicting_department": other}
    play.world.complete(case["id"], "verify_error", said)
    return case


def becomes_one(play: Play, merged: bool) -> None:
    if not merged:
        play.transferred()
        return
    play.world.at(LATER)
    assert close(play.world, play.place).exit_code == 0


@everywhere
@WAYS
def test_a_third_partys_doubt_is_decided_and_corrected_though_both_holders_have_become_one(
    world: World, place: str, merged: bool
) -> None:
    play = Play(world, place)
    case = doubted(play, "shichang", "renshe")
    before = {one["id"] for one in world.case(case["id"])["deadlines"]}
    becomes_one(play, merged)
    assert world.case(case["id"])["status"] == "open"
    assert not world.events(case["id"], "case.stopped")
    assert before <= {one["id"] for one in world.case(case["id"])["deadlines"] if one["state"] != "cancelled"}
    disagreed(Story.of_case(world, place, play.code, case), case)
    world.complete(case["id"], "coordinate", {"decision": "record_of", "of_department": "renshe", "ground": "原件"})
    [(key, task)] = world.open_tasks(case["id"]).items()  # of its two records one is wrong: that it corrects
    assert (key, task["department"]) == ("correct_record", "renshe")
    world.complete(case["id"], "correct_record", {"correction": "已更正"})
    assert world.case(case["id"])["outcome"] == "settled"
    assert verified(world) is None


@everywhere
def test_a_reporter_who_contests_and_takes_the_entry_over_still_gets_a_decision(world: World, place: str) -> None:
    play = Play(world, place)
    case = play.report("renshe")
    world.complete(case["id"], "verify_error", {"finding": "no_error", "explanation": "无误"})
    waiting = play.report("renshe")
    world.complete(waiting["id"], "verify_error", {"finding": "no_error", "explanation": "无误"})
    world.complete(case["id"], "reporter_response", {"response": "dispute", "position": "不服"})
    play.transferred()
    assert {world.case(one["id"])["status"] for one in (case, waiting)} == {"open"}
    world.complete(waiting["id"], "reporter_response", {"response": "accept"})
    assert world.case(waiting["id"])["outcome"] == "no_error"
    disagreed(Story.of_case(world, place, play.code, case), case)
    assert "coordinate" in world.open_tasks(case["id"])
    world.complete(case["id"], "coordinate", {"decision": "record_of", "of_department": "renshe", "ground": "原件"})
    world.complete(case["id"], "correct_record", {"correction": "已更正"})
    assert world.case(case["id"])["outcome"] == "settled"
    assert verified(world) is None
