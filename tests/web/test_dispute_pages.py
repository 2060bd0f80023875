"""A dispute on the pages: the bodies in their order, the one whose turn it is, and both sides beside each other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from test_access import SHARE

from tests.web.markup import words
from tests.world import World, done

Open = Callable[..., Any]
REFUSAL = {
    "decision": "refuse",
    "reason": "超出职责",
    "basis": {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"},
    "ground": "outside_duty",
}
CONTEST = {"response": "dispute", "position": "该信息项为办理业务所必需"}
PASS_ON = {"decision": "pass_on", "ground": "分歧较大"}
WITHHOLD = {"decision": "withhold", "ground": "不属于履职所需"}
AGREE = {"agreed": True, "conditions": "只提供核验结果"}
INSIST = {"agreed": False, "position": "现有结果已能满足"}


def contested(here: World, place: str, resource: str, **asked: Any) -> int:
    """A share that was refused, and whose refusal is disputed."""
    share = {name: SHARE[name] for name in ("items", "purpose", "share_mode", "scope", "legal_duty")}
    case = here.open_case(f"{place}.gongan.clerk", "conditional_share", share | {"resource": resource} | asked)
    here.complete(case["id"], "provider_review", REFUSAL)
    here.complete(case["id"], "applicant_response", CONTEST)
    return int(case["id"])


def steps(page: Any) -> list[tuple[str, str]]:
    """Each rung: how it looks, and what it says."""
    return [(one.get("class") or "", words(one)) for one in page.xpath("//ol[@class='gw-ladder']/li")]


def ladder(reader: Open, username: str, case: int) -> list[tuple[str, str]]:
    return steps(reader(username).gets(f"/cases/{case}"))


def looks(rungs: list[tuple[str, str]]) -> list[str]:
    return [look for look, _ in rungs]


def test_the_ladder_shows_who_passed_it_on_and_whose_turn_it_is(here: World, reader: Open) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    first = ladder(reader, "yunyang.bureau.clerk", case)
    assert looks(first) == ["is-now", ""]
    assert "主管部门协调" in first[0][1]
    assert "第三十二条" in first[0][1]
    here.complete(case, "coordinate", PASS_ON)
    passed = ladder(reader, "yunyang.gongan.clerk", case)
    assert looks(passed) == ["is-done", "is-now"]
    assert "报请上一层级" in passed[0][1]
    assert "02-12" in passed[0][1]
    assert "人民政府决定" in passed[1][1]
    here.complete(case, "decide_above", WITHHOLD)
    settled = ladder(reader, "yunyang.gongan.clerk", case)
    assert looks(settled) == ["is-done", "is-done"]
    assert "不予共享" in settled[1][1]


def test_a_body_that_was_not_needed_is_said_to_have_been_left_out(here: World, reader: Open) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    here.complete(case, "coordinate", WITHHOLD)
    settled = ladder(reader, "yunyang.gongan.clerk", case)
    assert looks(settled) == ["is-done", ""]
    assert "未提请" in settled[1][1]


def test_a_negotiation_comes_before_the_bodies(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    open_ = ladder(reader, "yima.gongan.clerk", case)
    assert open_[0][0] == "is-now"
    assert "双方协商" in open_[0][1]
    here.complete(case, "negotiate_applicant", AGREE)
    here.complete(case, "negotiate_provider", INSIST)
    failed = ladder(reader, "yima.gongan.clerk", case)
    assert looks(failed)[:2] == ["is-done", "is-now"]
    assert "未达成一致" in failed[0][1]


def test_an_agreement_ends_the_climb(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    for key in ("negotiate_applicant", "negotiate_provider"):
        here.complete(case, key, AGREE)
    agreed = ladder(reader, "yima.gongan.clerk", case)
    assert "双方达成一致" in agreed[0][1]
    assert all("未提请" in said for _, said in agreed[1:])


def test_both_sides_stand_beside_each_other_in_their_own_words(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    here.complete(case, "negotiate_provider", INSIST)
    claimant, respondent = reader("yima.bureau.clerk").gets(f"/cases/{case}").xpath(
        "//div[@class='gw-positions']/section"
    )  # fmt: skip
    assert CONTEST["position"] in words(claimant)
    assert "公安" in words(claimant)
    assert "超出职责" in words(respondent)
    assert "现有结果已能满足" in words(respondent)
    assert "民政" in words(respondent)
    assert "现有结果已能满足" not in words(claimant)


def test_a_side_that_is_silent_is_said_to_be(here: World, reader: Open) -> None:
    records = {"kind": "inconsistent_records", "resource": "YY-GA-002", "other_department": "gongan", "position": "甲"}
    case = here.open_case("yunyang.renshe.clerk", "dispute", records)
    page = reader("yunyang.renshe.clerk").gets(f"/cases/{case['id']}")
    assert "尚未提出意见" in words(page.xpath("//div[@class='gw-positions']/section")[1])


def test_who_settles_it_sees_both_sides_beside_the_form(here: World, reader: Open) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    task = here.open_tasks(case)["coordinate"]["id"]
    page = reader("yunyang.bureau.clerk").gets(f"/inbox/tasks/{task}")
    assert steps(page)[0][0] == "is-now"
    assert CONTEST["position"] in words(page.xpath("//div[@class='gw-positions']")[0])


def test_a_body_is_called_by_its_name_in_the_history(here: World, reader: Open) -> None:
    case = contested(here, "yunyang", "YY-MZ-002")
    here.complete(case, "coordinate", PASS_ON)
    told = words(reader("yunyang.bureau.clerk").gets(f"/cases/{case}").xpath("//ol[@class='gw-tl']")[0])
    assert "云阳县人民政府" in told
    assert "government" not in told


@pytest.mark.parametrize("path", ["/cases/{case}", "/inbox/tasks/{task}"])
def test_a_case_without_a_dispute_shows_none(here: World, reader: Open, path: str) -> None:
    case = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    page = reader("yima.minzheng.clerk").gets(path.format(case=case["id"], task=case["tasks"][0]["id"]))
    assert not page.xpath("//ol[@class='gw-ladder']")
    assert not page.xpath("//div[@class='gw-positions']")


def test_the_text_that_waits_stays_in_the_form_whatever_was_answered_so_far(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    here.complete(case, "negotiate_applicant", AGREE | {"period_months": 6})
    other = reader("yima.minzheng.clerk")
    page = f"/inbox/tasks/{here.open_tasks(case)['negotiate_provider']['id']}"
    assert "另行提出本方文本" in words(other.gets(page).get_element_by_id("answer"))
    refused = other.sends(page, {"agreed": "false"})
    assert refused.status_code == 422
    for shown in (other.client.get(page), refused, other.sends(f"{page}/fields", {"agreed": "false"})):
        fields = html.document_fromstring(shown.text).get_element_by_id("answer-fields")
        assert words(fields.xpath(".//textarea[@name='conditions']")[0]) == AGREE["conditions"]
        assert fields.xpath(".//input[@name='period_months']/@value") == ["6"]
        assert fields.xpath(".//input[@name='items' and @checked]")
    emptied = other.sends(f"{page}/fields", {"agreed": "true", "period_months": "6"})
    [conditions] = html.document_fromstring(emptied.text).xpath("//textarea[@name='conditions']")
    assert not (conditions.text or "").strip()


def test_a_text_begins_with_the_conditions_of_the_entry_and_says_which_it_leaves_out(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    [entry] = done(here.api("admin").get("/catalogue/resources", q="YM-MZ-002"))["items"]
    task = here.open_tasks(case)["negotiate_applicant"]["id"]
    begun = reader("yima.gongan.clerk").gets(f"/inbox/tasks/{task}").xpath("//textarea[@name='conditions']")[0]
    assert begun.text.strip() == entry["conditions"]
    here.complete(case, "negotiate_applicant", {**AGREE, "text": "逐月核对使用情况"})
    other = here.open_tasks(case)["negotiate_provider"]["id"]
    page = words(reader("yima.minzheng.clerk").gets(f"/inbox/tasks/{other}"))
    assert f"本稿未列入的目录条目共享条件：{entry['conditions']}" in page
    here.complete(case, "negotiate_provider", {"agreed": True, "proposal": 1})
    [grant] = done(here.api("admin").get("/grants", case=case))["items"]
    assert "逐月核对使用情况" in words(reader("yima.gongan.clerk").gets(f"/grants/{grant['id']}"))


OURS_INSTEAD, SHARE_AS_FOLLOWS = "不签署现稿，另行提出本方文本", "同意按下列内容共享"


def answers_shown(page: Any) -> list[str]:
    """What a page says of the two sides' answers in the negotiation, wherever it says it: oldest first."""
    said = [words(one) for one in page.xpath("//main//dd|//main//td|//main//li|//main//p|//main//h3|//main//strong")]
    return [one for one in said if OURS_INSTEAD in one or SHARE_AS_FOLLOWS in one or "签署对方" in one]


