"""A list that the text leaves open takes what it does not name, described."""

from __future__ import annotations

import pytest

from tests.procedures.test_needs import answer, letters_of, told
from tests.procedures.test_transfer import Play
from tests.world import World, done


@pytest.mark.parametrize("place", ["yima", "jiangsu", "yinchuan"])
def test_another_mode_of_sharing_is_taken_with_its_description(world: World, place: str) -> None:
    """Yima 15, Jiangsu 15, Yinchuan 18: the modes are named as examples."""
    play = Play(world, place)
    data = {"resource": play.code, "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "other"}
    body = {"procedure": "conditional_share", "jurisdiction": place, "data": {**data, "other_mode": "\u3164"}}
    bare = world.api(f"{place}.renshe.clerk").post("/cases", body)
    assert (bare.status_code, list(bare.json["errors"])) == (422, ["other_mode"])
    described = {**data, "other_mode": "消息队列订阅"}
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", described)["id"]
    done(answer(world, case, "provider_review", {"decision": "approve"}))
    if "bureau_authorise" in world.open_tasks(case):
        done(answer(world, case, "bureau_authorise", {"decision": "approve"}))
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert grant["mode"] == "other"
    assert "消息队列订阅" in told(letters_of(world, case)["reply"])
