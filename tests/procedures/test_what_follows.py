"""The preview of an answer says what it makes: the grant or refusal with items, conditions and term, in the words of
the letters that the answer itself then issues."""

from __future__ import annotations

from typing import Any

import pytest

from app import outbox
from app.outbox.letter_text import as_lines
from tests.procedures.expected import PLACES
from tests.procedures.test_decisions import LAW, opened
from tests.procedures.test_needs import WANTED, answer
from tests.procedures.test_one_text import disputed
from tests.world import World, done

SHARE = {"decision": "share", "ground": "依法履职需要"}
WITHHOLD = {"decision": "withhold", "ground": "可以用证照替代"}
LETTER = {"document": "协调〔2026〕5号", "text": "关于提请处理争议的复函"}


def foretold(world: World, case: int, key: str, data: dict[str, Any]) -> list[str]:
    task = world.open_tasks(case)[key]
    said: list[str] = done(world.api(world.holder(task)).post(f"/tasks/{task['id']}/preview", {"data": data}))["says"]
    return said


def issued_by(world: World, case: int, key: str, data: dict[str, Any]) -> list[str]:
    """The lines of the letters that this answer issues."""
    with world.database.transaction(write=False) as session:
        before = len(outbox.letters_of(session, case))
    done(answer(world, case, key, data))
    with world.database.transaction(write=False) as session:
        return [line for one in outbox.letters_of(session, case)[before:] for line in as_lines(one.blocks("zh"))]


def same(world: World, case: int, key: str, data: dict[str, Any]) -> list[str]:
    """What is foretold, which is what then stands in the letters; a preview leaves no trace."""
    events, letters = world.events(case), world.case(case)
    says = foretold(world, case, key, data)
    assert (world.events(case), world.case(case)) == (events, letters)
    letters_said = issued_by(world, case, key, data)
    assert letters_said
    assert set(letters_said) <= set(says)
    return says


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("result", [SHARE, WITHHOLD], ids=["share", "withhold"])
def test_whoever_settles_a_dispute_reads_the_grant_or_refusal_that_follows(
    world: World, place: str, result: dict[str, Any]
) -> None:
    case = disputed(world, place)
    for key in ("negotiate_applicant", "negotiate_provider"):
        if key in world.open_tasks(case):
            done(answer(world, case, key, {"agreed": False, "position": "不同意"}))
    [key] = world.open_tasks(case)
    says = same(world, case, key, result)
    heads = [line for line in says if line.startswith("将向")]
    assert heads
    if result is SHARE and world.case(case)["status"] == "closed":
        [grant] = done(world.api("admin").get("/grants", case=case))["items"]
        assert any(grant["number"] in line for line in says)
        assert any("授权期限" in line for line in says)


def test_what_a_superior_has_decided_is_foretold_to_whoever_confirms_it(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = opened(world, "yinchuan")["id"]
    done(answer(world, case, "provider_review", {"decision": "approve"}))
    done(answer(world, case, "bureau_authorise", {"decision": "refuse", "reason": "范围过宽", "basis": LAW}))
    done(answer(world, case, "applicant_response", {"response": "dispute", "position": "职责所必需"}))
    entered = {**LETTER, **SHARE, "decided_on": "2026-03-09"}
    recorded = foretold(world, case, "superior_answer", entered)
    assert recorded[-1].startswith("提交后，下一步：核对上级答复的登记")
    done(answer(world, case, "superior_answer", entered))
    says = same(world, case, "confirm_superior", {"confirmed": True})
    assert any(line.startswith("将向") and "同意共享答复书" in line for line in says)


def test_the_bureau_that_finds_nobody_reads_its_refusal_and_else_who_is_asked(world: World) -> None:
    case = world.open_case("yima.renshe.clerk", "conditional_share", WANTED)["id"]
    assert "公安" in foretold(world, case, "find_holder", {"holder": "gongan"})[-1]
    says = same(world, case, "find_holder", {"reason": "各部门均不采集"})
    assert any("各部门均不采集" in line for line in says)
