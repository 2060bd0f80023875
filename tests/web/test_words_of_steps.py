"""What a step asks and what has happened in it are said as they are: an answer by what it means, a consequence as the
system's, the head as 主要负责人."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from test_access import SHARE
from test_dispute_pages import AGREE, INSIST, contested

from app.diagrams.forms import check_forms
from config import ROOT
from tests.procedures.expected import PLACES
from tests.procedures.grant_story import Story
from tests.web.markup import words
from tests.web.test_words_of_a_regulation import SPOKEN
from tests.world import World

Open = Callable[..., Any]
CODES = {"jiangmen": "JM", "yima": "YM", "jiangsu": "JS", "yinchuan": "YC", "yunyang": "YY"}


def labels(page: Any, name: str) -> list[str]:
    """What can be chosen in a field of radio cards."""
    return [words(one) for one in page.xpath(f"//label[.//input[@name='{name}']]//b")]


def timeline(page: Any) -> list[Any]:
    return list(page.xpath("//ol[@class='gw-tl']/li"))


# yes and no


@pytest.mark.parametrize("place", ["yima", "jiangsu"])
def test_a_negotiation_asks_whether_to_share_as_follows_or_to_go_to_the_bureau(
    here: World, reader: Open, place: str
) -> None:
    case = contested(here, place, f"{CODES[place]}-MZ-002")
    task = here.open_tasks(case)["negotiate_applicant"]["id"]
    page = reader(f"{place}.gongan.clerk").gets(f"/inbox/tasks/{task}")
    assert labels(page, "agreed") == ["同意按下列内容共享", "不同意，提请协调"]


def test_where_nothing_is_shared_a_negotiation_does_not_speak_of_sharing(here: World, reader: Open) -> None:
    records = {"kind": "inconsistent_records", "resource": "YY-GA-002", "other_department": "gongan", "position": "甲"}
    case = here.open_case("yunyang.renshe.clerk", "dispute", records)
    task = here.open_tasks(case["id"])["negotiate_applicant"]["id"]
    page = reader("yunyang.renshe.clerk").gets(f"/inbox/tasks/{task}")
    assert labels(page, "agreed") == ["同意按下列内容办理", "不同意，提请协调"]


def test_what_was_answered_is_told_by_what_it_meant(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    here.complete(case, "negotiate_applicant", AGREE)
    here.complete(case, "negotiate_provider", INSIST)
    page = reader("yima.gongan.clerk").gets(f"/cases/{case}")
    told = [words(one) for one in timeline(page)]
    assert any("双方协商：同意按下列内容共享" in one for one in told)
    assert any("双方协商：不同意，提请协调" in one for one in told)
    assert "本方答复同意按下列内容共享" in words(page)


def test_no_question_of_a_step_is_answered_by_a_bare_yes(here: World) -> None:
    """But that of secrets, which is one of fact."""
    shipped = sorted((ROOT / "bpmn").glob("*.forms.yaml"))
    bare = [
        line for one in shipped for line in one.read_text("utf-8").splitlines() if "type: boolean, required" in line
    ]
    assert [line for line in bare if "yes:" not in line or "no:" not in line] == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("type: text, yes: {zh: 是, en: y}", "boolean"),
        ("type: boolean, yes: [{when: 1 == 1, zh: 是, en: y}]", "without a condition"),
    ],
)
def test_words_of_yes_and_no_are_checked(more: str, said: str) -> None:
    text = (ROOT / "bpmn/data_error.forms.yaml").read_text("utf-8")
    wrong = text.replace("key: consent, type: boolean, required: true,", f"key: consent, {more},", 1)
    wrong = wrong.replace("yes: {zh: 同意延长校核期限, en: I consent to the extension}, ", "", 1)
    wrong = wrong.replace("no: {zh: 不同意延长, en: I do not consent}", "max: 3", 1) if "text" in more else wrong
    assert any(said in str(one.message) for one in check_forms(wrong, "data_error.forms.yaml"))


# what happens by itself


def test_what_follows_from_an_act_is_the_systems_and_nobodys(here: World, reader: Open) -> None:
    case = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    here.complete(case["id"], "provider_review", {"decision": "supplement", "reason": "缺依据"})
    lines = timeline(reader("yima.gongan.clerk").gets(f"/cases/{case['id']}"))
    followed = [one for one in lines if "系统：转至" in words(one)]
    assert len(followed) == 2
    for one in followed:
        assert "is-sys" in one.get("class")
        assert words(one.xpath(".//small")[0]).startswith("系统")
        assert "公安局" not in words(one.xpath(".//small")[0])
    [asked] = [one for one in lines if "提供部门审核：要求补正" in words(one)]
    assert "民政局" in words(asked.xpath(".//small")[0])


@pytest.mark.parametrize("place", PLACES)
def test_clocks_and_the_end_of_a_case_are_booked_to_nobody(here: World, reader: Open, place: str) -> None:
    code = f"{CODES[place]}-MZ-002"
    share = {name: SHARE[name] for name in ("items", "purpose", "share_mode", "scope", "legal_duty")}
    case = here.open_case(f"{place}.gongan.clerk", "conditional_share", share | {"resource": code})
    here.complete(case["id"], "provider_review", {"decision": "approve"})
    lines = timeline(reader(f"{place}.gongan.clerk").gets(f"/cases/{case['id']}"))
    booked = [words(one) for one in lines if "is-sys" not in (one.get("class") or "")]
    assert booked
    assert not [one for one in booked if "时限开始" in one or "系统：" in one or "办件办结" in one]


# the head


def test_the_head_who_consents_to_an_extension_is_the_principal(here: World, reader: Open) -> None:
    case = here.open_case(
        "yunyang.renshe.clerk", "data_error", {"resource": "YY-GA-002", "items": ["name"], "doubt": "与证件不符"}
    )
    task = here.open_tasks(case["id"])["verify_error"]
    extend = here.api("yunyang.gongan.clerk").post(
        f"/deadlines/{task['deadline']}/extend", {"days": 3, "reason": "需要外调"}
    )
    assert extend.status_code == 200
    consent = f"/inbox/tasks/{here.open_tasks(case['id'])['consent_extension']['id']}"
    page = reader("yunyang.gongan.head").gets(consent)
    assert "主要负责人对延期的意见" in words(page.xpath("//h1")[0])
    assert labels(page, "consent") == ["同意延长校核期限", "不同意延长"]
    barred = words(reader("yunyang.gongan.clerk").gets(consent))
    assert "主要负责人" in barred
    assert "部门负责人" not in barred.replace("部门主要负责人", "")


# what is decided on, and what the letter is called


@pytest.mark.parametrize("place", PLACES)
def test_a_partial_approval_is_called_partial_by_its_letter(here: World, reader: Open, place: str) -> None:
    share = {name: SHARE[name] for name in ("purpose", "share_mode", "scope", "legal_duty")}
    asked = {"resource": f"{CODES[place]}-MZ-002", "items": ["name", "status"]}
    case = here.open_case(f"{place}.gongan.clerk", "conditional_share", share | asked)["id"]
    basis = {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"}
    partly = {"decision": "approve_partly", "items": ["name"], "reason": "状态与用途无关", "basis": basis}
    here.complete(case, "provider_review", partly)
    if "bureau_authorise" in here.open_tasks(case):
        here.complete(case, "bureau_authorise", {"decision": "approve"})
    page = reader(f"{place}.gongan.clerk").gets(f"/cases/{case}")
    titles = [words(one) for one in page.xpath("//ul[@class='gw-docs']//a")]
    assert "部分同意共享答复书" in titles
    assert "同意共享答复书" not in titles


@pytest.mark.parametrize("place", PLACES)
def test_whoever_decides_sees_on_what_terms_the_entry_is_shared(here: World, reader: Open, place: str) -> None:
    share = {name: SHARE[name] for name in ("items", "purpose", "share_mode", "scope", "legal_duty")}
    case = here.open_case(f"{place}.gongan.clerk", "conditional_share", share | {"resource": f"{CODES[place]}-MZ-002"})[
        "id"
    ]
    review = here.open_tasks(case)["provider_review"]["id"]
    page = reader(f"{place}.minzheng.clerk").gets(f"/inbox/tasks/{review}")
    [known] = [one for one in page.xpath("//section[h2]") if words(one.xpath("h2")[0]) == "目录载明的共享条件"]
    terms = dict(zip(map(words, known.xpath(".//dt")), map(words, known.xpath(".//dd")), strict=True))
    assert terms["共享类型"] == "有条件共享"
    assert terms["共享条件"] not in ("", "未填写")


# who is who


@pytest.mark.parametrize("place", PLACES)
def test_a_lane_is_called_by_the_words_of_the_regulation(here: World, place: str) -> None:
    story = Story(here, place)
    story.later()
    assert story.revoke().status_code == 200
    review = story.review()
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    titles = {one["key"]: one["lane_title"] for one in here.case(review["id"])["tasks"]}
    assert not [one for one in titles.values() if re.fullmatch(r"[a-z_]+", one) or "决定" in one]
    if "negotiate_provider" in titles:
        assert titles["negotiate_provider"] == SPOKEN[place][3]
        assert titles["negotiate_applicant"] == SPOKEN[place][2]


def test_sides_of_a_dispute_in_sharing_are_who_uses_and_who_provides(here: World, reader: Open) -> None:
    quality = {"kind": "quality", "resource": "YC-GA-002", "other_department": "gongan", "position": "接口经常超时"}
    case = here.open_case("yinchuan.renshe.clerk", "dispute", quality)
    page = reader("yinchuan.renshe.clerk").gets(f"/cases/{case['id']}")
    roles = [words(one) for one in page.xpath("//div[@class='gw-positions']//h3/small")]
    assert roles == ["数据需求方", "数据提供方"]


def test_a_duty_that_nobody_sent_is_not_called_received(here: World, reader: Open) -> None:
    duties = {"trigger": "duties", "changed_on": "2026-02-10", "description": "职能划转", "resources": ["YM-MZ-001"]}
    case = here.open_case("yima.minzheng.clerk", "catalogue_update", duties)
    draft = here.open_tasks(case["id"])["draft_update"]["id"]
    assert "收到" not in words(
        reader("yima.minzheng.clerk").gets(f"/inbox/tasks/{draft}").xpath("//p[@class='gw-sub']")[0]
    )


# what is true of the case


def test_data_without_an_entry_are_not_said_to_have_been_withdrawn(here: World, reader: Open) -> None:
    wanted = {"description": "残疾评定结果", "fields": ["姓名"], "holder": "gongan"}
    need = {
        "wanted": wanted,
        "purpose": "发放补贴",
        "scope": "全市",
        "legal_duty": "发放补贴",
        "share_mode": "interface",
    }
    case = here.open_case("yima.renshe.clerk", "conditional_share", need)
    here.complete(case["id"], "find_holder", {"holder": "gongan"})
    asked = here.open_tasks(case["id"])["can_supply"]["id"]
    assert "撤销" not in words(reader("yima.gongan.clerk").gets(f"/inbox/tasks/{asked}").xpath("//main")[0])
    here.complete(case["id"], "can_supply", {"decision": "yes"})
    entry = here.open_tasks(case["id"])["enter_entry"]["id"]
    assert not reader("yima.gongan.clerk").gets(f"/inbox/tasks/{entry}").xpath("//button[@name='more']")


def test_a_review_is_nobodys_application(here: World, reader: Open) -> None:
    story = Story(here, "yima")
    story.later()
    assert story.revoke().status_code == 200
    page = words(reader("yima.renshe.clerk").gets(f"/cases/{story.review()['id']}"))
    for untrue in ("申请内容", "代为录入", "提交申请：共享授权复核"):
        assert untrue not in page
    assert "开始办理：共享授权复核" in page


def test_who_proposed_a_correction_is_called_by_name(here: World, reader: Open) -> None:
    duties = {"trigger": "duties", "changed_on": "2026-01-05", "description": "职责调整", "resources": ["YM-GA-002"]}
    case = here.open_case("yima.gongan.clerk", "catalogue_update", duties)
    asked = {"started_on": "2026-02-10", "reason": "二月十日起调整"}
    correct = f"/deadlines/{case['deadlines'][0]['id']}/correct"
    assert here.api("yima.bureau.clerk").post(correct, asked).status_code == 202
    page = words(reader("yima.bureau.supervisor").gets(f"/cases/{case['id']}").xpath("//main")[0])
    assert "提出将起算日更正为" in page
    assert "yima.bureau.clerk" not in page
