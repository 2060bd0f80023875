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
    story, dispute = bureau_refused(world, place)
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
    settled(story, case, {"decision": "withhold", "ground": "目录已经撤下"})
    assert world.case(case["id"])["outcome"] == "withhold"


def bureau_refused(world: World, place: str) -> tuple[Story, Any]:
    """The bureau refuses data of its own, and its superior is asked by letter."""
    code = f"{CODES[place]}-ZG-002"
    world.at(START)
    data = {"resource": code, "items": ["name"], "purpose": "核验身份", "scope": "全市", "share_mode": "interface"}
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", {**data, "legal_duty": "核验职责"})
    story = Story.of_case(world, place, code, case)
    story.answer(case, "provider_review", REFUSE)
    story.answer(case, "applicant_response", {"response": "accept"})
    dispute = disputed(story, other_department="bureau")
    assert disagreed(story, dispute) == ["superior_answer"]
    return story, dispute


def withdrawn(story: Story) -> None:
    """Its own entry leaves the catalogue; a second person of the bureau has looked at that."""
    place, why = story.place, {"trigger": "duties", "changed_on": "2026-03-05", "description": "职能调整"}
    about = {**why, "resources": [story.code]}
    update = story.world.open_case(f"{place}.bureau.clerk", "catalogue_update", about)
    story.world.complete(update["id"], "draft_update", {"changes": [{"resource": story.code, "action": "withdraw"}]})
    for task in story.world.open_tasks(update["id"]).values():
        second = story.world.api(f"{place}.bureau.supervisor")
        done(second.post(f"/tasks/{task['id']}/complete", {"data": {"decision": "pass"}}))
    assert story.world.case(update["id"])["status"] == "closed"


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_what_a_superior_has_decided_stands_whatever_the_catalogue_bears(place: str, late: bool, world: World) -> None:
    """Whether the entry leaves the catalogue before its answer is recorded or after."""
    story, case = bureau_refused(world, place)
    answer = {**ANSWER, "decided_on": "2026-03-09", "decision": "share"}
    if not late:
        withdrawn(story)
    story.answer(case, "superior_answer", answer)
    if late:
        withdrawn(story)
    if "confirm_superior" in world.open_tasks(case["id"]):
        story.answer(case, "confirm_superior", {"confirmed": True})
    assert world.case(case["id"])["outcome"] == "share"
    assert done(world.api("admin").get("/grants", case=story.case["id"]))["items"] == []
    told = str(letter(world, case, "superior_result").blocks("zh"))
    assert "未建立共享授权" in told
    assert "据此提出共享申请" in told
    [event] = world.events(case["id"], "award.none")
    assert event["detail"]["why"] == "entry"
    story.is_sound()


def test_what_both_have_signed_stands_whatever_the_catalogue_bears(world: World) -> None:
    story = refused(world, "yima")
    case = disputed(story)
    story.answer(case, "negotiate_applicant", {"agreed": True, "text": "按月提供"})
    story.change(action="withdraw")
    story.answer(case, "negotiate_provider", {"agreed": True, "proposal": 1})
    assert world.case(case["id"])["outcome"] == "agreed"
    assert "未建立共享授权" in str(letter(world, case, "agreement").blocks("zh"))
    story.is_sound()


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


def applied(world: World, place: str, items: list[str], purpose: str = "核验身份") -> Story:
    """One more application, for these items, that its provider has before it."""
    code, jurisdiction = f"{CODES[place]}-GA-002", place
    world.at(START)
    data = {"resource": code, "items": items, "purpose": purpose, "scope": "全市", "share_mode": "interface"}
    case = world.open_case(f"{jurisdiction}.renshe.clerk", "conditional_share", {**data, "legal_duty": "核验职责"})
    return Story.of_case(world, place, code, case)


def refused_for(world: World, place: str, items: list[str], purpose: str = "核验身份") -> Story:
    story = applied(world, place, items, purpose)
    story.answer(story.case, "provider_review", REFUSE)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    return story


@everywhere
def test_each_refused_application_is_disputed_also_where_a_later_one_was_refused(place: str, world: World) -> None:
    first, second = refused_for(world, place, ["name"]), refused_for(world, place, ["id_number"])
    case = disputed(first, items=["name"])
    disagreed(first, case)
    settled(first, case, {"decision": "share", "ground": "履职确需"})
    assert granted(first)["items"] == ["name"]
    rest = disputed(second)
    disagreed(second, rest)
    settled(second, rest, {"decision": "share", "ground": "履职确需"})
    assert granted(second)["items"] == ["id_number"]
    first.is_sound()


def test_items_of_two_applications_are_disputed_each_with_its_own(world: World) -> None:
    story, other = refused_for(world, "jiangmen", ["name"]), refused_for(world, "jiangmen", ["id_number"])
    told = disputed(story, status=422, items=["name", "id_number"])["errors"]
    assert list(told) == ["items"]
    assert story.case["number"] in str(told)
    assert other.case["number"] in str(told)


