"""A list that the text leaves open takes what it does not name, described."""

from __future__ import annotations

import pytest

from tests.procedures.test_needs import answer, letters_of, told
from tests.procedures.test_transfer import Play
from tests.world import World, done


@pytest.mark.parametrize("place", ["yima", "jiangsu", "yinchuan"])
def test_another_mode_of_sharing_is_taken_and_its_description_told(world: World, place: str) -> None:
    """Yima 15, Jiangsu 15, Yinchuan 18: the modes are named as examples."""
    play = Play(world, place)
    data = {"resource": play.code, "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "other"}
    described = {**data, "other_mode": "消息队列订阅"}
    case = world.open_case(f"{place}.renshe.clerk", "conditional_share", described)["id"]
    done(answer(world, case, "provider_review", {"decision": "approve"}))
    if "bureau_authorise" in world.open_tasks(case):
        done(answer(world, case, "bureau_authorise", {"decision": "approve"}))
    [grant] = done(world.api("admin").get("/grants", case=case))["items"]
    assert grant["mode"] == "other"
    world.open_case(f"{place}.renshe.clerk", "conditional_share", data)  # a program need not describe it
    assert "消息队列订阅" in told(letters_of(world, case)["reply"])
