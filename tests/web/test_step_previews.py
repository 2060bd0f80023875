"""Before an answer is sent its page says where the case goes by it, and nothing is kept of what was tried."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lxml import html
from test_dispute_pages import CONTEST, REFUSAL, contested

from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
MOVED = {"trigger": "duties", "changed_on": "2026-02-11", "description": "职能划转", "resources": ["YM-MZ-001"]}
TO_RENSHE = {"changes": [{"resource": "YM-MZ-001", "action": "transfer", "to": "renshe"}]}


def previewed(here: World, reader: Open, username: str, case: int, key: str, **answer: str) -> str:
    """What the page of that step says of an answer; the case stands as before."""
    task, before = here.open_tasks(case)[key]["id"], here.events(case)
    shown = reader(username).sends(f"/inbox/tasks/{task}", {**answer, "preview": "yes"})
    assert shown.status_code == 200, words(html.document_fromstring(shown.text))
    assert here.events(case) == before
    [told] = html.document_fromstring(shown.text).xpath("//section[@class='gw-tried']")
    return words(told)


def test_who_contests_is_told_where_it_goes(here: World, reader: Open) -> None:
    for place, code, goes in (("yima", "YM", "双方协商"), ("yunyang", "YY", "协调处理")):
        share = {"resource": f"{code}-MZ-002", "items": ["name"], "purpose": "核对身份", "legal_duty": "户籍管理"}
        case = here.open_case(f"{place}.gongan.clerk", "conditional_share", {**share, "scope": "窗口"})["id"]
        here.complete(case, "provider_review", REFUSAL)
        told = previewed(here, reader, f"{place}.gongan.clerk", case, "applicant_response", **CONTEST)
        assert f"下一步：{goes}" in told


def test_in_a_negotiation_the_preview_names_who_decides_next(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    offered = {"agreed": "true", "conditions": "只返回核验结果"}
    put = previewed(here, reader, "yima.gongan.clerk", case, "negotiate_applicant", **offered)
    assert "由义马市民政局签署或者另提文本" in put
    assert "下一步：双方协商（义马市民政局）" in put
    insists = {"agreed": "false", "position": "现有结果已能满足"}
    refused = previewed(here, reader, "yima.minzheng.clerk", case, "negotiate_provider", **insists)
    assert "双方协商即告终止" in refused
    assert "下一步：协调处理（" in refused


def test_the_body_that_settles_a_dispute_sees_what_follows(here: World, reader: Open) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    passed = {"decision": "pass_on", "ground": "分歧较大"}
    assert "云阳县人民政府" in previewed(here, reader, "yunyang.bureau.clerk", case, "coordinate", **passed)
    settled = {"decision": "withhold", "ground": "不属于履职所需"}
    assert "办件办结：不予共享" in previewed(here, reader, "yunyang.bureau.clerk", case, "coordinate", **settled)


def test_what_a_transfer_would_move_is_not_said_of_an_answer_that_does_not_transfer(here: World, reader: Open) -> None:
    case = here.open_case("yima.minzheng.clerk", "catalogue_update", MOVED)["id"]
    here.complete(case, "draft_update", TO_RENSHE)
    receiver = reader("yima.renshe.clerk")
    page = f"/inbox/tasks/{here.open_tasks(case)['accept_transfer']['id']}"
    assert "未终止的时限" in words(receiver.gets(page).get_element_by_id("answer-fields"))
    refuses = {"accept": "false", "reason": "职能未划入"}
    fields = words(html.document_fromstring(receiver.sends(f"{page}/fields", refuses).text))
    assert "未终止的时限" not in fields
    assert "由义马市政务服务和大数据管理局裁定" in fields
    told = previewed(here, reader, "yima.renshe.clerk", case, "accept_transfer", **refuses)
    assert "未终止的时限" not in told
    assert "下一步：" in told
    here.complete(case, "accept_transfer", {"accept": True})
    returned = {"decision": "return", "remarks": "请补充依据"}
    told = previewed(here, reader, "yima.bureau.clerk", case, "review_update", **returned)
    assert "本次不发布" in told
    assert "下一步：编制目录变更（义马市民政局）" in told
