"""A refusal, or a withheld entry, that is disputed by itself and won is granted (PROCEDURES P4: that version is what is
granted; P1.5): letter, register, platform and the case of the refused application say the same."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures.grant_story import START, Story, everywhere
from tests.procedures.playing import CODES
from tests.procedures.test_dispute_starts import begin
from tests.procedures.test_recusal import ANSWER, REFUSE, letter
from tests.procedures.test_standing_disputes import OWN, agreed, settled
from tests.procedures.test_standing_recusal import disagreed
from tests.world import World, done, on_both

NEGOTIATED = ("yima", "jiangsu")


def refused(world: World, place: str) -> Story:
    """An application for two items that its provider has refused, and that is over."""
    story = Story.asked(world, place)
    story.answer(story.case, "provider_review", REFUSE)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    assert world.case(story.case["id"])["outcome"] == "refused"
    return story


def asked(story: Story) -> list[str]:
    return [one["code"] for one in story.entry()["items"]][:2]


def disputed(story: Story, kind: str = "refusal", status: int = 201, **data: Any) -> Any:
    return done(begin(story.world, story.place, kind=kind, resource=story.code, **data), status)


def holders(world: World, case: Any) -> set[str]:
    return {one["department"] for one in world.open_tasks(case["id"]).values()}


def granted(story: Story) -> Any:
    [found] = done(story.world.api("admin").get("/grants", case=story.case["id"]))["items"]
    return found


@everywhere
def test_a_refusal_that_falls_in_a_dispute_of_its_own_is_granted(place: str, world: World) -> None:
    story = refused(world, place)
    case = disputed(story)
    disagreed(story, case)
    settled(story, case, {"decision": "share", "ground": "履职确需"})
    grant = granted(story)
    assert (grant["state"], grant["conditions"], grant["valid_until"]) == ("active", OWN, None)
    assert (grant["department"], grant["items"], grant["purpose"], grant["mode"]) == (
        "renshe",
        asked(story),
        "核验身份",
        "interface",
    )
    assert story.check()["allowed"] is True
    assert story.told() == ["grant.created"]
    [made] = world.events(story.case["id"], "grant.created")
    assert made["detail"]["by"] == case["number"]
    told = letter(world, case, "settlement")
    assert grant["number"] in str(told.blocks("zh"))
    assert world.case(case["id"])["outcome"] == "share"
    story.is_sound()


@everywhere
def test_of_a_refusal_that_falls_in_part_only_that_part_is_granted(place: str, world: World) -> None:
    story = refused(world, place)
    first, second = asked(story)
    case = disputed(story)
    disagreed(story, case)
    settled(story, case, {"decision": "share_partly", "items": [second], "ground": "最小必要"})
    assert granted(story)["items"] == [second]
    assert story.check(items=[second])["allowed"] is True
    assert story.check(items=[first])["allowed"] is False
    rest = disputed(story)
    assert [event["detail"]["data"].get("items") for event in world.events(rest["id"], "case.opened")] == [None]
    story.is_sound()


@pytest.mark.parametrize("place", NEGOTIATED)
def test_what_both_sign_about_a_refusal_is_what_is_granted(place: str, world: World) -> None:
    story = refused(world, place)
    first, _ = asked(story)
    case = disputed(story)
    agreed(
        story,
        case,
        {"items": [first], "conditions": "每日限量", "period_months": 3, "share_mode": "query", "text": "逐月核对"},
    )
    grant = granted(story)
    assert (grant["items"], grant["conditions"], grant["mode"]) == ([first], "每日限量", "query")
    assert grant["agreed_text"] == "逐月核对"
    assert grant["valid_until"] == "2026-06-09"
    assert grant["number"] in str(letter(world, case, "agreement").blocks("zh"))
    story.is_sound()


@everywhere
def test_a_lost_dispute_about_a_refusal_grants_nothing(place: str, world: World) -> None:
    story = refused(world, place)
    case = disputed(story)
    disagreed(story, case)
    settled(story, case, {"decision": "withhold", "ground": "无关职责"})
    assert done(world.api("admin").get("/grants", case=story.case["id"]))["items"] == []
    again = disputed(story)
    before = {one["department"] for one in world.case(case["id"])["tasks"] if one["key"] == "coordinate"}
    assert disagreed(story, again) == ["superior_answer"] or not before & holders(world, again)
    use = {"department": "renshe", "resource": story.code, "items": asked(story), "purpose": "核验身份"}
    assert done(world.api(f"{place}.platform").post("/grants/check", use))["allowed"] is False


@everywhere
def test_a_withheld_entry_that_nobody_applied_for_is_granted_for_the_purpose_that_was_named(
    place: str, world: World
) -> None:
    code = f"{CODES[place]}-GA-003"
    about = {"kind": "withheld", "resource": code}
    case = done(begin(world, place, **about, purpose="核验身份", period_months=6), 201)
    story = Story.of_case(world, place, code, case)
    disagreed(story, case)
    settled(story, case, {"decision": "share", "ground": "履职确需"})
    grant = granted(story)
    assert (grant["state"], grant["purpose"], grant["valid_until"]) == ("active", "核验身份", "2026-09-09")
    assert story.check()["allowed"] is True
    refused = done(world.api(f"{place}.renshe.clerk").post(f"/grants/{grant['id']}/renew"), 409)
    assert "重新提出申请" in str(refused)
    story.is_sound()


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_what_a_superior_grants_by_letter_after_a_refusal_nobody_here_takes_back(place: str, world: World) -> None:
    code = f"{CODES[place]}-ZG-002"
    world.at(START)
    data = {"resource": code, "items": ["name"], "purpose": "核验身份", "scope": "全市", "share_mode": "interface"}
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", {**data, "legal_duty": "核验职责"})
    story = Story.of_case(world, place, code, case)
    story.answer(case, "provider_review", REFUSE)
    story.answer(case, "applicant_response", {"response": "accept"})
    dispute = disputed(story, other_department="bureau")
    assert disagreed(story, dispute) == ["superior_answer"]
    settled(story, dispute, {**ANSWER, "decided_on": "2026-03-09", "decision": "share"})
    assert granted(story)["state"] == "active"
    assert done(story.revoke("bureau.clerk"), 409)["type"] == "decided-above"
    story.is_sound()


@everywhere
def test_what_the_entry_does_not_bear_is_not_granted_after_a_dispute(place: str, world: World) -> None:
    story = refused(world, place)
    case = disputed(story)
    disagreed(story, case)
    story.change(action="withdraw")
    told = settled(story, case, {"decision": "share", "ground": "履职确需"}, 422)
    assert list(told["errors"]) == ["decision"]
    assert world.case(case["id"])["status"] == "open"


@everywhere
@pytest.mark.parametrize(("kind", "entry"), [("refusal", "GA-002"), ("withheld", "GA-003")])
def test_whoever_wins_without_an_application_and_without_a_purpose_applies_with_the_result(
    place: str, kind: str, entry: str, world: World
) -> None:
    code = f"{CODES[place]}-{entry}"
    case = done(begin(world, place, kind=kind, resource=code), 201)
    story = Story.of_case(world, place, code, case)
    disagreed(story, case)
    settled(story, case, {"decision": "share", "ground": "履职确需"})
    assert world.case(case["id"])["outcome"] == "share"
    assert done(world.api("admin").get("/grants", case=case["id"]))["items"] == []
    assert "据此提出共享申请" in str(letter(world, case, "settlement").blocks("zh"))
    story.is_sound()


def test_a_refusal_is_disputed_in_its_case_while_that_is_open_and_once_at_a_time(world: World) -> None:
    about = {"kind": "refusal", "resource": "YM-GA-002"}
    story = Story.asked(world, "yima")
    assert "请在其中提出争议" in str(done(begin(world, "yima", **about), 422)["errors"]["kind"])
    story.answer(story.case, "provider_review", REFUSE)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    assert list(disputed(story, status=422, items=["permit_reason"])["errors"]) == ["items"]
    disputed(story)
    assert list(disputed(story, status=422)["errors"]) == ["kind"]  # once at a time


def test_the_bureau_that_did_not_authorise_does_not_settle_that_in_a_dispute_of_its_own(world: World) -> None:
    story = Story.asked(world, "yinchuan")
    story.answer(story.case, "provider_review", {"decision": "approve"})
    story.answer(story.case, "bureau_authorise", REFUSE)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    assert disagreed(story, disputed(story)) == ["superior_answer"]


@on_both
def test_a_grant_that_a_dispute_has_made_is_renewed_as_it_was_applied_for(world: World) -> None:
    story = refused(world, "jiangmen")
    case = disputed(story)
    disagreed(story, case)
    settled(story, case, {"decision": "share", "ground": "履职确需"})
    renewed = done(world.api("jiangmen.renshe.clerk").post(f"/grants/{granted(story)['id']}/renew"), 201)
    assert renewed["procedure"] == "conditional_share"
