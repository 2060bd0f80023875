"""What a dispute that stands alone comes to binds: the grant that it is about follows it, the entry and the quality of
what is shared are set right by whoever has lost (PROCEDURES P4: that version is what is granted)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures.grant_story import ADVERSE, Story, everywhere
from tests.procedures.test_dispute_starts import begin
from tests.procedures.test_recusal import ANSWER, letter
from tests.world import World, done

OWN = "仅限办理公共服务事项时按人核验，不得批量导出。"
OWN_AND_ADDED = f"{OWN}\n不得留存"
TERMS = {"conditions": "不得留存", "period_months": 6, "reason": "业务半年内办结"}


def standing(story: Story, kind: str, by: str = "renshe", **data: Any) -> Any:
    other = "gongan" if by == "renshe" else "renshe"
    given = {"kind": kind, "resource": story.code, "other_department": other, **data}
    return done(begin(story.world, story.place, by, **given), 201)


def coordinated(story: Story, case: Any, answer: dict[str, Any], status: int = 200) -> Any:
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in story.world.open_tasks(case["id"]):
            story.answer(case, side, {"agreed": False, "position": "不同意"})
    return settled(story, case, {"ground": "履职确需", **answer}, status)


def settled(story: Story, case: Any, answer: dict[str, Any], status: int = 200) -> Any:
    """By the body; where the bureau has decided what is contested, by its superior's letter."""
    if "coordinate" in story.world.open_tasks(case["id"]):
        return story.answer(case, "coordinate", answer, status)
    told = story.answer(case, "superior_answer", {**ANSWER, "decided_on": "2026-03-09", **answer}, status)
    if "confirm_superior" in story.world.open_tasks(case["id"]):
        story.answer(case, "confirm_superior", {"confirmed": True})
    return told


def agreed(story: Story, case: Any, text: dict[str, Any]) -> None:
    story.answer(case, "negotiate_applicant", {"agreed": True, **text})
    story.answer(case, "negotiate_provider", {"agreed": True, "proposal": 1})


def revoked(world: World, place: str) -> Story:
    """A grant whose revocation nobody has contested while it could be in its review."""
    story = Story(world, place)
    done(story.revoke())
    story.answer(story.review(), "holder_response", {"response": "accept"})
    return story


