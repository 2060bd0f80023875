"""What is agreed is one text, and both sides have signed the same version of it (PROCEDURES P4.1)."""

from __future__ import annotations

import hashlib
from typing import Any

import orjson
import pytest

from app.accounts import directory
from app.cases.negotiation import Terms
from tests.procedures.grant_story import Story, everywhere
from tests.procedures.playing import CODES
from tests.procedures.test_recusal import APPLICATION, DISPUTE, REFUSE
from tests.world import World, done

NEGOTIATE = ("jiangsu", "yima")
CONDITIONS = {"agreed": True, "conditions": "只返回核验结果"}


def disputed(world: World, place: str) -> int:
    """A refusal that both sides negotiate."""
    world.at("2026-03-09T10:00:00+08:00")
    data = {**APPLICATION, "items": ["name", "permit_number"], "resource": f"{CODES[place]}-GA-002"}
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", data)
    world.complete(case["id"], "provider_review", REFUSE)
    world.complete(case["id"], "applicant_response", DISPUTE)
    return int(case["id"])


def refusal(world: World, case: int, key: str, data: dict[str, Any]) -> Any:
    """What is wrong with an answer, by field."""
    task = world.open_tasks(case)[key]
    answer = world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data})
    assert answer.status_code == 422, answer.get_data(as_text=True)
    return set(answer.json["errors"])


def proposal(world: World, case: int, key: str) -> Any:
    task = world.open_tasks(case)[key]
    return done(world.api(world.holder(task)).get(f"/tasks/{task['id']}"))["proposal"]


def foretold(world: World, case: int, key: str, data: dict[str, Any]) -> str:
    task = world.open_tasks(case)[key]
    return str(done(world.api(world.holder(task)).post(f"/tasks/{task['id']}/preview", {"data": data})))


@pytest.mark.parametrize("place", NEGOTIATE)
def test_the_preview_names_the_other_side_as_its_signatory(place: str, world: World) -> None:
    case = disputed(world, place)
    for first, second in (("applicant", "provider"), ("provider", "applicant")):
        holder = world.open_tasks(case)[f"negotiate_{second}"]["department"]
        said = foretold(world, case, f"negotiate_{first}", CONDITIONS)
        assert f"由{name_of(world, place, holder)}签署或者另提文本" in said


@everywhere
def test_in_the_review_of_a_grant_the_preview_names_the_other_side(place: str, world: World) -> None:
    story = Story(world, place)
    done(story.revoke())
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    tasks = world.open_tasks(review["id"])
    for key, task in tasks.items():
        if key.startswith("negotiate_"):
            said = foretold(world, review["id"], key, {"agreed": True, "text": "改进"})
            [other] = {one["department"] for one in tasks.values()} - {task["department"]}
            assert f"由{name_of(world, place, other)}签署或者另提文本" in said


def name_of(world: World, place: str, code: str) -> str:
    with world.database.transaction(write=False) as session:
        return directory(session).by_code[place, code].name.zh


@pytest.mark.parametrize("place", NEGOTIATE)
def test_the_other_side_sees_the_text_and_signs_that_version(place: str, world: World) -> None:
    case = disputed(world, place)
    assert proposal(world, case, "negotiate_provider") is None
    world.complete(
        case, "negotiate_applicant", {**CONDITIONS, "items": ["name"], "period_months": 12, "text": "逐月核对"}
    )
    shown = proposal(world, case, "negotiate_provider")
    assert {name: shown[name] for name in ("version", "items", "conditions", "period_months", "text", "signed_by")} == {
        "version": 1, "items": ["name"], "conditions": "只返回核验结果", "period_months": 12, "text": "逐月核对",
        "signed_by": ["renshe"],
    }  # fmt: skip
    world.complete(case, "negotiate_provider", {"agreed": True, "proposal": 1})
    closed = world.case(case)
    assert (closed["status"], closed["outcome"]) == ("closed", "granted_partly")
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert (grant["items"], grant["conditions"]) == (["name"], "只返回核验结果")
    assert grant["valid_until"].startswith("2027-03")
    [put], [signed] = world.events(case, "terms.proposed"), world.events(case, "terms.signed")
    assert put["detail"]["hash"] == signed["detail"]["hash"] == shown["hash"]


