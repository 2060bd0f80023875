"""A dispute is decided item by item: each with its own result, ground and basis, and what follows takes exactly those
(PROCEDURES P4.3; a partial decision gives the reason for the rest, P1.3)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from app.cases import audit
from app.cases.models import Case
from app.outbox import Letter
from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.procedures.test_one_text import disputed
from tests.procedures.test_recusal import APPLICATION, DISPUTE, REFUSE
from tests.world import World, done

SUPERIOR = {"document": "府函〔2026〕3号", "decided_on": "2026-03-09", "text": "逐项处理如下。"}
LAW = {"kind": "law", "title": "《居民身份证法》", "article": "第六条"}


def records(world: World, place: str, by: str = "renshe", **more: Any) -> int:
    """Two items whose records differ, negotiated in vain where that comes first."""
    world.at("2026-03-09T10:00:00+08:00")
    data = {
        "kind": "inconsistent_records", "resource": f"{CODES[place]}-GA-002", "other_department": "gongan",
        "items": ["name", "permit_number"], "record": "证号尾号0031", "position": "与原件一致",
    }  # fmt: skip
    case = world.open_case(f"{place}.{by}.clerk", "dispute", data | more)
    if "negotiate_provider" in world.open_tasks(case["id"]):
        world.complete(case["id"], "negotiate_provider", {"agreed": False, "position": "档案为准"})
    return int(case["id"])


def refused_two(world: World, place: str, by: str = "renshe") -> int:
    world.at("2026-03-09T10:00:00+08:00")
    items = ["name", "permit_number"]
    data = {**APPLICATION, "items": items, "resource": f"{CODES[place]}-GA-002"}
    case = int(world.open_case(f"{place}.{by}.clerk", "conditional_share", data)["id"])
    world.complete(case, "provider_review", REFUSE)
    world.complete(case, "applicant_response", DISPUTE)
    if "negotiate_provider" in world.open_tasks(case):
        world.complete(case, "negotiate_provider", {"agreed": False, "position": "不同意"})
    return case


def corrected(world: World, case: int) -> set[str]:
    """Both correct their records, each in its own time; returns who was asked."""
    asked = world.open_tasks(case)
    for key in sorted(asked, reverse=True):
        world.complete(case, key, {"correction": "已更正"})
    return {task["department"] for task in asked.values()}


def point(item: str, result: str, ground: str = "依职责", **more: Any) -> dict[str, Any]:
    return {"item": item, "result": result, "ground": ground, **more}


def by_item(*points: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"decision": "by_item", "points": list(points), **more}


NAME_THEIRS = point("name", "record_of", "户籍档案可证", of_department="gongan", basis=LAW)
PERMIT_OURS = point("permit_number", "record_of", "原件可证", of_department="renshe")
PERMIT_NOBODYS = point(
    "permit_number", "neither", "双方均为转录", source="制证底册", evidence="底册复印件", about="证号尾号0031"
)


def letter(world: World, case: int, template: str) -> str:
    with world.database.transaction() as session:
        found = select(Letter).where(Letter.case_id == case, Letter.template == template)
        return str(session.scalars(found).one().text)


def refusal(world: World, case: int, data: dict[str, Any]) -> Any:
    [task] = world.open_tasks(case).values()
    answer = world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data})
    assert answer.status_code == 422, answer.get_data(as_text=True)
    return answer.json["errors"]


def verified(world: World) -> None:
    with world.database.transaction() as session:
        assert audit.verify(session)[1] is None


@pytest.mark.parametrize("place", PLACES)
def test_each_record_has_its_own_result_and_whoever_is_wrong_corrects_that_one(place: str, world: World) -> None:
    case = records(world, place)
    [key] = world.open_tasks(case)
    world.complete(case, key, by_item(NAME_THEIRS, PERMIT_OURS))
    [settled] = world.events(case, "terms.settled")
    assert settled["detail"]["falls"] == ["renshe", "gongan"]
    with world.database.transaction() as session:
        facts = session.scalar(select(Case.facts).where(Case.id == case)) or {}
    turns = {"correct_record": "next_correction", "correct_second_record": "second_correction"}
    asked = {
        task["department"]: [one["item"] for one in facts[turns[key]]["points"]]
        for key, task in world.open_tasks(case).items()
    }
    assert asked == {"renshe": ["name"], "gongan": ["permit_number"]}
    corrected(world, case)
    assert world.case(case)["outcome"] == "record_stands"
    text = letter(world, case, "settlement")
    for said in ("户籍档案可证", "原件可证", "居民身份证法", "第六条"):
        assert said in text
    verified(world)


@pytest.mark.parametrize("place", PLACES)
def test_one_record_may_stand_while_of_another_neither_does(place: str, world: World) -> None:
    case = records(world, place)
    [key] = world.open_tasks(case)
    world.complete(case, key, by_item({**NAME_THEIRS, "of_department": "renshe"}, PERMIT_NOBODYS))
    assert corrected(world, case) == {"renshe", "gongan"}
    assert "制证底册" in letter(world, case, "settlement")
    verified(world)


@pytest.mark.parametrize("place", PLACES)
def test_exactly_the_items_that_are_upheld_are_granted(place: str, world: World) -> None:
    case = refused_two(world, place)
    [key] = world.open_tasks(case)
    world.complete(
        case, key, by_item(point("name", "share", "职责所必需"), point("permit_number", "withhold", "非必需"))
    )
    while world.case(case)["status"] == "open":
        for open_ in list(world.open_tasks(case)):
            world.complete(case, open_, {"agreed": True})
    assert world.case(case)["outcome"] == "granted_partly"
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert grant["items"] == ["name"]
    text = letter(world, case, "settlement")
    assert "职责所必需" in text
    assert "非必需" in text
    verified(world)


def test_what_is_upheld_in_all_is_granted_and_what_in_none_is_refused(world: World) -> None:
    for result, outcome in (("share", "granted"), ("withhold", "refused")):
        case = refused_two(world, "yunyang")
        world.complete(case, "coordinate", by_item(point("name", result), point("permit_number", result)))
        assert world.case(case)["outcome"] == outcome


def test_a_partial_decision_over_every_item_is_no_partial_one(world: World) -> None:
    case = refused_two(world, "yunyang")
    world.complete(
        case, "coordinate", {"decision": "share_partly", "items": ["permit_number", "name"], "ground": "职责所必需"}
    )
    assert world.case(case)["outcome"] == "granted"


def test_the_government_above_decides_item_by_item_too(world: World) -> None:
    case = refused_two(world, "yunyang")
    world.complete(case, "coordinate", {"decision": "pass_on", "ground": "分歧较大"})
    decided = by_item(point("name", "withhold", "非必需"), point("permit_number", "share", "职责所必需"))
    world.complete(case, "decide_above", decided)
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert grant["items"] == ["permit_number"]
    assert "非必需" in letter(world, case, "settlement")


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_the_answer_of_a_superior_by_letter_is_recorded_item_by_item(place: str, world: World) -> None:
    case = records(world, place, by="bureau")
    answer = {**SUPERIOR, **by_item(NAME_THEIRS, {**PERMIT_OURS, "of_department": "bureau"})}
    world.complete(case, "superior_answer", answer)
    world.complete(case, "confirm_superior", {"confirmed": True})
    assert "户籍档案可证" in letter(world, case, "superior_result")
    corrected(world, case)
    assert world.case(case)["outcome"] == "record_stands"
    verified(world)


def test_the_items_that_a_superior_shares_are_the_ones_that_are_granted(world: World) -> None:
    case = refused_two(world, "yima", by="bureau")
    given = by_item(point("name", "share"), point("permit_number", "withhold"))
    world.complete(case, "superior_answer", {**SUPERIOR, **given})
    world.complete(case, "confirm_superior", {"confirmed": True})
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert grant["items"] == ["name"]


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ([NAME_THEIRS], "permit_number"),
        ([NAME_THEIRS, PERMIT_OURS, NAME_THEIRS], "3"),
        ([NAME_THEIRS, {**PERMIT_OURS, "of_department": "minzheng"}], "2"),
        ([NAME_THEIRS, {**PERMIT_OURS, "ground": "\u2800\u3164"}], "2"),
        ([NAME_THEIRS, {**PERMIT_NOBODYS, "source": None}], "2"),
        ([NAME_THEIRS, point("permit_number", "share")], "2"),
        ([NAME_THEIRS, point("address", "record_of", of_department="gongan")], "address"),
        ([NAME_THEIRS, {**PERMIT_OURS, "ground": "长" * 100_000}], "2"),
        ([NAME_THEIRS, {**PERMIT_OURS, "other": 1}], ""),
        ("name", ""),
        ([], ""),
        ([NAME_THEIRS, {**PERMIT_OURS, "basis": {"kind": "whim", "title": "甲"}}], "2"),
    ],
)
def test_a_decision_by_points_covers_what_is_in_dispute_and_each_point_is_whole(
    points: Any, said: str, world: World
) -> None:
    case = records(world, "yunyang")
    before = world.case(case)
    errors = refusal(world, case, {"decision": "by_item", "points": points})
    assert set(errors) == {"points"}
    assert said in "".join(errors["points"])
    assert world.case(case) == before


@pytest.mark.parametrize("element", ["claimant_terms", "dispute_result"])
def test_a_forged_text_or_result_is_found(element: str, world: World) -> None:
    case = disputed(world, "yima")
    world.complete(case, "negotiate_applicant", {"agreed": True, "conditions": "只返回核验结果", "items": ["name"]})
    world.complete(case, "negotiate_provider", {"agreed": True, "proposal": 1})
    verified(world)
    with world.database.transaction() as session:
        facts = dict(session.scalar(select(Case.facts).where(Case.id == case)) or {})
        facts[element] = {**facts[element], "conditions": "可以提供给第三方"}
        session.execute(update(Case).where(Case.id == case).values(facts=facts))
    with world.database.transaction() as session:
        broken = audit.verify(session)[1]
    assert broken is not None
    assert element in str(broken.why)


def test_a_signature_that_was_taken_out_is_found(world: World) -> None:
    case = disputed(world, "yima")
    world.complete(case, "negotiate_applicant", {"agreed": True, "conditions": "只返回核验结果"})
    with world.database.transaction() as session:
        facts = dict(session.scalar(select(Case.facts).where(Case.id == case)) or {})
        session.execute(update(Case).where(Case.id == case).values(facts=facts | {"claimant_terms": None}))
    with world.database.transaction() as session:
        assert audit.verify(session)[1] is not None
