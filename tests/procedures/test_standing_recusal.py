"""Who has decided what is contested does not judge it, whichever way the dispute is begun (PROCEDURES P4): a dispute
that stands alone takes the deciders from the cases of the grant that it names."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures.grant_story import Story, everywhere
from tests.procedures.test_dispute_starts import begin
from tests.procedures.test_recusal import ANSWER, raised, under_a_letter
from tests.procedures.test_standing_disputes import TERMS, coordinated, standing
from tests.world import World, done


def accepted(world: World, place: str) -> Story:
    story = Story(world, place, TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    return story


def disagreed(story: Story, case: Any) -> list[str]:
    """The steps that are open once the negotiation has failed."""
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in story.world.open_tasks(case["id"]):
            story.answer(case, side, {"agreed": False, "position": "不同意"})
    return list(story.world.open_tasks(case["id"]))


def test_a_bureau_that_authorised_a_grant_does_not_settle_a_dispute_about_its_conditions(world: World) -> None:
    story = accepted(world, "yinchuan")
    case = standing(story, "conditions")
    assert disagreed(story, case) == ["superior_answer"]
    told = raised(world, case)
    assert (told["body"], told["recused"], told["decided"]) == ("government", ["bureau"], ["bureau"])
    coordinated(story, case, {"decision": "share"})
    assert story.grant()["state"] == "active"
    story.is_sound()


def test_a_bureau_that_authorised_a_grant_settles_whether_its_provider_may_take_it_back(world: World) -> None:
    """As it does where the holder contests the revocation in its own case: the contested act is the provider's."""
    story = accepted(world, "yinchuan")
    done(story.revoke())
    story.answer(story.review(), "holder_response", {"response": "accept"})
    case = standing(story, "revocation")
    assert disagreed(story, case) == ["coordinate"]
    coordinated(story, case, {"decision": "share"})
    assert story.grant()["state"] == "active"
    story.is_sound()


@everywhere
def test_what_a_body_has_settled_about_a_grant_it_does_not_settle_again(place: str, world: World) -> None:
    story = accepted(world, place)
    first = standing(story, "conditions")
    coordinated(story, first, {"decision": "withhold"})
    assert story.grant()["conditions"].endswith("不得留存")
    again = standing(story, "conditions")
    open_ = disagreed(story, again)
    before = {one["department"] for one in world.case(first["id"])["tasks"] if one["key"] == "coordinate"}
    now = {one["department"] for one in world.open_tasks(again["id"]).values()}
    assert "coordinate" not in open_ or not before & now
    story.is_sound()


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_what_a_superior_has_decided_by_letter_is_not_settled_again_from_below(place: str, world: World) -> None:
    story = under_a_letter(world, place)
    entry = {"resource": story.code, "action": "transfer", "to": "gongan"}
    begun = {"trigger": "duties", "changed_on": "2026-03-09", "description": "职责调整", "resources": [story.code]}
    update = world.open_case(f"{place}.bureau.clerk", "catalogue_update", begun)
    world.complete(update["id"], "draft_update", {"changes": [entry]})
    world.complete(update["id"], "accept_transfer", {"accept": True})
    if review := world.open_tasks(update["id"]).get("review_update"):  # its own draft: by a second person of it
        second = world.api(f"{place}.bureau.supervisor")
        done(second.post(f"/tasks/{review['id']}/complete", {"data": {"decision": "pass"}}))
    case = done(begin(world, place, kind="conditions", resource=story.code), 201)
    assert disagreed(story, case) == ["superior_answer"]  # though the bureau is no party any more
    told = {**ANSWER, "decided_on": "2026-03-09", "decision": "share", "conditions": "每日限量"}
    story.answer(case, "superior_answer", told)
    if "confirm_superior" in world.open_tasks(case["id"]):
        story.answer(case, "confirm_superior", {"confirmed": True})
    assert story.grant()["conditions"] == "每日限量"
    story.is_sound()


@everywhere
def test_what_has_ended_is_neither_revoked_nor_disputed(place: str, world: World) -> None:
    story = accepted(world, place)
    world.at("2026-10-09T10:00:00+08:00")
    assert story.grant()["state"] == "expired"
    for told in (done(story.revoke(), 409), done(_conditions(story), 409)):
        assert "已于 2026-09-09 到期" in str(told)


@everywhere
def test_what_was_revoked_is_neither_revoked_again_nor_disputed_for_its_conditions(place: str, world: World) -> None:
    story = accepted(world, place)
    done(story.revoke())
    for told in (done(story.revoke(), 409), done(_conditions(story), 409)):
        assert "已于 2026-03-09 撤销" in str(told)


def test_who_decides_on_a_suspended_grant_is_told_why_it_cannot_be_restored(world: World) -> None:
    story = Story(world, "yima")
    story.withhold()
    refused = story.answer(story.review(), "decide_grant", {"decision": "keep"}, 422)
    assert "已改为不予共享" in str(refused["errors"]["decision"])
    story.change(action="withdraw")
    refused = story.answer(story.review(), "decide_grant", {"decision": "keep"}, 422)
    assert "已经撤下" in str(refused["errors"]["decision"])


def _conditions(story: Story) -> Any:
    data = {"kind": "conditions", "resource": story.code, "other_department": "gongan", "position": "职责所必需"}
    body = {"procedure": "dispute", "jurisdiction": story.place, "data": data}
    return story.world.api(f"{story.place}.renshe.clerk").post("/cases", body)
