"""A catalogue update on its pages: a row for each entry, faults at their cells, a draft that comes back."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from typing import Any

import pytest
from lxml import html
from werkzeug.datastructures import MultiDict

from app.web.changes import columns, posted_rows
from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
CLERK, BUREAU = "yima.minzheng.clerk", "yima.bureau.clerk"
DUTIES = {"trigger": "duties", "changed_on": "2026-02-10", "description": "职能划转", "resources": ["YM-MZ-001"]}
DRAFT = {
    "changes-0-action": "change",
    "changes-0-resource": "YM-MZ-001",
    "changes-0-items": "BH 编号 | 字符串\nMC 社会组织名称",
    "changes-0-modes": ["interface", "query"],
    "changes-0-open_type": "依申请开放",
    "changes-0-timely": "false",
}


@pytest.fixture
def case(here: World) -> dict[str, Any]:
    found: dict[str, Any] = here.open_case(CLERK, "catalogue_update", DUTIES)
    return found


def draft(here: World, case: dict[str, Any]) -> str:
    return f"/inbox/tasks/{here.open_tasks(case['id'])['draft_update']['id']}"


def written(page: html.HtmlElement) -> dict[str, Any]:
    """What stands in the rows of the form."""
    found: dict[str, Any] = {}
    for box in page.xpath("//*[starts-with(@name, 'changes-')]"):
        if box.tag == "textarea":
            found[box.get("name")] = (box.text or "").strip()
        elif box.get("type") in ("radio", "checkbox"):
            found.setdefault(box.get("name"), []).extend([box.get("value")] if box.get("checked") is not None else [])
        else:
            found[box.get("name")] = box.get("value", "")
    return {
        name: value[0] if isinstance(value, list) and not name.endswith("modes") else value
        for name, value in found.items()
        if value
    }


def test_a_draft_begins_with_a_row_for_each_entry_that_the_update_is_about(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    assert written(reader(CLERK).gets(draft(here, case))) == {"changes-0-resource": "YM-MZ-001"}


def test_what_is_wrong_with_a_row_stands_at_its_cell_and_the_row_as_it_was_written(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    wrong = DRAFT | {"changes-0-items": "BH 编号\nMC"}
    answered = reader(CLERK).sends(draft(here, case), wrong)
    assert answered.status_code == 422
    page = html.document_fromstring(answered.text)
    assert written(page) == wrong
    [link] = page.xpath("//*[@data-errors]//a")
    assert link.get("href") == "#answer-changes-0-items"
    assert words(link) == "条目变更，第 1 项，信息项：第 2 个信息项：缺少名称。"
    assert page.get_element_by_id("answer-changes-0-items").get("aria-invalid") == "true"


@pytest.mark.parametrize(
    "sent",
    [
        '[{"items": [1]}]', '[{"items": "x"}]', '[{"items": [{"code": 1}]}]', '[{"items": {"a": 1}, "action": [1]}]',
        '[{"modes": 1, "resource": null}]', '[1]', '[[]]', '{"a": 1}', '"x"', "[", "1", '[{"published": "x"}]',
    ],
)  # fmt: skip
def test_what_is_no_list_of_rows_is_refused(case: dict[str, Any], here: World, reader: Open, sent: str) -> None:
    clerk, path = reader(CLERK), draft(here, case)
    assert clerk.sends(path, {"changes": sent}).status_code == 422
    assert clerk.sends(path, {"changes": sent, "more": "changes"}).status_code == 200
    assert clerk.sends(f"{path}/fields", {"changes": sent}).status_code == 200


def test_a_row_without_its_action_is_told_so_at_the_action(case: dict[str, Any], here: World, reader: Open) -> None:
    answered = reader(CLERK).sends(draft(here, case), {"changes-0-resource": "YM-MZ-001"})
    [link] = html.document_fromstring(answered.text).xpath("//*[@data-errors]//a")
    assert (answered.status_code, link.get("href")) == (422, "#answer-changes-0-action")


def test_a_missing_basis_names_the_kinds_by_their_titles(case: dict[str, Any], here: World, reader: Open) -> None:
    withheld = {"changes-0-action": "change", "changes-0-resource": "YM-MZ-001", "changes-0-share_type": "withheld"}
    said = words(html.document_fromstring(reader(CLERK).sends(draft(here, case), withheld).text))
    assert "行政法规" in said
    assert "administrative_regulation" not in said


def test_a_program_is_told_row_and_column_by_their_names(case: dict[str, Any], here: World) -> None:
    changes = [{"action": "change", "resource": "YM-MZ-001", "share_type": "withheld"}]
    task = here.open_tasks(case["id"])["draft_update"]["id"]
    answered = here.api(CLERK).post(f"/tasks/{task}/complete", {"data": {"changes": changes}})
    [said] = answered.get_json()["errors"]["changes"]
    assert "YM-MZ-001" in said
    assert "basis_kind" in said
    assert "行政法规" in said


def test_a_returned_draft_begins_as_it_was_sent(case: dict[str, Any], here: World, reader: Open) -> None:
    clerk = reader(CLERK)
    assert clerk.sends(draft(here, case), DRAFT).status_code == 303
    review = here.open_tasks(case["id"])["review_update"]["id"]
    returned = {"decision": "return", "remarks": "请补充依据"}
    assert reader(BUREAU).sends(f"/inbox/tasks/{review}", returned).status_code == 303
    assert written(clerk.gets(draft(here, case))) == DRAFT
    assert clerk.sends(draft(here, case), DRAFT | {"changes-0-summary": "依据已补"}).status_code == 303
    review = here.open_tasks(case["id"])["review_update"]["id"]
    assert reader(BUREAU).sends(f"/inbox/tasks/{review}", {"decision": "pass"}).status_code == 303
    assert here.case(case["id"])["outcome"] == "published"
    entry = words(clerk.gets("/catalogue/YM-MZ-001"))
    assert "BH编号字符串" in entry
    assert all(said in entry for said in ("共享方式服务接口、联机查询", "社会开放类型依申请开放", "摘要依据已补"))


def test_a_decision_is_taken_anew_each_time(case: dict[str, Any], here: World, reader: Open) -> None:
    for _ in range(2):
        reader(CLERK).sends(draft(here, case), DRAFT)
        review = f"/inbox/tasks/{here.open_tasks(case['id'])['review_update']['id']}"
        page = reader(BUREAU).gets(review)
        assert not page.xpath("//input[@name='decision' and @checked]")
        reader(BUREAU).sends(review, {"decision": "return", "remarks": "请补充"})


def test_a_code_that_no_entry_can_hold_is_not_offered_whatever_a_regulation_says() -> None:
    told = {"share.modes": ["query", "by_post"], "entry.share_types": ["withheld"]}
    offered = {one["key"]: [each["value"] for each in one["options"]] for one in columns(lambda key: told.get(key, []))}
    assert (offered["modes"], offered["share_type"]) == (["query"], ["withheld"])
    assert offered["action"] == ["add", "change", "withdraw", "transfer"]


def test_a_transfer_names_the_receiving_department_in_words(here: World, reader: Open) -> None:
    case = here.open_case(CLERK, "catalogue_update", DUTIES)
    changes = [{"resource": "YM-MZ-001", "action": "transfer", "to": "renshe"}]
    here.complete(case["id"], "draft_update", {"changes": changes})
    task = here.open_tasks(case["id"])["accept_transfer"]["id"]
    text = words(reader("yima.renshe.clerk").gets(f"/inbox/tasks/{task}"))
    assert "人力资源和社会保障局" in text
    assert "接收部门：renshe" not in text


def test_the_form_says_before_it_is_sent_that_the_case_would_be_overdue(here: World, reader: Open) -> None:
    clerk = reader(CLERK)
    page = clerk.gets("/start?procedure=catalogue_update")
    assert page.xpath("//form[@id='start']/@hx-post"), "a change of the day asks for the fields anew"
    fields = "/start/fields?procedure=catalogue_update"
    told = clerk.sends(fields, DUTIES | {"changed_on": "2025-12-01"}).text
    assert "届满：办件自开始之日即为逾期" in told
    assert "变化" in told
    for day in ("2026-02-10", "", "昨天", "2099-01-01"):
        assert "即为逾期" not in clerk.sends(fields, DUTIES | {"changed_on": day}).text


def test_an_item_is_read_at_once_however_many_blanks_it_has() -> None:
    lines = ["BH 编号 | 字符串", "MC  社会 名称", "BH", "BH | 字符串", "BH 编号 |"]
    lines.append("BH" + " " * 50_000 + "编号" + " " * 50_000 + "|")
    began = process_time()
    (row,) = posted_rows("changes", MultiDict({"changes-0-items": "\n".join(lines)}))
    assert process_time() - began < 0.5
    assert row["items"][:2] == [{"code": "BH", "name": "编号", "type": "字符串"}, {"code": "MC", "name": "社会 名称"}]
    assert [one["name"] for one in row["items"][2:]] == [""] * 4