@pytest.mark.parametrize(("place", "mode"), [("yima", "table"), ("jiangsu", "batch")])
def test_the_mode_that_both_sign_is_the_mode_that_is_granted(place: str, mode: str, world: World) -> None:
    case = disputed(world, place)
    assert refusal(world, case, "negotiate_applicant", {**CONDITIONS, "share_mode": "pigeon"}) == {"share_mode"}
    world.complete(case, "negotiate_applicant", {**CONDITIONS, "share_mode": mode})
    shown = proposal(world, case, "negotiate_provider")
    assert (shown["version"], shown["share_mode"]) == (1, mode)
    with_mode = shown["hash"]
    signs = {"agreed": True, "proposal": 1, "share_mode": "interface"}
    assert refusal(world, case, "negotiate_provider", signs) == {"proposal"}
    world.complete(case, "negotiate_provider", CONDITIONS)
    other = proposal(world, case, "negotiate_applicant")
    assert (other["version"], other["share_mode"], other["hash"] == with_mode) == (2, None, False)
    world.complete(case, "negotiate_applicant", {**CONDITIONS, "share_mode": mode})
    world.complete(case, "negotiate_provider", {"agreed": True, "proposal": 3})
    assert world.case(case)["outcome"] == "granted"
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert (grant["mode"], grant["conditions"]) == (mode, CONDITIONS["conditions"])
    assert world.flask("audit", "verify").exit_code == 0


def test_a_text_of_before_without_a_mode_keeps_its_hash() -> None:
    text = Terms(1, "claimant", ["name"], "只返回核验结果", 12, None, ("claimant",))
    assert text.hash == hashlib.sha256(orjson.dumps([["name"], "只返回核验结果", 12, None])).hexdigest()


@pytest.mark.parametrize("place", NEGOTIATE)
def test_two_texts_that_differ_are_no_agreement(place: str, world: World) -> None:
    case = disputed(world, place)
    world.complete(case, "negotiate_applicant", CONDITIONS)
    world.complete(case, "negotiate_provider", {"agreed": True, "conditions": "逐条核验"})
    assert world.case(case)["status"] == "open"
    assert proposal(world, case, "negotiate_applicant")["version"] == 2
    world.complete(case, "negotiate_applicant", {"agreed": True, "proposal": 2})
    assert world.case(case)["outcome"] == "granted"
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert grant["conditions"] == "逐条核验"


def test_only_the_last_version_of_the_other_side_can_be_signed_and_a_signature_adds_nothing(world: World) -> None:
    case = disputed(world, "yima")
    assert refusal(world, case, "negotiate_provider", {"agreed": True, "proposal": 1}) == {"proposal"}
    world.complete(case, "negotiate_applicant", CONDITIONS)
    assert refusal(world, case, "negotiate_applicant", {"agreed": True, "proposal": 1}) == {"proposal"}
    assert refusal(world, case, "negotiate_provider", {"agreed": True}) == {"proposal"}
    assert refusal(world, case, "negotiate_provider", {"agreed": True, "proposal": 1, "text": "另加"}) == {"proposal"}
    world.complete(case, "negotiate_applicant", {"agreed": True, "conditions": "每日限量"})
    assert refusal(world, case, "negotiate_provider", {"agreed": True, "proposal": 1}) == {"proposal"}
    assert refusal(world, case, "negotiate_provider", {"agreed": True, "items": ["address"]}) == {"items"}


def test_a_side_that_does_not_agree_says_why_and_the_dispute_goes_on(world: World) -> None:
    case = disputed(world, "yima")
    assert refusal(world, case, "negotiate_provider", {"agreed": False}) == {"position"}
    assert refusal(world, case, "negotiate_provider", {"agreed": False, "position": "\u200b"}) == {"position"}
    world.complete(case, "negotiate_provider", {"agreed": False, "position": "可以用证照替代"})
    assert list(world.open_tasks(case)) == ["coordinate"]


def test_counter_proposals_do_not_begin_the_clock_anew(world: World) -> None:
    case = disputed(world, "yima")
    world.complete(case, "negotiate_applicant", CONDITIONS)
    world.complete(case, "negotiate_provider", {"agreed": True, "conditions": "逐条核验"})
    [clock] = [one for one in world.case(case)["deadlines"] if one["rule"] == "dispute.negotiate"]
    assert clock["state"] == "running"
    assert all(task["due_at"] == clock["due_at"] for task in world.open_tasks(case).values())


