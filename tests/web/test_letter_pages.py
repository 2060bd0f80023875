"""A letter is signed by the department that issued it, whoever brought the step about."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from test_access import SHARE
from test_dispute_pages import contested

from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]


def signed(here: World, reader: Open, username: str, case_id: int) -> list[tuple[str, str]]:
    """Title and signature of each letter of a case, the oldest first."""
    one, found = reader(username), []
    for link in one.gets(f"/cases/{case_id}").xpath("//ul[@class='gw-docs']//a"):
        letter = one.gets(link.get("href"))
        found.append((words(letter.find(".//article/h1")), words(letter.xpath("//div[@class='gw-letter-s']")[0])))
    return found


def test_the_demand_form_is_the_applicants_and_the_reply_the_providers(here: World, reader: Open) -> None:
    case = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    here.complete(case["id"], "provider_review", {"decision": "approve"})
    form, reply = signed(here, reader, "yima.gongan.clerk", case["id"])
    assert "需求申请表" in form[0]
    assert "公安" in form[1]
    assert "同意共享" in reply[0]
    assert "民政" in reply[1]


def test_a_letter_is_addressed_to_the_department_that_it_went_to(here: World, reader: Open) -> None:
    case = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    here.complete(case["id"], "provider_review", {"decision": "approve"})
    one = reader("yima.gongan.clerk")
    links = one.gets(f"/cases/{case['id']}").xpath("//ul[@class='gw-docs']//a/@href")
    addressed = [words(one.gets(link).xpath("//article/p[2]")[0]) for link in links]
    assert ["民政" in addressed[0], "公安" in addressed[1]] == [True, True]


def test_where_the_bureau_refuses_the_bureau_signs(here: World, reader: Open) -> None:
    share = {**SHARE, "resource": "YC-MZ-002"}
    case = here.open_case("yinchuan.gongan.clerk", "conditional_share", share)
    here.complete(case["id"], "provider_review", {"decision": "approve"})
    here.complete(case["id"], "bureau_authorise", {"decision": "refuse", "reason": "用途不明"})
    title, by = signed(here, reader, "yinchuan.gongan.clerk", case["id"])[-1]
    assert "不予授权" in title
    assert "大数据管理服务局" in by


def test_a_settlement_is_signed_by_the_body_that_settled(here: World, reader: Open) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    here.complete(case, "coordinate", {"decision": "pass_on", "ground": "分歧较大"})
    here.complete(case, "decide_above", {"decision": "withhold", "ground": "不属于履职所需"})
    settlement = next(
        by for title, by in signed(here, reader, "yunyang.gongan.clerk", case) if title.startswith("决定书")
    )
    assert "人民政府" in settlement