def test_an_answer_keeps_the_words_that_it_was_given_with(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    here.complete(case, "negotiate_applicant", AGREE)
    first = reader("yima.gongan.clerk").gets(f"/cases/{case}")
    here.complete(case, "negotiate_provider", {"agreed": True, "conditions": "每日五十次"})
    here.complete(case, "negotiate_applicant", {"agreed": True, "conditions": "每日七十次"})
    here.complete(case, "negotiate_provider", INSIST)
    told = [one["detail"] for one in here.events(case, "task.done") if one["detail"]["key"].startswith("negotiate_")]
    assert [one["words"]["agreed"]["zh"] for one in told if "words" in one] == [
        SHARE_AS_FOLLOWS, OURS_INSTEAD, OURS_INSTEAD,
    ]  # fmt: skip
    assert any(SHARE_AS_FOLLOWS in one for one in answers_shown(first))
    for username in ("yima.gongan.clerk", "yima.bureau.clerk"):
        page = reader(username).gets(f"/cases/{case}")
        lines = [words(one) for one in page.xpath("//ol[@class='gw-tl']/li") if "双方协商" in words(one)]
        assert sum(SHARE_AS_FOLLOWS in one for one in lines) == 1
        assert sum(OURS_INSTEAD in one for one in lines) == 2
    task = here.open_tasks(case)["coordinate"]
    decider = reader("yima.bureau.clerk").gets(f"/inbox/tasks/{task['id']}")
    assert any(OURS_INSTEAD in one for one in answers_shown(decider))
    assert not any(SHARE_AS_FOLLOWS in one for one in answers_shown(decider)), "its last answer was another text"


def test_who_signs_is_said_to_sign(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    here.complete(case, "negotiate_applicant", AGREE)
    here.complete(case, "negotiate_provider", {"agreed": True, "proposal": 1})
    page = reader("yima.gongan.clerk").gets(f"/cases/{case}")
    shown = answers_shown(page)
    assert any("签署对方第 1 稿" in one for one in shown)
    assert any(SHARE_AS_FOLLOWS in one for one in shown)
    assert not any(OURS_INSTEAD in one for one in shown)


def test_of_an_answer_whose_words_nobody_wrote_down_neutral_ones_are_shown(here: World, reader: Open) -> None:
    case = contested(here, "yima", "YM-MZ-002")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.cases.answered.words_of", lambda *_: {})
        here.complete(case, "negotiate_applicant", AGREE)
        here.complete(case, "negotiate_provider", {"agreed": True, "conditions": "每日五十次"})
    shown = words(reader("yima.gongan.clerk").gets(f"/cases/{case}").xpath("//main")[0])
    assert "同意按下列内容办理" in shown
    assert OURS_INSTEAD not in shown
    assert SHARE_AS_FOLLOWS not in shown


def test_a_bureau_whose_decision_is_disputed_is_called_the_bureau(here: World, reader: Open) -> None:
    share = {name: SHARE[name] for name in ("items", "purpose", "share_mode", "scope", "legal_duty")}
    asked = here.open_case("yinchuan.gongan.clerk", "conditional_share", share | {"resource": "YC-MZ-002"})
    here.complete(asked["id"], "provider_review", {"decision": "approve"})
    refused = {name: REFUSAL[name] for name in ("decision", "reason", "basis")}
    here.complete(asked["id"], "bureau_authorise", refused)
    here.complete(asked["id"], "applicant_response", CONTEST)
    page = reader("yinchuan.gongan.clerk").gets(f"/cases/{asked['id']}")
    roles = [words(one) for one in page.xpath("//section[@aria-labelledby='positions']//h3/small")]
    assert roles[1] == "主管部门"
    assert roles[0] != roles[1]
