"""What was once decided against the text of a regulation, each instance whole, and what follows from it now."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import actor_by_username
from app.cases import audit
from app.cases.read import inbox
from app.outbox.models import OutboxMessage
from tests.procedures.expected import count
from tests.world import World, done

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
LAW = {"kind": "law", "title": "《个人信息保护法》", "article": "第三十四条"}
SHARE = {"items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface"}
CORRECT = "data_error.correct"


def proof(world: World) -> Any:
    with world.database.transaction(write=False) as session:
        return audit.verify(session)[1]


def clock_of(world: World, case_id: int, rule: str) -> Any:
    return [one for one in world.case(case_id)["deadlines"] if one["rule"] == rule][-1]


def enter(world: World, key: str, days: int) -> None:
    """A number that this copy of Jiangmen's text has lost, as the operator enters it with its source."""
    told = world.flask(
        "rules", "enter", "jiangmen", key, str(days), "--source", "江门市政府公报", "--from", "2025-09-01"
    )
    assert told.exit_code == 0, told.output


def test_a_ladder_that_decided_to_share_is_not_undone_minutes_later_by_whoever_had_refused(world: World) -> None:
    world.at(MONDAY)
    case_id = world.open_case("yima.renshe.clerk", "conditional_share", {"resource": "YM-GA-002", **SHARE})["id"]
    world.complete(case_id, "provider_review", {"decision": "refuse", "reason": "与职责无关", "basis": LAW})
    world.complete(case_id, "applicant_response", {"response": "dispute", "position": "职责所必需"})
    world.complete(case_id, "negotiate_applicant", {"agreed": False, "position": "职责所必需"})
    world.complete(case_id, "coordinate", {"decision": "share", "ground": "依法履职需要"})
    [grant] = done(world.api("admin").get("/grants", case=case_id))["items"]
    world.at(MONDAY + timedelta(minutes=5))
    path = f"/grants/{grant['id']}/revoke"
    refused = world.api("yima.gongan.head").post(path, {"reason": "不想给了", "basis": LAW})
    assert (refused.status_code, refused.json["type"]) == (409, "decided-above")
    without = world.api("yima.bureau.clerk").post(path, {"reason": "不想给了"})
    assert (without.status_code, set(without.json["errors"])) == (422, {"basis"})
    assert done(world.api("admin").get("/grants", case=case_id))["items"][0]["state"] == "active"
    done(world.api("yima.bureau.clerk").post(path, {"reason": "使用超出答复范围", "basis": LAW}))
    told = done(world.api("yima.renshe.clerk").get("/tasks"))["items"]
    assert [one["key"] for one in told] == ["holder_response"], "the holder is asked whether it contests that"
    assert proof(world) is None


@pytest.mark.parametrize("late", [timedelta(minutes=1), timedelta(days=1), timedelta(days=21)], ids=str)
def test_no_extension_is_asked_for_or_consented_to_once_the_period_is_over(world: World, late: timedelta) -> None:
    world.at(MONDAY)
    report = {"resource": "YY-GA-002", "items": ["name"], "doubt": "姓名不符"}
    asked, silent = (world.open_case("yunyang.renshe.clerk", "data_error", report)["id"] for _ in range(2))
    clocks = {one: clock_of(world, one, "data_error.reply")["id"] for one in (asked, silent)}
    provider, more = world.api("yunyang.gongan.clerk"), {"days": 4, "reason": "需调取纸质档案"}
    done(provider.post(f"/deadlines/{clocks[asked]}/extend", more))
    task = world.open_tasks(asked)["consent_extension"]
    world.at(datetime.fromisoformat("2026-03-24T00:00:00+08:00") + late)
    refused = provider.post(f"/deadlines/{clocks[silent]}/extend", more)
    assert (refused.status_code, refused.json["type"]) == (409, "clock-past-due")
    void = world.api("yunyang.gongan.head").post(f"/tasks/{task['id']}/complete", {"data": {"consent": True}})
    assert void.status_code == 409
    for one in clocks.values():
        clock = done(world.api("admin").get(f"/deadlines/{one}"))
        assert (clock["state"], clock["due_on"], clock["extensions"]) == ("missed", "2026-03-23", [])


