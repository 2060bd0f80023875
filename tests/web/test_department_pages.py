"""A department is closed on a page: by the bureau, after it has seen what would move; timelines name departments."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_access import SHARE

from tests.web.markup import words
from tests.world import World, done

Open = Callable[..., Any]
BUREAU = "yima.bureau.supervisor"
CLOSING = {"department": "yima/minzheng", "successor": "yima/renshe", "others": "", "on": "2026-02-12"}


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
    apart = {**CLOSING, "others": f"{SHARE['resource']} = shichang"}
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
        ({"on": "soon"}, "on"), ({"others": "YM-GA-001 = renshe"}, "others"), ({"others": "YM-MZ-001"}, "others"),
        ({"others": "YM-MZ-001 = minzheng"}, "others"), ({"others": "YM-MZ-001 = nobody"}, "others"),
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
