"""Adverse decisions, whatever they are called, and the law of the day on which a decision is made."""

from __future__ import annotations

from typing import Any

import pytest

from app import outbox
from app.catalogue import entries
from app.outbox.letter_text import as_lines
from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.world import World, done

MONDAY = "2026-03-09T10:00:00+08:00"
LAW = {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"}
PARTLY = {"decision": "approve_partly", "items": ["name"], "reason": "居住证编号与用途无关", "basis": LAW}


def asked(place: str, **more: Any) -> dict[str, Any]:
    data = {
        "resource": f"{CODES[place]}-GA-002",
        "items": ["name", "permit_number"],
        "purpose": "核验",
        "scope": "全市",
    }
    return data | {"share_mode": "interface", "legal_duty": "登记职责"} | more


def opened(world: World, place: str, **more: Any) -> Any:
    world.at(MONDAY)
    return world.open_case(f"{place}.renshe.clerk", "conditional_share", asked(place, **more))


def decide(world: World, case: Any, answer: dict[str, Any]) -> Any:
    task = world.open_tasks(case["id"])["provider_review"]
    return world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": answer})


@pytest.mark.parametrize("place", PLACES)
def test_a_partial_approval_gives_reason_and_basis_for_the_rest(place: str, world: World) -> None:
    case = opened(world, place)
    without = decide(world, case, {"decision": "approve_partly", "items": ["name"]})
    assert without.status_code == 422
    assert set(without.json["errors"]) == ({"reason", "basis"} if place in ("jiangmen", "yima") else {"reason"})
    done(decide(world, case, PARTLY))
    if place == "yinchuan":
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    assert set(world.open_tasks(case["id"])) == {"applicant_response"}
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert grant["items"] == ["name"]
    world.complete(case["id"], "applicant_response", {"response": "accept"})
    assert world.case(case["id"])["outcome"] == "granted_partly"


def test_a_paper_application_is_entered_by_the_bureau_and_belongs_to_the_department(world: World) -> None:
    world.at(MONDAY)
    body = {"procedure": "conditional_share", "jurisdiction": "yima", "data": asked("yima"), "on_behalf_of": "renshe"}
    assert world.api("yima.minzheng.clerk").post("/cases", body).status_code == 422
    late = {"occurred_at": "2026-03-02T10:00:00+08:00", "reason": "纸质申请补录"}
    case = done(world.api("yima.bureau.clerk").post("/cases", body | late), 201)
    assert (case["applicant"], case["entered_by"]) == ("renshe", "bureau")
    [told] = world.events(case["id"], "case.opened")
    assert (told["actor"], told["detail"]["on_behalf_of"]) == ("yima.bureau.clerk", "renshe")
    withdrawn = world.api("yima.renshe.clerk").post(f"/cases/{case['id']}/withdraw", {"reason": "不再需要"})
    assert done(withdrawn)["outcome"] == "withdrawn"


def test_what_became_unconditional_cannot_be_refused(world: World) -> None:
    case = opened(world, "yima")
    with world.database.transaction() as session:
        entry = entries.entry(session, "YM-GA-002")
        change = {"resource": entry.code, "action": "change", "share_type": "unconditional"}
        entries.apply_changes(session, "yima", [change], "test", None, owner_id=entry.provider_id)
    done(decide(world, case, {"decision": "refuse", "reason": "无关", "basis": LAW}))
    now = world.case(case["id"])
    assert (now["status"], now["outcome"]) == ("closed", "granted")
    assert world.events(case["id"], "resource.changed")


def test_nobody_applies_to_itself_and_work_secrets_stay_outside(world: World) -> None:
    world.at(MONDAY)
    body = {"procedure": "conditional_share", "jurisdiction": "yima", "data": asked("yima")}
    own = world.api("yima.gongan.clerk").post("/cases", body)
    assert (own.status_code, set(own.json["errors"])) == (422, {"resource"})
    secret = world.api("yima.renshe.clerk").post("/cases", body | {"data": asked("yima", work_secret=True)})
    assert (secret.status_code, set(secret.json["errors"])) == (422, {"work_secret"})


@pytest.mark.parametrize("place", PLACES)
def test_a_condition_or_a_term_of_the_providers_own_has_its_reason_and_may_name_its_basis(
    place: str, world: World
) -> None:
    case = opened(world, place, period_months=12)
    for terms in ({"conditions": "不得留存"}, {"period_months": 6}):
        without = decide(world, case, {"decision": "approve", **terms})
        assert (without.status_code, set(without.json["errors"])) == (422, {"reason"}), terms
    given = {"decision": "approve", "conditions": "不得留存", "period_months": 6, "reason": "业务半年内办结"}
    done(decide(world, case, {**given, "basis": LAW}))
    if place == "yinchuan":
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    told = letter(world, case)
    assert "授权期限：6个月，短于申请的12个月" in told
    assert "依据：「《个人信息保护法》第六条（法律）」" in told
    assert set(world.open_tasks(case["id"])) == {"applicant_response"}


def test_a_term_of_the_providers_own_rests_on_no_text_that_bears_no_refusal(world: World) -> None:
    case = opened(world, "jiangmen", period_months=12)
    internal = {"kind": "other", "title": "本局内部数据管理办法", "article": "第三条"}
    refused = decide(world, case, {"decision": "approve", "period_months": 6, "reason": "内部规定", "basis": internal})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"basis"})