@everywhere
def test_an_open_application_keeps_only_its_own_items_from_being_disputed(place: str, world: World) -> None:
    story = refused_for(world, place, ["name"])
    applied(world, place, ["id_number"])
    disputed(story)
    assert list(disputed(story, status=422, items=["id_number"])["errors"]) == ["kind"]


@everywhere
def test_what_was_granted_for_the_purpose_meanwhile_is_not_granted_twice(place: str, world: World) -> None:
    story, grants = refused_for(world, place, ["name", "id_number"]), "/grants"
    case = disputed(story)
    disagreed(story, case)
    later = applied(world, place, ["name"])
    later.answer(later.case, "provider_review", {"decision": "approve"})
    if "bureau_authorise" in world.open_tasks(later.case["id"]):
        later.answer(later.case, "bureau_authorise", {"decision": "approve"})
    settled(story, case, {"decision": "share", "ground": "履职确需"})
    found = done(world.api("admin").get(grants, resource=story.code))["items"]
    assert sorted(one["items"] for one in found) == [["id_number"], ["name"]]
    assert list(disputed(story, status=422, items=["name"], kind="withheld", purpose="核验身份")["errors"]) != []
    story.is_sound()


def test_a_dispute_that_is_won_about_what_is_granted_already_says_so(world: World) -> None:
    story = refused_for(world, "jiangmen", ["name"])
    case = disputed(story)
    later = applied(world, "jiangmen", ["name"])
    later.answer(later.case, "provider_review", {"decision": "approve"})
    settled(story, case, {"decision": "share", "ground": "履职确需"})
    told = str(letter(world, case, "settlement").blocks("zh"))
    assert "不再另行授权" in told
    assert "据此提出共享申请" not in told
    story.is_sound()


@everywhere
def test_a_withheld_item_that_was_not_applied_for_is_disputed_beside_one_that_was_refused(
    place: str, world: World
) -> None:
    code = f"{CODES[place]}-GA-003"
    items = [
        one["code"]
        for one in done(world.api("admin").get("/catalogue/resources", jurisdiction=place, q=code))["items"][0]["items"]
    ]
    case = done(begin(world, place, kind="withheld", resource=code, items=items[:1], purpose="核验身份"), 201)
    assert list(
        done(begin(world, place, kind="withheld", resource=code, items=items[:1], purpose="核验身份"), 422)["errors"]
    ) == ["kind"]
    done(begin(world, place, kind="withheld", resource=code, items=items[1:2], purpose="核验身份"), 201)
    assert world.case(case["id"])["status"] == "open"


@pytest.mark.parametrize("kind", ["refusal", "withheld"])
def test_whoever_refused_sensitive_data_does_not_judge_that_refusal(kind: str, world: World) -> None:
    """In Yinchuan an agreement on confidentiality comes before them: whoever wins applies with the result."""
    code, provider, item = {
        "refusal": ("YC-MZ-101", "minzheng", "register_number"), "withheld": ("YC-WJ-102", "weijian", "file_number"),
    }[kind]  # fmt: skip
    world.at(START)
    data = {"resource": code, "items": [item], "purpose": "核验身份", "scope": "全市", "share_mode": "interface"}
    more = {"necessity": "履职确需"} if kind == "withheld" else {}
    case = world.open_case("yinchuan.renshe.clerk", "conditional_share", data | more)
    story = Story.of_case(world, "yinchuan", code, case)
    answers = {
        "provider_review": REFUSE, "applicant_response": {"response": "dispute", "position": "履职需要"},
        "coordinate": {"decision": "withhold", "ground": "不予共享"},
    }  # fmt: skip
    while (key := next(iter(disagreed(story, case)), None)) is not None:
        story.answer(case, key, answers[key])
    about = {"other_department": provider, "items": [item], "purpose": "核验身份"}
    dispute = disputed(story, kind, **about)
    assert list(disputed(story, kind, 422, **about)["errors"]) == ["kind"]
    assert disagreed(story, dispute) == ["superior_answer"]
    settled(story, dispute, {"decision": "share", "ground": "履职确需"})
    assert done(world.api("admin").get("/grants", resource=code))["items"] == []
    assert "据此提出共享申请" in str(letter(world, dispute, "superior_result").blocks("zh"))
    story.is_sound()


def test_who_takes_over_from_a_closed_department_goes_on_with_what_it_was_refused(world: World) -> None:
    """The bureau that has refused does not judge that, and whoever wins now is granted it."""
    story = applied(world, "yinchuan", ["name"])
    story.answer(story.case, "provider_review", {"decision": "approve"})
    story.answer(story.case, "bureau_authorise", REFUSE)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    place = ("--jurisdiction", "yinchuan", "--on", "2026-03-09", "--successor", "shichang")
    assert world.flask("departments", "close", "renshe", *place).exit_code == 0
    case = done(begin(world, "yinchuan", by="shichang", kind="refusal", resource=story.code), 201)
    assert disagreed(story, case) == ["superior_answer"]
    settled(story, case, {"decision": "share", "ground": "履职确需"})
    assert (granted(story)["department"], granted(story)["state"]) == ("shichang", "active")
    story.is_sound()
