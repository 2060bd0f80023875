"""Forms ask for what applies and say when it is needed; what hangs on an answer is said before it is sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from test_access import SHARE

from tests.procedures.expected import PLACES
from tests.web.markup import words
from tests.web.test_words_of_steps import CODES
from tests.world import World

Open = Callable[..., Any]
DUTIES = {"trigger": "duties", "changed_on": "2026-02-10", "description": "职能划转", "resources": ["YM-MZ-002"]}
TRANSFER = {"changes-0-action": "transfer", "changes-0-resource": "YM-MZ-002", "changes-0-to": "renshe"}


def asked(page: Any, form: str = "answer") -> list[str]:
    """The fields that stand on the page where scripts run."""
    found = page.xpath("//*[@data-field and not(contains(@class, 'is-away')) and not(@hidden)]/@id")
    return [one.removeprefix(f"{form}-").removesuffix("-field") for one in found]


def labels(page: Any) -> dict[str, str]:
    """The label of each field by its name."""
    return {one.get("for"): words(one) for one in page.xpath("//label[@for]")}


@pytest.fixture
def draft(here: World) -> str:
    share = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)["id"]
    here.complete(share, "provider_review", {"decision": "approve"})
    here.open_case("yima.renshe.clerk", "data_error", {"resource": "YM-MZ-002", "items": ["name"], "doubt": "姓名有误"})
    case = here.open_case("yima.minzheng.clerk", "catalogue_update", DUTIES)["id"]
    return f"/inbox/tasks/{here.open_tasks(case)['draft_update']['id']}"


def shown(reader: Open, path: str, sent: dict[str, str]) -> Any:
    return html.document_fromstring(reader("yima.minzheng.clerk").sends(path, sent).text)


def test_a_transfer_asks_for_the_entry_and_who_takes_it_over(draft: str, reader: Open) -> None:
    fields = asked(shown(reader, f"{draft}/fields", TRANSFER))
    assert fields == ["changes", "changes-0-action", "changes-0-resource", "changes-0-to"]
    withdraws = TRANSFER | {"changes-0-action": "withdraw"}
    assert asked(shown(reader, f"{draft}/fields", withdraws)) == ["changes", "changes-0-action", "changes-0-resource"]
    changes = asked(shown(reader, f"{draft}/fields", TRANSFER | {"changes-0-action": "change"}))
    assert {"changes-0-name", "changes-0-share_type", "changes-0-items"} <= set(changes)
    assert "changes-0-to" not in changes


def test_a_change_of_what_a_row_does_asks_for_the_fields_anew(draft: str, reader: Open) -> None:
    page = reader("yima.minzheng.clerk").gets(draft)
    assert page.xpath("//form[@id='answer']/@hx-post") == [f"{draft}/fields"]


def test_a_department_is_not_asked_which_department_it_is(here: World, reader: Open) -> None:
    page = "/start?procedure=catalogue_update"
    assert not reader("yima.minzheng.clerk").gets(page).xpath("//*[@name='department']")
    assert reader("yima.bureau.clerk").gets(page).xpath("//*[@name='department']")


def test_why_a_duty_needs_it_is_asked_of_a_withheld_entry_alone(reader: Open) -> None:
    for code, asked in (("YM-MZ-002", False), ("YM-MZ-003", True)):
        page = reader("yima.gongan.clerk").gets(f"/start?procedure=conditional_share&resource={code}")
        assert bool(page.xpath("//*[@name='necessity']")) is asked, code


def test_a_row_says_what_a_new_entry_cannot_be_without(draft: str, reader: Open) -> None:
    page = reader("yima.minzheng.clerk").gets(draft)
    assert "名称 新增时必填" in words(page.get_element_by_id("answer-fields"))


def test_a_transfer_says_before_it_is_sent_what_moves(draft: str, here: World, reader: Open) -> None:
    page = shown(reader, draft, TRANSFER | {"preview": "yes"})
    [told] = page.xpath("//section[@class='gw-tried']")
    for part in ("最低生活保障对象信息", "人力资源和社会保障局", "共享授权1项", "未办结的办件1件", "未终止的时限1项"):
        assert part in words(told)
    assert reader("yima.minzheng.clerk").sends(draft, TRANSFER).status_code == 303
    [case] = [one for one in here.api("admin").get("/cases").json["items"] if one["procedure"] == "catalogue_update"]
    accept = here.open_tasks(case["id"])["accept_transfer"]["id"]
    assert "共享授权1项" in words(reader("yima.renshe.clerk").gets(f"/inbox/tasks/{accept}"))


@pytest.mark.parametrize("place", PLACES)
def test_what_can_be_answered_in_one_way_only_is_not_asked(here: World, reader: Open, place: str) -> None:
    if place == "yima":
        clerk, code = "yima.gongan.clerk", "YM-MZ-002"
    else:
        clerk, code = f"{place}.gongan.clerk", f"{CODES[place]}-MZ-002"
    page = reader(clerk).gets(f"/start?procedure=data_error&resource={code}")
    cards = page.xpath("//fieldset[.//input[@type='radio']]")
    assert [words(one) for one in cards if len(one.xpath(".//input[@type='radio']")) == 1] == []
    assert ("about" in asked(page, "start")) == (place == "yinchuan")


def test_a_notice_says_when_each_of_its_fields_is_needed(reader: Open) -> None:
    told = labels(reader("admin").gets("/admin/calendar/notice"))
    assert {name: told[f"notice-{name}"].partition(" ")[2] for name in ("year", "jurisdiction", "number", "days")} == {
        "year": "地方安排以外必填",
        "jurisdiction": "地方安排必填",
        "number": "全国通知必填",
        "days": "除当年没有地方安排外必填",
    }
    assert told["notice-title_en"].endswith("选填")


def test_a_successor_is_sought_in_the_jurisdiction_of_the_department(reader: Open) -> None:
    admin = reader("admin")
    assert admin.gets("/admin/departments").xpath("//select[@name='successor']/option/@value") == [""]
    page = html.document_fromstring(admin.sends("/admin/departments/fields", {"department": "yima/minzheng"}).text)
    offered = page.xpath("//select[@name='successor']/option/@value")
    assert "yima/gongan" in offered
    assert "yima/minzheng" not in offered
    assert {one.partition("/")[0] for one in offered} == {"", "yima"}


@pytest.mark.parametrize("place", PLACES)
def test_no_note_for_developers_stands_beside_a_question(reader: Open, place: str) -> None:
    page = words(
        reader(f"{place}.gongan.clerk").gets(f"/start?procedure=conditional_share&resource={CODES[place]}-MZ-002")
    )
    assert "即为申请的项数" not in page
    assert "使用目的" not in page


WAY = {
    "jiangmen": ("先由政务数据提供部门答复", "系统约定"),
    "yima": ("由双方先行协商；协商不成的，提请协调处理", "第十五条"),
    "jiangsu": ("由双方先行协商；协商不成的，提请协调处理", "第十六条"),
    "yinchuan": ("由双方先行协商；协商不成的，提请协调处理", "第十六条"),
    "yunyang": ("作为异议送主管部门处理，不先行协商", "第三十二条"),
}


@pytest.mark.parametrize("place", PLACES)
def test_an_application_for_a_withheld_entry_says_first_which_way_it_takes(reader: Open, place: str) -> None:
    page = reader(f"{place}.renshe.clerk").gets(f"/start?procedure=conditional_share&resource={CODES[place]}-GA-003")
    [told] = [words(one) for one in page.xpath("//*[contains(@class, 'gw-note')]") if "不予共享类" in words(one)]
    for part in WAY[place]:
        assert part in told
    page = reader(f"{place}.renshe.clerk").gets(f"/start?procedure=conditional_share&resource={CODES[place]}-GA-002")
    assert not [one for one in page.xpath("//*[contains(@class, 'gw-note')]") if "不予共享类" in words(one)]


def test_a_convention_never_looks_like_a_target_of_our_own(reader: Open) -> None:
    page = reader("jiangmen.renshe.clerk").gets("/start?procedure=conditional_share&resource=JM-GA-003")
    assert page.xpath("//*[contains(@class, 'gw-kind') and text()='系统约定']/@class") == ["gw-kind is-ours"]


def test_a_point_asks_for_what_its_result_needs(here: World, reader: Open) -> None:
    records = {"kind": "inconsistent_records", "resource": "YM-GA-002", "other_department": "gongan", "position": "甲"}
    case = here.open_case("yima.renshe.clerk", "dispute", records | {"items": ["name"]})
    task = f"/inbox/tasks/{here.open_tasks(case['id'])['coordinate']['id']}/fields"
    point = {"decision": "by_item", "points-0-item": "name"}

    def beside(**more: str) -> set[str]:
        page = html.document_fromstring(reader("yima.bureau.clerk").sends(task, point | more).text)
        return {one.removeprefix("points-0-") for one in asked(page)} & {"of_department", "source", "evidence"}

    assert beside() == set()
    assert beside(**{"points-0-result": "record_of"}) == {"of_department"}
    assert beside(**{"points-0-result": "neither"}) == {"source", "evidence"}
