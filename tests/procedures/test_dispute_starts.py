"""What a dispute can begin with by itself, and that nobody disputes about nothing (PROCEDURES P4)."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.procedures.expected import PLACES
from tests.procedures.grant_story import Story
from tests.procedures.playing import CODES
from tests.procedures.test_recusal import ANSWER, REFUSE, refused
from tests.world import World, done

everywhere = pytest.mark.parametrize("place", PLACES)
NEGOTIATED = {"refusal": ("yima", "jiangsu"), "withheld": ("yima", "jiangsu", "yinchuan")}


def begin(world: World, place: str, by: str = "renshe", **data: Any) -> Any:
    world.at("2026-03-09T10:00:00+08:00")
    whole = {"other_department": "gongan", "position": "职责所必需", **data}
    body = {"procedure": "dispute", "jurisdiction": place, "data": {k: v for k, v in whole.items() if v is not None}}
    return world.api(f"{place}.{by}.clerk").post("/cases", body)


@everywhere
@pytest.mark.parametrize(("kind", "entry"), [("refusal", "GA-002"), ("withheld", "GA-003")])
def test_a_refusal_or_a_withheld_resource_can_be_disputed_by_itself(
    place: str, kind: str, entry: str, world: World
) -> None:
    about = {"resource": f"{CODES[place]}-{entry}"}
    if kind == "refusal":
        story = Story.asked(world, place)
        story.answer(story.case, "provider_review", REFUSE)
        story.answer(story.case, "applicant_response", {"response": "accept"})
    else:
        about["purpose"] = "核验身份"
    case = done(begin(world, place, kind=kind, **about), 201)
    asked = {"negotiate_applicant", "negotiate_provider"} if place in NEGOTIATED[kind] else {"coordinate"}
    assert set(world.open_tasks(case["id"])) == asked


@everywhere
@pytest.mark.parametrize("kind", ["quality", "duties", "inconsistent_records"])
def test_a_dispute_about_quality_duties_or_records_needs_no_entry(place: str, kind: str, world: World) -> None:
    case = done(begin(world, place, kind=kind), 201)
    told = world.open_tasks(case["id"])
    for side in ("negotiate_applicant", "negotiate_provider"):
        if side in told:
            world.complete(case["id"], side, {"agreed": False, "position": "不同意"})
            break
    answer = {"decision": "share"} if kind != "inconsistent_records" else {"decision": "record_of"}
    more = {"of_department": "gongan"} if kind == "inconsistent_records" else {}
    world.complete(case["id"], "coordinate", {**answer, **more, "ground": "属实"})
    letters = [one["template"] for event in world.events(case["id"]) for one in event["detail"].get("letters", ())]
    assert letters == ["settlement"]


@everywhere
@pytest.mark.parametrize(
    ("field", "data"),
    [
        ("kind", {"kind": "revocation", "resource": "GA-002"}),
        ("kind", {"kind": "conditions", "resource": "GA-002"}),
        ("kind", {"kind": "withheld", "resource": "GA-002"}),
        ("other_department", {"kind": "share_type", "resource": "GA-003", "other_department": "minzheng"}),
        ("other_department", {"kind": "refusal", "resource": "GA-002", "other_department": "minzheng"}),
        ("other_department", {"kind": "quality", "other_department": "platform"}),
        ("resource", {"kind": "refusal"}),
    ],
)
def test_nobody_disputes_about_nothing(place: str, field: str, data: dict[str, Any], world: World) -> None:
    named = {"resource": f"{CODES[place]}-{data['resource']}"} if "resource" in data else {}
    assert list(done(begin(world, place, **{**data, **named}), 422)["errors"]) == [field]


def test_conditions_are_disputed_where_there_is_a_grant_and_its_revocation_where_there_was_one(world: World) -> None:
    story = Story(world, "yima")
    about = {"resource": story.code}
    assert begin(world, "yima", kind="revocation", **about).status_code == 422
    done(story.revoke())
    refused = done(begin(world, "yima", kind="revocation", **about), 422)  # it is contested in the open review
    assert list(refused["errors"]) == ["kind"]
    story.answer(story.review(), "holder_response", {"response": "accept"})
    done(begin(world, "yima", kind="revocation", **about), 201)
    assert "已于 2026-03-09 撤销" in str(done(begin(world, "yima", kind="conditions", **about), 409))


@pytest.mark.parametrize("day", ["2026-03-24", "2026-03-08"])
def test_a_superior_has_decided_between_the_opening_of_the_dispute_and_today(day: str, world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "yima.bureau", "YM-GA-002")
    world.at("2026-03-23T10:00:00+08:00")
    task = world.open_tasks(case["id"])["superior_answer"]
    data = {**ANSWER, "decision": "share", "decided_on": day}
    answer = world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data})
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["decided_on"])
    assert list(world.open_tasks(case["id"])) == ["superior_answer"]


@pytest.mark.parametrize("place", ["yima", "jiangsu"])
def test_every_lane_of_a_called_negotiation_has_a_title(place: str, world: World) -> None:
    story = Story(world, place)
    done(story.revoke())
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    told = {one["key"]: one for one in world.case(review["id"])["tasks"]}
    titles = {key: told[key]["lane_title"] for key in ("negotiate_applicant", "negotiate_provider")}
    assert not [one for one in titles.values() if re.fullmatch(r"[a-z_]+", one)]
    assert titles["negotiate_applicant"] == told["holder_response"]["lane_title"]
