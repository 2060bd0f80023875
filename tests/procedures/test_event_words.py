"""Explanations say what happened (FAULTS L28): nothing was received where a task opened or a law was amended."""

from __future__ import annotations

from app.cases.definition_cache import definition_of
from app.cases.models import Case
from app.floor.messages import Text
from app.web.labels import what_began
from tests.world import World, done

SHARE = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "interface"}


def paragraphs(world: World, case: int) -> dict[str, str]:
    clocks = world.case(case)["deadlines"]
    return {one["rule"]: done(world.api("admin").get(f"/deadlines/{one['id']}"))["paragraph"] for one in clocks}


def test_an_explanation_names_the_event_that_started_the_clock(world: World) -> None:
    world.at("2026-03-02T09:00:00+08:00")
    case = world.open_case("yima.renshe.clerk", "conditional_share", SHARE)["id"]
    world.complete(case, "provider_review", {"decision": "supplement", "reason": "请写明范围"})
    told = paragraphs(world, case)
    assert told["conditional_share.reply"].startswith("3月2日收到，次日起算")
    assert told["conditional_share.supplement"].startswith("3月2日转至“")
    assert "收到" not in told["conditional_share.supplement"]


def test_the_day_of_a_change_is_not_received(world: World) -> None:
    world.at("2026-03-02T09:00:00+08:00")
    data = {"trigger": "law", "changed_on": "2026-02-27", "description": "修订", "resources": ["YM-GA-002"]}
    case = world.open_case("yima.gongan.clerk", "catalogue_update", data)["id"]
    told = paragraphs(world, case)["catalogue_update.update"]
    assert told.startswith("2月27日为“")
    assert "收到" not in told


def test_a_dispute_is_raised_and_nothing_of_it_was_received(world: World) -> None:
    world.at("2026-03-02T09:00:00+08:00")
    data = {"kind": "quality", "position": "接口缺少字段", "other_department": "gongan", "resource": "YM-GA-002"}
    case = world.open_case("yima.renshe.clerk", "dispute", data)["id"]
    told = paragraphs(world, case)
    assert told
    assert not [one for one in told.values() if "收到" in one]
    with world.database.transaction(write=False) as session:
        plan = definition_of(session, session.get_one(Case, case))
    assert (plan.top.begins, plan.top.arrives) == (Text("提起", "Raised"), False)
    assert what_began(plan).english == "What it is about"
