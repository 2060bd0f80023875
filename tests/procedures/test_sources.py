"""A clock may rest on a text that speaks for it alone: a ground of pausing with its own article, or a period that
another act states. Both are shown with what they rest on."""

from __future__ import annotations

from typing import Any

import pytest

from app.accounts import SYSTEM
from app.cases import audit
from app.diagrams import library
from app.jurisdictions.rulebook import store_pack
from config import ROOT
from tests.world import World, done

MONDAY = "2026-03-09T10:00:00+08:00"
ACT = "《政府信息公开条例》"
GROUND = "    statutory: false\n    kind: convention\n"
OF = f'{GROUND}    of:\n      conditional_share.reply: {{article: "30", law: {ACT}}}\n'
PERIOD = '    - statutory: 5\n      article: "15"\n'
ANOTHER = f'    - statutory: 20\n      article: "33"\n      law: {ACT}\n'
APPLICATION = {"items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "interface"}


def applied(world: World, old: str, new: str) -> Any:
    """A case of a pack of which something was changed."""
    text = (ROOT / "rules/yima.yaml").read_text("utf-8")
    assert old in text
    with world.database.transaction() as session:
        store_pack(session, text.replace(old, new, 1), "yima.yaml", library.declared_rules(session), SYSTEM)
    world.at(MONDAY)
    case = world.open_case("yima.renshe.clerk", "conditional_share", {"resource": "YM-GA-002", **APPLICATION})
    [clock] = [one for one in case["deadlines"] if one["rule"] == "conditional_share.reply"]
    return case, clock


def test_a_ground_that_the_text_names_for_one_rule_pauses_that_statutory_clock_alone(world: World) -> None:
    _, clock = applied(world, GROUND, OF)
    provider = world.api("yima.gongan.clerk")
    paused = done(provider.post(f"/deadlines/{clock['id']}/pause", {"ground": "supplement"}))
    assert (paused["kind"], paused["state"]) == ("statutory", "paused")
    [pause] = paused["pauses"]
    assert (pause["article"], pause["law"]) == ("30", ACT)
    world.at("2026-03-11T10:00:00+08:00")
    resumed = done(provider.post(f"/deadlines/{clock['id']}/resume"))
    assert (resumed["due_on"], resumed["unpaused_due_on"]) == ("2026-03-18", "2026-03-16")
    data = {"trigger": "duties", "changed_on": "2026-03-09", "description": "职责调整", "resources": ["YM-GA-002"]}
    duty = world.open_case("yima.gongan.clerk", "catalogue_update", data)
    [other] = [one for one in duty["deadlines"] if one["kind"] == "statutory"]
    refused = provider.post(f"/deadlines/{other['id']}/pause", {"ground": "supplement"})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"ground"})
    with world.database.transaction(write=False) as session:
        assert audit.verify(session)[1] is None


def test_without_a_text_the_statutory_clock_is_not_paused(world: World) -> None:
    _, clock = applied(world, GROUND, GROUND)
    refused = world.api("yima.gongan.clerk").post(f"/deadlines/{clock['id']}/pause", {"ground": "supplement"})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"ground"})


@pytest.mark.parametrize("viewer", ["yima.gongan.clerk", "yima.bureau.clerk"])
def test_a_period_of_another_act_names_that_act(world: World, viewer: str) -> None:
    """The pack of the regulation refers to it: its number, its article, and its title."""
    _, clock = applied(world, PERIOD, ANOTHER)
    shown = done(world.api(viewer).get(f"/deadlines/{clock['id']}"))
    assert (shown["kind"], shown["length"], shown["article"], shown["law"]) == ("statutory", 20, "33", ACT)
    assert shown["due_on"] == "2026-04-07"
