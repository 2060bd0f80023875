"""Actions that a diagram offers on an open task, by the one call that all procedures share."""

from __future__ import annotations

from typing import Any

import pytest
from world import World, done

ASKED = {"data": {"days": 3, "reason": "需要现场核实"}}


@pytest.fixture
def verification(world: World) -> dict[str, Any]:
    """The open task of a verification whose regulation knows an extension."""
    world.at("2026-03-02T09:00:00+08:00")
    entry = done(
        world.api("yunyang.renshe.clerk").get(
            "/catalogue/resources", jurisdiction="yunyang", provider="gongan", limit=1
        )
    )["items"][0]
    data = {"resource": entry["code"], "items": [entry["items"][0]["code"]], "doubt": "住址与实际不符"}
    case = world.open_case("yunyang.renshe.clerk", "data_error", data)
    return world.open_tasks(case["id"])["verify_error"]


def test_an_action_is_offered_once_for_each_opening_of_its_task(world: World, verification: dict[str, Any]) -> None:
    clerk, path = world.api("yunyang.gongan.clerk"), f"/tasks/{verification['id']}/actions/extension_requested"
    assert "extension_requested" in verification["actions"]
    asked = done(clerk.post(path, ASKED))
    assert "extension_requested" not in asked["actions"]
    assert "consent_extension" in world.open_tasks(verification["case"])
    assert clerk.post(path, ASKED).status_code == 409


def test_an_action_is_judged_by_its_form(world: World, verification: dict[str, Any]) -> None:
    path = f"/tasks/{verification['id']}/actions/extension_requested"
    refused = world.api("yunyang.gongan.clerk").post(path, {"data": {"days": 11}})
    assert refused.status_code == 422
    assert {"days", "reason"} <= set(refused.json["errors"])


def test_an_action_belongs_to_its_lane(world: World, verification: dict[str, Any]) -> None:
    extend, withdraw = (f"/tasks/{verification['id']}/actions/{name}" for name in ("extension_requested", "withdraw"))
    reason = {"data": {"reason": "已自行核实"}}
    assert world.api("yunyang.renshe.clerk").post(extend, ASKED).status_code == 404
    assert world.api("yunyang.gongan.clerk").post(withdraw, reason).status_code == 404
    assert world.api("yunyang.minzheng.clerk").post(withdraw, reason).status_code == 404
    done(world.api("yunyang.renshe.clerk").post(withdraw, reason))
    assert world.case(verification["case"])["outcome"] == "withdrawn"


def test_what_no_diagram_offers_is_no_action(world: World, verification: dict[str, Any]) -> None:
    path = f"/tasks/{verification['id']}/actions/__class__"
    assert world.api("yunyang.gongan.clerk").post(path, {"data": {}}).status_code == 409