def test_nobody_signs_for_both_sides_and_the_same_text_once_more_is_no_second_signature(world: World) -> None:
    case = disputed(world, "yima")
    world.complete(case, "negotiate_applicant", CONDITIONS)
    assert refusal(world, case, "negotiate_applicant", {"agreed": True, "proposal": 1}) == {"proposal"}
    assert refusal(world, case, "negotiate_applicant", CONDITIONS) == {"proposal"}
    other = world.open_tasks(case)["negotiate_provider"]
    for stranger in ("yima.renshe.clerk", "yima.minzheng.clerk", "yima.bureau.clerk"):
        signed = world.api(stranger).post(f"/tasks/{other['id']}/complete", {"data": {"agreed": True, "proposal": 1}})
        assert signed.status_code == 404
    assert world.case(case)["status"] == "open"
    assert proposal(world, case, "negotiate_provider")["signed_by"] == ["renshe"]


def test_a_version_that_was_overtaken_is_not_signed_and_nothing_is_lost(world: World) -> None:
    case = disputed(world, "yima")
    world.complete(case, "negotiate_applicant", CONDITIONS)
    world.complete(case, "negotiate_applicant", {"agreed": True, "conditions": "每月限量"})
    assert refusal(world, case, "negotiate_provider", {"agreed": True, "proposal": 1}) == {"proposal"}
    world.complete(case, "negotiate_provider", {"agreed": True, "proposal": 2})
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert grant["conditions"] == "每月限量"


def test_a_text_without_end_or_with_hidden_characters_is_refused_or_cleaned(world: World) -> None:
    case = disputed(world, "yima")
    for field in ("text", "conditions"):
        assert refusal(world, case, "negotiate_provider", {"agreed": True, field: "长" * 100_000}) == {field}
    assert refusal(world, case, "negotiate_provider", {"agreed": True, "text": "按月\x00核对"}) == {"text"}
    world.complete(case, "negotiate_provider", {"agreed": True, "text": "按月\x07核\u202e对"})
    assert proposal(world, case, "negotiate_applicant")["text"] == "按月核对"


def test_the_offer_is_about_what_is_in_dispute_and_no_more(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    data = {**APPLICATION, "items": ["name", "permit_number"], "resource": "YM-GA-002"}
    case = int(world.open_case("yima.renshe.clerk", "conditional_share", data)["id"])
    partly = {**REFUSE, "decision": "approve_partly", "items": ["name"]}
    world.complete(case, "provider_review", partly)
    world.complete(case, "applicant_response", DISPUTE)
    world.complete(case, "negotiate_applicant", CONDITIONS)
    assert proposal(world, case, "negotiate_provider")["items"] == ["permit_number"]
    assert refusal(world, case, "negotiate_provider", {"agreed": True, "items": ["name"]}) == {"items"}


@pytest.mark.parametrize("place", NEGOTIATE)
def test_what_both_sides_sign_beside_the_conditions_is_in_the_grant_too(place: str, world: World) -> None:
    case = disputed(world, place)
    world.complete(case, "negotiate_applicant", {**CONDITIONS, "text": "逐月核对使用情况"})
    world.complete(case, "negotiate_provider", {"agreed": True, "proposal": 1})
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert (grant["conditions"], grant["agreed_text"]) == ("只返回核验结果", "逐月核对使用情况")
    assert world.flask("audit", "verify").exit_code == 0


@pytest.mark.parametrize("place", NEGOTIATE)
def test_a_version_that_drops_a_condition_of_the_entry_says_so_before_it_is_signed(place: str, world: World) -> None:
    case = disputed(world, place)
    world.complete(case, "negotiate_applicant", CONDITIONS)
    own = proposal(world, case, "negotiate_provider")["leaves_out"]
    assert own == ["仅限办理公共服务事项时按人核验，不得批量导出。"]
    world.complete(case, "negotiate_provider", {"agreed": True, "conditions": f"{own[0]}\n只返回核验结果"})
    assert proposal(world, case, "negotiate_applicant")["leaves_out"] == []