def test_a_lost_number_that_was_entered_binds_only_who_owes_a_correction_and_from_the_feedback(world: World) -> None:
    enter(world, "data_error.reply", 5)
    enter(world, CORRECT, 7)
    world.at(MONDAY)
    report = {"resource": "JM-GA-002", "items": ["name"], "doubt": "姓名不符"}
    right, wrong = (world.open_case("jiangmen.renshe.clerk", "data_error", report)["id"] for _ in range(2))
    world.at(MONDAY + timedelta(days=28))
    for case_id in (right, wrong):
        world.complete(case_id, "verify_error", {"finding": "no_error", "explanation": "与原始档案一致"})
        clock = clock_of(world, case_id, CORRECT)
        assert (clock["kind"], clock["state"], clock["met_on"]) == ("statutory", "pending", None)
    world.complete(right, "reporter_response", {"response": "accept"})
    assert (clock_of(world, right, CORRECT)["state"], clock_of(world, right, CORRECT)["days_late"]) == ("cancelled", 0)
    assert clock_of(world, right, "data_error.reply")["state"] == "missed", "the reply was late all the same"
    world.complete(wrong, "reporter_response", {"response": "dispute", "position": "证件原件为准"})
    world.complete(wrong, "negotiate_provider", {"agreed": False, "position": "不同意"})
    world.complete(wrong, "coordinate", {"decision": "record_of", "of_department": "renshe", "ground": "原件为准"})
    clock = clock_of(world, wrong, CORRECT)
    due_on = count(MONDAY.date(), 7)[-1].isoformat()
    assert (clock["state"], clock["started_on"], clock["due_on"]) == ("missed", "2026-03-09", due_on)
    task = world.open_tasks(wrong)["correct_record"]
    assert (task["department"], task["deadline"]) == ("gongan", clock["id"])
    world.complete(wrong, "correct_record", {"correction": "已按原件更正"})
    assert clock_of(world, wrong, CORRECT)["state"] == "missed"
    assert proof(world) is None


@pytest.mark.parametrize("code", ["YC-WJ-102", "YC-GA-002"], ids=["withheld and sensitive", "conditional"])
def test_what_the_open_catalogue_does_not_hold_goes_to_no_open_platform(world: World, code: str) -> None:
    entry = done(world.api("admin").get("/catalogue/resources", q=code))["items"][0]
    world.at(MONDAY)
    about = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职责调整", "resources": [code]}
    case = world.open_case(f"yinchuan.{entry['provider']}.clerk", "catalogue_update", about)
    world.complete(case["id"], "draft_update", {"changes": [{"resource": code, "action": "change", "summary": "说明"}]})
    world.complete(case["id"], "review_update", {"decision": "pass"})
    assert world.case(case["id"])["outcome"] == "published"
    with world.database.transaction(write=False) as session:
        pushed = session.scalars(select(OutboxMessage).where(OutboxMessage.channel == "push")).all()
    assert not [one for one in pushed if one.target == "open_platform" and code in str(one.payload)]
    assert entry["name"] not in str([one.payload for one in pushed if one.target == "open_platform"])


def test_where_local_days_are_awaited_a_program_is_told_that_a_date_is_not_firm(world: World) -> None:
    world.at(MONDAY)
    for place, code, certainty in (("yinchuan", "YC", "soft"), ("yima", "YM", "firm")):
        case = world.open_case(f"{place}.renshe.clerk", "conditional_share", {"resource": f"{code}-GA-002", **SHARE})
        assert {one["certainty"] for one in case["deadlines"]} == {certainty}


def test_on_equal_days_what_the_law_has_set_stands_before_a_target_of_ours(world: World) -> None:
    world.at(MONDAY)
    report = {"resource": "YM-GA-002", "items": ["name"], "doubt": "不符"}
    before = world.open_case("yima.renshe.clerk", "data_error", report)
    ours = before["deadlines"][0]
    law = next(
        case
        for day in range(40)
        if (case := applied(world, MONDAY + timedelta(days=day)))["deadlines"][0]["due_on"] == ours["due_on"]
    )
    with world.database.transaction(write=False) as session:
        actor = actor_by_username(session, "yima.gongan.clerk")
        assert actor is not None
        for lines in (inbox.inbox(session, actor).items, inbox.case_lines(session, actor, sort="due_at").items):
            same = [one for one in lines if one["due_on"].isoformat() == ours["due_on"]]
            assert [one["due_kind"] for one in same][:2] == ["statutory", "internal"]
            assert [one.get("case", one["id"]) for one in same][:2] == [law["id"], before["id"]]


def applied(world: World, at: datetime) -> Any:
    world.at(at)
    return world.open_case("yima.renshe.clerk", "conditional_share", {"resource": "YM-GA-002", **SHARE})
