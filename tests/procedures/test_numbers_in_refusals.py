"""Who is refused a number reads which one, and what the limit is."""

from __future__ import annotations

from typing import Any

from tests.procedures.test_decisions import opened
from tests.procedures.test_needs import answer
from tests.world import World

REPORT = {"resource": "YY-MZ-002", "items": ["name"], "doubt": "姓名有误"}


def test_an_extension_that_is_too_long_is_refused_with_both_numbers(world: World) -> None:
    case = world.open_case("yunyang.gongan.clerk", "data_error", REPORT)
    [task], provider = world.open_tasks(case["id"]).values(), world.api("yunyang.minzheng.clerk")
    asked: dict[str, Any] = {"days": 11, "reason": "需调取纸质档案"}
    by_clock = provider.post(f"/deadlines/{task['deadline']}/extend", asked)
    by_action = provider.post(f"/tasks/{task['id']}/actions/extension_requested", {"data": asked})
    for refused in (by_clock, by_action):
        assert refused.status_code == 422, refused.json
        [told] = refused.json["errors"]["days"]
        assert "11" in told
        assert "10" in told


def test_a_term_longer_than_asked_for_is_refused_with_both_numbers(world: World) -> None:
    case = opened(world, "yima", period_months=12)["id"]
    refused = answer(world, case, "provider_review", {"decision": "approve", "period_months": 24})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["period_months"])
    [told] = refused.json["errors"]["period_months"]
    assert "24" in told
    assert "12" in told
