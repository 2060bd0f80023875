"""A department is closed on a page: by the bureau, after it has seen what would move; timelines name departments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import html
from test_access import SHARE

from tests.web.markup import words
from tests.world import World, done

Open = Callable[..., Any]
BUREAU = "yima.bureau.supervisor"
CLOSING = {"department": "yima/minzheng", "successor": "yima/renshe", "on": "2026-02-12"}
TO, ENTRIES = "others-0-to", "others-0-entries"
TO_ANOTHER = {"others-1-to": "yima/renshe", "others-1-entries": "YM-MZ-001"}


@pytest.fixture
def case(here: World) -> dict[str, Any]:
    opened: dict[str, Any] = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    return opened


def test_the_bureau_sees_what_would_move_before_a_department_is_closed(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    one = reader(BUREAU)
    assert one.gets("/admin/departments").xpath("//form[@id='close']")
    shown = one.sends("/admin/departments", CLOSING)
    assert shown.status_code == 200
    assert case["number"] in shown.text
    assert "yima.minzheng.clerk" in shown.text
    assert [task["department"] for task in here.open_tasks(case["id"]).values()] == ["minzheng"]
    assert one.sends("/admin/departments", {**CLOSING, "apply": "yes"}).status_code == 303
    assert [task["department"] for task in here.open_tasks(case["id"]).values()] == ["renshe"]
    assert here.api("yima.minzheng.clerk").get("/tasks").status_code == 401
    assert one.sends("/admin/departments", {**CLOSING, "apply": "yes"}).status_code == 409


def test_the_timeline_names_departments_and_not_their_codes(case: dict[str, Any], reader: Open) -> None:
    assert reader(BUREAU).sends("/admin/departments", {**CLOSING, "apply": "yes"}).status_code == 303
    told = words(reader("yima.gongan.clerk").gets(f"/cases/{case['id']}"))
    assert "minzheng" not in told
    assert "renshe" not in told
    assert "由义马市民政局转至" in told


def test_entries_may_go_to_several_successors_with_what_is_open_about_them(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    apart = {**CLOSING, TO: "yima/shichang", ENTRIES: SHARE["resource"]}
    assert reader(BUREAU).sends("/admin/departments", {**apart, "apply": "yes"}).status_code == 303
    [found] = done(here.api("admin").get("/catalogue/resources", q=SHARE["resource"]))["items"]
    assert found["provider"] == "shichang"
    assert [task["department"] for task in here.open_tasks(case["id"]).values()] == ["shichang"]
    [rest] = done(here.api("admin").get("/catalogue/resources", q="YM-MZ-001"))["items"]
    assert rest["provider"] == "renshe"
    assert here.flask("audit", "verify").exit_code == 0


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"department": "yima/bureau"}, ""), ({"department": "jiangsu/minzheng"}, "department"),
        ({"department": ""}, "department"), ({"successor": "yima/minzheng"}, "successor"),
        ({"successor": "jiangsu/renshe"}, "successor"), ({"successor": ""}, ""), ({"on": "2026-02-13"}, "on"),
        ({"on": "soon"}, "on"), ({TO: "yima/renshe", ENTRIES: "YM-GA-001"}, "others"), ({ENTRIES: "YM-MZ-001"}, TO),
        ({TO: "yima/minzheng", ENTRIES: "YM-MZ-001"}, "others"), ({TO: "yima/nobody", ENTRIES: "YM-MZ-001"}, "others"),
        ({TO: "jiangsu/renshe", ENTRIES: "YM-MZ-001"}, TO), ({TO: "yima/shichang"}, ENTRIES),
        ({TO: "yima/shichang", ENTRIES: "YM-MZ-001"} | TO_ANOTHER, "others-1-entries"),
    ],
)  # fmt: skip
def test_a_wrong_closing_is_refused_at_the_field_and_changes_nothing(
    case: dict[str, Any], here: World, reader: Open, wrong: dict[str, str], field: str
) -> None:
    refused = reader(BUREAU).sends("/admin/departments", {**CLOSING, **wrong, "apply": "yes"})
    assert refused.status_code == (422 if field else 409)
    assert not field or f'href="#close-{field}"' in refused.text
    assert [task["department"] for task in here.open_tasks(case["id"]).values()] == ["minzheng"]


@pytest.mark.parametrize("username", ["yima.minzheng.head", "yima.gongan.clerk", "yima.bureau.clerk"])
def test_others_have_no_such_page(here: World, reader: Open, username: str) -> None:
    assert reader(username).sends("/admin/departments", CLOSING).status_code == 403


def test_a_bureau_closes_no_department_of_another_place(case: dict[str, Any], reader: Open) -> None:
    refused = reader("jiangsu.bureau.supervisor").sends("/admin/departments", {**CLOSING, "apply": "yes"})
    assert refused.status_code == 422


def options(page: Any, name: str) -> dict[str, str]:
    return {one.get("value"): words(one) for one in page.xpath(f"//select[@name='{name}']/option[@value!='']")}


def test_departments_and_entries_are_chosen_by_name_with_their_codes_beside(case: dict[str, Any], reader: Open) -> None:
    first = reader(BUREAU).gets("/admin/departments")
    assert options(first, "department")["yima/minzheng"] == "义马市民政局（minzheng）"
    assert not first.xpath("//textarea")
    listed = html.document_fromstring(reader(BUREAU).sends("/admin/departments", {**CLOSING, "list": "others"}).text)
    takers = options(listed, TO)
    assert takers["yima/shichang"] == "义马市市场监督管理局（shichang）"
    assert "yima/minzheng" not in takers
    ticks = {one.get("value"): words(one.getparent()) for one in listed.xpath(f"//input[@name='{ENTRIES}']")}
    assert SHARE["resource"] in ticks
    assert all(told.endswith(code) and told != code for code, told in ticks.items())
    assert not [code for code in ticks if not code.startswith("YM-MZ-")]


def test_without_scripts_a_button_adds_a_department_and_keeps_what_was_chosen(
    case: dict[str, Any], reader: Open
) -> None:
    sent = {**CLOSING, TO: "yima/shichang", ENTRIES: SHARE["resource"], "more": "others"}
    page = html.document_fromstring(reader(BUREAU).sends("/admin/departments", sent).text)
    assert page.xpath(f"//select[@name='{TO}']/option[@selected]/@value") == ["yima/shichang"]
    assert page.xpath(f"//input[@name='{ENTRIES}' and @checked]/@value") == [SHARE["resource"]]
    assert page.xpath("//select[@name='others-1-to']")


def test_a_refused_closing_keeps_all_that_was_written(case: dict[str, Any], reader: Open) -> None:
    sent = {**CLOSING, "on": "2026-02-13", TO: "yima/shichang", ENTRIES: SHARE["resource"]}
    page = html.document_fromstring(reader(BUREAU).sends("/admin/departments", sent).text)
    chosen = page.xpath("//form[@id='close']//option[@selected]/@value")
    assert chosen == ["yima/minzheng", "yima/renshe", "yima/shichang"]
    assert page.xpath("//form[@id='close']//input[@checked]/@value") == [SHARE["resource"]]
    assert page.xpath("//input[@name='on']/@value") == ["2026-02-13"]


def test_what_was_previewed_is_what_is_closed(case: dict[str, Any], here: World, reader: Open) -> None:
    sent = {**CLOSING, TO: "yima/shichang", ENTRIES: SHARE["resource"]}
    page = html.document_fromstring(reader(BUREAU).sends("/admin/departments", sent).text)
    [form] = page.xpath("//form[@data-previewed]")
    hidden = {one.get("name"): one.get("value") for one in form.xpath(".//input") if one.get("name") != "csrf_token"}
    assert hidden == sent
    assert f"{SHARE['resource']} → 义马市市场监督管理局" in words(
        page.get_element_by_id("moves").getparent().getparent()
    )
    assert reader(BUREAU).sends("/admin/departments", {**hidden, "apply": "yes"}).status_code == 303
    assert [task["department"] for task in here.open_tasks(case["id"]).values()] == ["shichang"]
