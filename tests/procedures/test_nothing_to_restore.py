"""What a superior has decided of a grant can be put down whatever has become of the entry, or of the grant: where there
is nothing to restore the case goes on to its end, and its letter says so (PROCEDURES P4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from app.outbox.letter_text import as_lines
from tests.procedures.grant_story import START, Story
from tests.procedures.playing import CODES
from tests.procedures.test_recusal import ANSWER, letter
from tests.procedures.test_superior_letters import recorded
from tests.world import World, done

by_letter = pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])


def of_the_bureau(world: World, place: str, **terms: Any) -> Story:
    """A grant of renshe on an entry of the bureau, which the bureau has revoked and its superior judges by letter."""
    world.at(START)
    code = f"{CODES[place]}-ZG-002"
    asked = {
        "resource": code,
        "items": ["name"],
        "purpose": "核验身份",
        "scope": "全市",
        "legal_duty": "社会救助",
        **terms,
    }
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", {**asked, "share_mode": "interface"})
    world.complete(case["id"], "provider_review", {"decision": "approve"})
    story = Story.of_case(world, place, code, case)
    story.at = START
    done(story.revoke("bureau.clerk"))
    return story


def answered(story: Story, **answer: Any) -> Any:
    """The superior's letter is recorded by the bureau and confirmed by the holder."""
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in story.world.open_tasks(review["id"]):
            story.answer(review, side, {"agreed": False, "position": "不同意"})
    today = story.at.date().isoformat()
    told = {**ANSWER, "decided_on": today, "decision": "share", **answer}
    story.answer(review, "superior_answer", told)
    story.answer(review, "confirm_superior", {"confirmed": True})
    return story.review()


def told(story: Story, review: Any) -> str:
    return "".join(as_lines(letter(story.world, review, "unrestored").blocks("zh")))


@by_letter
@pytest.mark.parametrize("change", [{"action": "withdraw"}, {"published": False}], ids=["withdrawn", "unpublished"])
def test_a_superiors_share_ends_the_case_where_the_entry_bears_nothing(
    world: World, place: str, change: dict[str, Any]
) -> None:
    story = of_the_bureau(world, place)
    story.change("bureau", **change)
    review = answered(story)
    assert (review["status"], review["outcome"]) == ("closed", "revoked")
    assert story.grant()["state"] == "revoked"
    text = told(story, review)
    for said in ("予以支持", ANSWER["document"], "已没有可以恢复的授权", "另行提出共享申请"):
        assert said in text, said
    [unchanged] = world.events(review["id"], "award.unchanged")
    assert unchanged["detail"]["why"] == "entry"
    story.is_sound()


@by_letter
def test_a_superiors_share_of_a_grant_that_has_ended_restores_nothing(world: World, place: str) -> None:
    story = of_the_bureau(world, place, period_months=1)
    story.later(40)
    review = answered(story)
    assert (review["status"], review["outcome"]) == ("closed", "revoked")
    assert "有效期已经届满" in told(story, review)
    assert story.grant()["state"] == "revoked"
    story.is_sound()


@by_letter
@pytest.mark.parametrize("lost", [True, False], ids=["items lost", "unpublished"])
def test_a_superiors_share_of_what_was_applied_for_ends_the_case_where_nothing_can_be_granted(
    world: World, place: str, lost: bool
) -> None:
    case = recorded(world, place)
    story = Story.of_case(world, place, f"{CODES[place]}-GA-002", case)
    story.at = START + timedelta(days=14)
    story.change(**({"items": [{"code": "other", "name": "其他"}]} if lost else {"published": False}))
    world.complete(case["id"], "confirm_superior", {"confirmed": True})
    found = world.case(case["id"])
    assert (found["status"], found["outcome"]) == ("closed", "refused")
    text = "".join(as_lines(letter(world, case, "ungranted").blocks("zh")))
    for said in ("上级的处理结果为予以共享", ANSWER["document"], "未建立共享授权", "另行提出共享申请"):
        assert said in text, said
    assert done(world.api("admin").get("/grants", case=case["id"]))["items"] == []
    story.is_sound()
