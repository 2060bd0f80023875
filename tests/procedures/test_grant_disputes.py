"""What a dispute about a revocation or a condition comes to is what the grant then says, and nothing beside it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures.grant_story import ADVERSE, Story, contested, everywhere
from tests.procedures.test_recusal import ANSWER
from tests.procedures.test_standing_disputes import OWN
from tests.world import World, done


def settled(story: Story, answer: dict[str, Any]) -> None:
    """Where the bureau has authorised what is contested, its superior answers by letter."""
    if "coordinate" in story.world.open_tasks(story.case["id"]):
        story.answer(story.case, "coordinate", answer)
        return
    story.answer(story.case, "superior_answer", {**ANSWER, "decided_on": "2026-03-09", **answer})
    story.answer(story.case, "confirm_superior", {"confirmed": True})


@everywhere
def test_a_dispute_gives_back_exactly_the_items_of_its_result(world: World, place: str) -> None:
    story = Story(world, place)
    first, second = story.grant()["items"]
    done(story.revoke())
    contested(story, "coordinate", decision="share_partly", items=[second])
    assert (story.grant()["state"], story.grant()["items"]) == ("active", [second])
    assert story.check(items=[second])["allowed"] is True
    assert story.check(items=[first])["allowed"] is False
    assert story.review()["outcome"] == "reinstated"
    assert story.told() == ["grant.created", "grant.revoked", "grant.reinstated"]
    story.is_sound()


@everywhere
def test_what_a_narrowed_grant_lost_comes_back_beside_what_it_kept(world: World, place: str) -> None:
    story = Story(world, place)
    first, second = story.grant()["items"]
    story.withhold()
    story.change(share_type="conditional", conditions="按人核验", scope="履职部门", purpose="核验身份")
    story.answer(story.review(), "decide_grant", {"decision": "narrow", "items": [first], **ADVERSE})
    assert story.grant()["items"] == [first]
    contested(story, "coordinate", decision="share_partly", items=[second])
    assert sorted(story.grant()["items"]) == sorted([first, second])
    assert story.check(items=[first, second])["allowed"] is True
    story.is_sound()


@pytest.mark.parametrize("place", ["yima", "jiangsu"])
def test_the_text_that_both_sides_sign_is_what_the_restored_grant_says(world: World, place: str) -> None:
    story = Story(world, place)
    first, _ = story.grant()["items"]
    done(story.revoke())
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    text = {"agreed": True, "items": [first], "conditions": "每日限量", "period_months": 6}
    story.answer(review, "negotiate_applicant", text)
    story.answer(review, "negotiate_provider", {"agreed": True, "proposal": 1})
    grant = story.grant()
    assert (grant["state"], grant["items"], grant["conditions"]) == ("active", [first], "每日限量")
    assert grant["valid_until"] == "2026-09-09"
    story.is_sound()


@everywhere
def test_a_lost_dispute_leaves_the_grant_revoked(world: World, place: str) -> None:
    story = Story(world, place)
    done(story.revoke())
    contested(story, "coordinate", decision="withhold")
    assert (story.grant()["state"], story.review()["outcome"]) == ("revoked", "revoked")
    assert story.check()["allowed"] is False
    story.is_sound()


@everywhere
def test_nobody_gives_back_what_the_catalogue_no_longer_has(world: World, place: str) -> None:
    story = Story(world, place)
    done(story.revoke())
    story.change(action="withdraw")
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in story.world.open_tasks(review["id"]):
            story.answer(review, side, {"agreed": False, "position": "不同意"})
    refused = story.answer(review, "coordinate", {"decision": "share", "ground": "履职确需"}, 422)
    assert list(refused["errors"]) == ["decision"]
    story.answer(review, "coordinate", {"decision": "withhold", "ground": "目录已经撤下"})
    assert story.grant()["state"] == "revoked"


@everywhere
def test_a_contested_condition_that_is_won_changes_the_grant_and_makes_no_second_one(world: World, place: str) -> None:
    story = Story(world, place, {"conditions": "不得留存", "period_months": 6, "reason": "业务半年内办结"})
    before = story.grant()
    assert (before["conditions"], before["valid_until"]) == (f"{OWN}\n不得留存", "2026-09-09")
    story.answer(story.case, "applicant_response", {"response": "dispute", "position": "核验结果需要留存"})
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in story.world.open_tasks(story.case["id"]):
            story.answer(story.case, side, {"agreed": False, "position": "不同意"})
    settled(story, {"decision": "share", "ground": "履职确需"})
    after = story.grant()
    assert (after["id"], after["number"], after["items"]) == (before["id"], before["number"], before["items"])
    assert after["valid_until"] is None
    assert after["conditions"] == OWN
    assert story.told() == ["grant.created", "grant.changed"]
    [changed] = world.events(story.case["id"], "grant.changed")
    assert changed["detail"]["was"] == {
        "items": before["items"],
        "conditions": f"{OWN}\n不得留存",
        "until": "2026-09-09",
    }
    assert done(story.revoke(), 409)["type"] == "decided-above"
    story.is_sound()


@everywhere
def test_a_condition_contested_for_some_items_leaves_the_others_as_they_were(world: World, place: str) -> None:
    story = Story(world, place, {"conditions": "不得留存", "reason": "仅为核验所需"})
    first, second = story.grant()["items"]
    story.answer(story.case, "applicant_response", {"response": "dispute", "position": "核验结果需要留存"})
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in story.world.open_tasks(story.case["id"]):
            story.answer(story.case, side, {"agreed": False, "position": "不同意"})
    settled(story, {"decision": "share_partly", "items": [second], "ground": "履职确需"})
    found = done(world.api("admin").get("/grants", case=story.case["id"]))["items"]
    assert sorted((one["items"], "不得留存" in one["conditions"]) for one in found) == sorted(
        [([first], True), ([second], False)]
    )
    assert all(one["state"] == "active" for one in found)
    story.is_sound()