@pytest.mark.parametrize("place", PLACES)
def test_some_items_are_not_approved_as_if_they_were_all(place: str, world: World) -> None:
    case = opened(world, place)
    some = decide(world, case, {"decision": "approve", "items": ["name"]})
    assert (some.status_code, set(some.json["errors"])) == (422, {"items"})
    assert "同意共享部分" in some.json["errors"]["items"][0]
    assert set(world.open_tasks(case["id"])) == {"provider_review"}
    done(decide(world, case, {"decision": "approve", "items": ["permit_number", "name"]}))


@pytest.mark.parametrize("place", PLACES)
def test_a_partial_approval_of_every_item_is_an_approval(place: str, world: World) -> None:
    case = opened(world, place)
    done(decide(world, case, {**PARTLY, "items": ["name", "permit_number"], "ground": "outside_duty"}))
    if place == "yinchuan":
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    assert world.case(case["id"])["outcome"] == "granted"
    told = letter(world, case)
    assert "审核意见：同意共享\n" in told
    assert not [word for word in ("部分", "不予共享", "理由", "异议") if word in told]


@pytest.mark.parametrize("place", PLACES)
def test_a_title_that_was_typed_bare_stands_in_its_marks_in_the_letter(place: str, world: World) -> None:
    case = opened(world, place)
    done(decide(world, case, PARTLY | {"basis": LAW | {"title": "个人信息保护法"}}))
    if place == "yinchuan":
        world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    assert "《个人信息保护法》第六条" in letter(world, case)
    kept = [one["detail"]["data"] for one in world.events(case["id"]) if "basis" in one["detail"].get("data", {})]
    assert [one["basis"]["title"] for one in kept] == ["个人信息保护法"], "what was answered is kept as it was answered"


def letter(world: World, case: Any) -> str:
    with world.database.transaction(write=False) as session:
        return "\n".join(as_lines(outbox.letters_of(session, case["id"])[-1].blocks("zh")))


@pytest.mark.parametrize("place", PLACES)
def test_the_duty_served_is_what_the_decider_reads_and_where_it_is_left_out_the_purpose_stands(
    place: str, world: World
) -> None:
    world.at(MONDAY)
    told = world.open_case(f"{place}.renshe.clerk", "conditional_share", asked(place))
    data = {name: value for name, value in asked(place).items() if name != "legal_duty"}
    silent = world.open_case(f"{place}.renshe.clerk", "conditional_share", data)
    assert set(world.open_tasks(silent["id"])) == {"provider_review"}
    if place == "yima":
        assert "所履行的职责：「登记职责」" in letter(world, told)
        assert "所履行的职责：见共享用途" in letter(world, silent)