@everywhere
def test_conditions_that_fall_in_a_dispute_of_its_own_are_no_more_in_the_grant(place: str, world: World) -> None:
    story = Story(world, place, TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    before = story.grant()
    case = standing(story, "conditions")
    coordinated(story, case, {"decision": "share"})
    after = story.grant()
    assert (after["number"], after["items"], after["state"]) == (before["number"], before["items"], "active")
    assert after["conditions"] == OWN
    assert after["valid_until"] is None
    assert story.told()[-1] == "grant.changed"
    assert world.case(case["id"])["outcome"] == "share"
    assert done(story.revoke(), 409)["type"] == "decided-above"
    story.is_sound()


@everywhere
def test_what_the_body_says_of_conditions_and_period_is_what_the_grant_says(place: str, world: World) -> None:
    story = Story(world, place, TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    case = standing(story, "conditions")
    coordinated(story, case, {"decision": "share", "conditions": "留存不超过三十日", "period_months": 12})
    after = story.grant()
    assert (after["conditions"], after["valid_until"]) == ("留存不超过三十日", "2027-03-09")
    story.is_sound()


@everywhere
def test_a_dispute_of_its_own_that_is_lost_leaves_the_grant_as_it_was(place: str, world: World) -> None:
    story = Story(world, place, TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    before = story.grant()
    coordinated(story, standing(story, "conditions"), {"decision": "withhold"})
    assert story.grant() == before
    story.is_sound()


@everywhere
def test_conditions_that_fall_for_some_items_leave_the_others_as_they_were(place: str, world: World) -> None:
    story = Story(world, place, TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    first, second = story.grant()["items"]
    case = standing(story, "conditions", items=[first, second])
    coordinated(story, case, {"decision": "share_partly", "items": [second]})
    kept = story.grant()
    [won] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert (kept["items"], kept["conditions"]) == ([first], OWN_AND_ADDED)
    assert (won["items"], won["conditions"]) == ([second], OWN)
    story.is_sound()


@everywhere
def test_a_revocation_that_does_not_stand_gives_the_grant_back(place: str, world: World) -> None:
    story = revoked(world, place)
    first, second = story.grant()["items"]
    case = standing(story, "revocation", items=[first, second])
    coordinated(story, case, {"decision": "share_partly", "items": [second]})
    assert (story.grant()["state"], story.grant()["items"]) == ("active", [second])
    assert story.check(items=[second])["allowed"] is True
    assert story.check(items=[first])["allowed"] is False
    assert story.told()[-1] == "grant.reinstated"
    story.is_sound()


def test_what_a_superior_has_decided_of_a_grant_stands_whatever_the_catalogue_bears(world: World) -> None:
    """The bureau of Yinchuan has authorised the grant, so that its superior decides, by letter."""
    story = Story(world, "yinchuan", TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    case = standing(story, "conditions")
    story.change(action="withdraw")
    coordinated(story, case, {"decision": "share"})
    assert world.case(case["id"])["outcome"] == "share"
    assert story.grant()["conditions"].endswith("不得留存")
    assert "未作变更" in str(letter(world, case, "superior_result").blocks("zh"))
    story.is_sound()


def test_a_revocation_is_contested_by_who_has_taken_over_from_a_closed_department(world: World) -> None:
    story = revoked(world, "jiangmen")
    place = ("--jurisdiction", "jiangmen", "--on", "2026-03-09", "--successor", "shichang")
    assert world.flask("departments", "close", "renshe", *place).exit_code == 0
    about = {"kind": "revocation", "resource": story.code}
    case = done(begin(world, "jiangmen", by="shichang", **about), 201)
    coordinated(story, case, {"decision": "share"})
    assert (story.grant()["state"], story.grant()["department"]) == ("active", "shichang")
    story.is_sound()


@everywhere
def test_a_revocation_that_stands_leaves_the_grant_revoked(place: str, world: World) -> None:
    story = revoked(world, place)
    coordinated(story, standing(story, "revocation"), {"decision": "withhold"})
    assert story.grant()["state"] == "revoked"


def test_the_text_that_both_sign_in_a_dispute_of_its_own_is_what_is_granted(world: World) -> None:
    story = Story(world, "jiangsu", TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    first, _ = story.grant()["items"]
    case = standing(story, "conditions")
    text = {"items": [first], "conditions": "每日限量", "period_months": 3, "share_mode": "batch"}
    agreed(story, case, text)
    after = story.grant()
    assert (after["items"], after["conditions"], after["mode"]) == ([first], "每日限量", "batch")
    assert after["valid_until"] == "2026-06-09"
    assert world.case(case["id"])["outcome"] == "agreed"
    story.is_sound()


def test_of_several_grants_the_one_that_is_disputed_is_named(world: World) -> None:
    story = Story(world, "yima", TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    other = Story(world, "yima", TERMS)
    other.answer(other.case, "applicant_response", {"response": "accept"})
    about = {"kind": "conditions", "resource": story.code, "other_department": "gongan"}
    assert list(done(begin(world, "yima", **about), 422)["errors"]) == ["grant"]
    assert list(done(begin(world, "yima", **about, grant="没有的编号"), 422)["errors"]) == ["grant"]
    coordinated(story, done(begin(world, "yima", **about, grant=other.number), 201), {"decision": "share"})
    assert story.grant()["conditions"] == OWN_AND_ADDED
    assert "不得留存" not in other.grant()["conditions"]


def test_one_grant_is_contested_in_one_dispute_at_a_time(world: World) -> None:
    story = Story(world, "yima", TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    standing(story, "conditions")
    about = {"kind": "conditions", "resource": story.code, "other_department": "gongan"}
    assert list(done(begin(world, "yima", **about), 422)["errors"]) == ["kind"]


def test_whoever_has_decided_a_grant_does_not_judge_its_own_decision(world: World) -> None:
    story = Story(world, "yunyang", {**TERMS, **ADVERSE})
    story.answer(story.case, "applicant_response", {"response": "dispute", "position": "核验结果需要留存"})
    kept = {"decision": "share", "ground": "履职确需", "conditions": "留存不超过三十日"}
    story.answer(story.case, "coordinate", kept)
    assert story.grant()["conditions"] == "留存不超过三十日"
    case = standing(story, "conditions")
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "government"
    [told] = world.events(case["id"], "ladder.raised")
    assert told["detail"]["recused"] == ["bureau"]


@pytest.mark.parametrize("kind", ["share_type", "quality"])
@everywhere
def test_what_was_settled_about_an_entry_or_its_quality_is_a_task_of_the_other_side(
    kind: str, place: str, world: World
) -> None:
    key = {"share_type": "correct_entry", "quality": "mend_quality"}[kind]
    story = Story(world, place)
    case = standing(story, kind)
    coordinated(story, case, {"decision": "share"})
    [(open_, task)] = world.open_tasks(case["id"]).items()
    assert (open_, task["department"], task["due_kind"]) == (key, "gongan", "internal")
    story.answer(case, key, {"correction": "\u200b"}, 422)
    story.answer(case, key, {"correction": "已按照处理结果办理"})
    assert world.case(case["id"])["outcome"] == "share"
    lost = standing(story, kind)
    coordinated(story, lost, {"decision": "withhold"})
    assert world.case(lost["id"])["outcome"] == "withhold"
