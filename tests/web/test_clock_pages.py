"""Clocks on the page of their case: paused, resumed and set right by those who may, each with a reason."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select
from test_access import SHARE

from app.accounts.models import Account
from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
ERROR = {"items": ["name"], "doubt": "姓名有误"}
PAUSE = {"ground": "supplement", "reason": "等待证明材料"}
HOLDER, BUREAU, OTHER = "yima.minzheng.clerk", "yima.bureau.clerk", "yima.gongan.clerk"


@pytest.fixture
def case(here: World) -> dict[str, Any]:
    """A case whose first clock is an internal target, which can be paused."""
    found: dict[str, Any] = here.open_case(OTHER, "data_error", ERROR | {"resource": "YM-MZ-002"})
    return found


def first(case: dict[str, Any]) -> int:
    return int(case["deadlines"][0]["id"])


def forms(reader: Open, username: str, case: dict[str, Any]) -> list[str]:
    """The acts on the first clock that the page of its case offers."""
    page = reader(username).gets(f"/cases/{case['id']}")
    path = f"/deadlines/{first(case)}/"
    return [one.removeprefix(path) for one in page.xpath("//form/@action") if one.startswith(path)]


def clock_of(here: World, case: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = here.case(case["id"])["deadlines"][0]
    return found


def test_who_holds_the_task_pauses_the_clock_and_lets_it_go_on(case: dict[str, Any], here: World, reader: Open) -> None:
    clerk, path = reader(HOLDER), f"/deadlines/{first(case)}"
    before = clock_of(here, case)["due_on"]
    assert forms(reader, HOLDER, case) == ["pause"]
    answered = clerk.sends(f"{path}/pause", PAUSE)
    assert (answered.status_code, answered.headers["Location"]) == (303, f"/cases/{case['id']}")
    assert clock_of(here, case)["state"] == "paused"
    assert forms(reader, HOLDER, case) == ["resume"]
    here.at("2026-02-26T10:00:00+08:00")
    assert clerk.sends(f"{path}/resume", {"reason": "材料已经收到"}).status_code == 303
    resumed = clock_of(here, case)
    assert resumed["state"] == "running"
    assert resumed["due_on"] > before
    told = words(clerk.gets(f"/cases/{case['id']}").xpath("//ol[@class='gw-tl']")[0])
    assert PAUSE["reason"] in told
    assert "材料已经收到" in told


def test_the_bureau_sets_a_start_right(case: dict[str, Any], here: World, reader: Open) -> None:
    assert forms(reader, BUREAU, case) == ["pause", "correct"]
    path, given = f"/deadlines/{first(case)}/correct", {"started_on": "2026-02-10", "reason": "二月十日已经收到"}
    assert reader(BUREAU).sends(path, given).status_code == 303
    assert clock_of(here, case)["started_on"] == "2026-02-10"
    assert given["reason"] in words(reader(BUREAU).gets(f"/cases/{case['id']}"))


def test_nobody_else_is_offered_a_clock_and_trying_is_refused(case: dict[str, Any], here: World, reader: Open) -> None:
    for username in (OTHER, "admin"):
        assert forms(reader, username, case) == []
    path = f"/deadlines/{first(case)}"
    assert reader(OTHER).sends(f"{path}/pause", PAUSE).status_code == 403
    assert reader(HOLDER).sends(f"{path}/correct", {"started_on": "2026-02-10", "reason": "x"}).status_code == 403
    assert reader("admin").sends(f"{path}/resume", {"reason": "x"}).status_code == 403
    assert reader("yima.shuiwu.clerk").sends(f"{path}/pause", PAUSE).status_code == 404
    assert reader(BUREAU).sends("/deadlines/99999/pause", PAUSE).status_code == 404
    assert clock_of(here, case)["state"] == "running"


@pytest.mark.parametrize(
    ("act", "sent", "field"),
    [
        ("pause", {"ground": "supplement", "reason": " "}, "reason"),
        ("pause", {"reason": "等待"}, "ground"),
        ("pause", {"ground": "weather", "reason": "等待"}, "ground"),
        ("pause", {"ground": "supplement", "reason": "长" * 4001}, "reason"),
        ("correct", {"started_on": "昨天", "reason": "误录"}, "started_on"),
        ("correct", {"started_on": "2026-03-01", "reason": "误录"}, "started_on"),
        ("correct", {"started_on": "2026-02-10", "reason": ""}, "reason"),
    ],
)
def test_what_is_wrong_comes_back_in_the_form_with_what_was_written(
    case: dict[str, Any], here: World, reader: Open, act: str, sent: dict[str, str], field: str
) -> None:
    before = clock_of(here, case)
    answered = reader(BUREAU).sends(f"/deadlines/{first(case)}/{act}", sent)
    assert answered.status_code == 422
    [link] = [part.split('"')[0] for part in answered.text.split('<a href="#')[1:] if part.startswith(act)]
    assert link == f"{act}-{first(case)}-{field}"
    assert sent["reason"].strip() in answered.text
    assert clock_of(here, case) == before


def test_a_start_before_the_calendar_is_refused_above_the_form(case: dict[str, Any], here: World, reader: Open) -> None:
    sent = {"started_on": "1900-01-02", "reason": "误录"}
    answered = reader(BUREAU).sends(f"/deadlines/{first(case)}/correct", sent)
    assert answered.status_code == 422
    assert "data-errors" in answered.text
    assert clock_of(here, case)["started_on"] == "2026-02-12"


def test_a_second_pause_by_somebody_else_is_told_and_changes_nothing(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    path = f"/deadlines/{first(case)}"
    assert reader(HOLDER).sends(f"{path}/pause", PAUSE).status_code == 303
    late = reader(BUREAU).sends(f"{path}/pause", PAUSE)
    assert late.status_code == 409
    assert "该时限目前没有计时。" in late.text
    assert len(here.events(case["id"], "clock.paused")) == 1
    reader(HOLDER).sends(f"{path}/resume", {"reason": "已收到"})
    assert reader(BUREAU).sends(f"{path}/resume", {"reason": "已收到"}).status_code == 409
    assert len(here.events(case["id"], "clock.resumed")) == 1


def test_a_clock_of_the_law_that_names_no_ground_offers_no_pause(here: World, reader: Open) -> None:
    case = here.open_case(OTHER, "conditional_share", SHARE)
    assert forms(reader, HOLDER, case) == []
    assert forms(reader, BUREAU, case) == ["correct"]
    assert reader(HOLDER).sends(f"/deadlines/{first(case)}/pause", PAUSE).status_code == 422


def test_a_clock_past_its_day_offers_no_pause(case: dict[str, Any], here: World, reader: Open) -> None:
    here.at("2026-06-01T10:00:00+08:00")
    assert forms(reader, HOLDER, case) == []


def test_a_clock_that_was_met_offers_nothing(case: dict[str, Any], here: World, reader: Open) -> None:
    here.complete(case["id"], "verify_error", {"finding": "no_error", "explanation": "核对无误"})
    assert forms(reader, BUREAU, case) == []
    assert (
        reader(BUREAU)
        .sends(f"/deadlines/{first(case)}/correct", {"started_on": "2026-02-10", "reason": "x"})
        .status_code
        == 409
    )


def test_the_inbox_says_on_what_ground_a_clock_stands_still(case: dict[str, Any], reader: Open) -> None:
    clerk, waits_for = reader(HOLDER), "等待使用部门补正"
    assert waits_for not in words(clerk.gets("/inbox").get_element_by_id("list"))
    clerk.sends(f"/deadlines/{first(case)}/pause", PAUSE)
    assert waits_for in words(clerk.gets("/inbox").get_element_by_id("list"))


@pytest.fixture
def breached(here: World) -> dict[str, Any]:
    """A duty that was owed before it was entered."""
    data = {"trigger": "duties", "changed_on": "2026-01-05", "description": "职责调整", "resources": ["YM-GA-002"]}
    found: dict[str, Any] = here.open_case(OTHER, "catalogue_update", data)
    with here.database.transaction() as session:
        known = {one.username: one for one in session.scalars(select(Account).where(Account.username.like("yima.b%")))}
        known[f"{BUREAU}2"].password_hash = known[BUREAU].password_hash
    return found


@pytest.mark.parametrize(("answer", "state"), [("confirm", "running"), ("reject", "missed")])
def test_the_second_person_decides_on_the_page_and_the_first_is_offered_nothing(
    breached: dict[str, Any], here: World, reader: Open, answer: str, state: str
) -> None:
    path = f"/deadlines/{first(breached)}"
    proposed = reader(BUREAU).sends(f"{path}/correct", {"started_on": "2026-02-10", "reason": "二月十日起调整"})
    assert proposed.status_code == 303
    assert forms(reader, BUREAU, breached) == []
    assert reader(BUREAU).sends(f"{path}/{answer}", {"reason": "属实"}).status_code == 403
    assert forms(reader, f"{BUREAU}2", breached) == ["confirm", "reject"]
    shown = reader(f"{BUREAU}2").gets(f"/cases/{breached['id']}").text_content()
    assert "二月十日起调整" in shown
    assert BUREAU not in shown.replace(f"{BUREAU}2", ""), "people are called by their names"
    assert reader(f"{BUREAU}2").sends(f"{path}/{answer}", {"reason": "属实"}).status_code == 303
    assert clock_of(here, breached)["state"] == state
    assert [one["actor"] for one in here.events(breached["id"], f"clock.correction_{answer}")] == [f"{BUREAU}2"]


def test_the_page_of_a_case_says_why_it_was_entered_late(here: World, reader: Open) -> None:
    sent = {"procedure": "conditional_share", "jurisdiction": "yima", "on_behalf_of": "gongan", "data": SHARE}
    sent |= {"occurred_at": "2026-01-26T09:00:00+08:00", "reason": "纸质申请在收发室积压"}
    case: Any = here.api(BUREAU).post("/cases", sent)
    assert case.status_code == 201, case.text
    told = words(reader(BUREAU).gets(f"/cases/{case.json['id']}").xpath("//ol[@class='gw-tl']")[0])
    assert "延后录入的理由：纸质申请在收发室积压" in told


def test_a_closed_case_says_how_many_days_late_its_statutory_clock_was_met(here: World, reader: Open) -> None:
    case = here.open_case(OTHER, "conditional_share", SHARE)
    here.at("2026-03-09T10:00:00+08:00")
    late = clock_of(here, case)["days_late"]
    assert late > 0
    here.complete(case["id"], "provider_review", {"decision": "approve"})
    page = reader(OTHER).gets(f"/cases/{case['id']}")
    assert f"逾期 {late} 个工作日" in words(page.get_element_by_id("due"))
    assert f"逾期 {late} 个工作日" in words(page.xpath("//table[caption[contains(., '时限')]]")[0])


UPDATE = {"trigger": "duties", "changed_on": "2026-02-10", "description": "职能划转", "resources": ["YM-MZ-002"]}
DRAFT = {"changes": [{"action": "change", "resource": "YM-MZ-002", "summary": "婚姻登记的基本情况"}]}


def pausing(reader: Open, username: str, case: dict[str, Any], clock: int) -> str:
    """What the form by which that clock is paused says; empty where there is none."""
    found = reader(username).gets(f"/cases/{case['id']}").xpath(f"//form[@action='/deadlines/{clock}/pause']")
    return words(found[0]) if found else ""


def test_who_pauses_a_target_of_its_own_reads_that_it_is_one(case: dict[str, Any], here: World, reader: Open) -> None:
    """The regulation sets no period here, so that none goes on."""
    told = pausing(reader, HOLDER, case, first(case))
    assert "这是本部门自己的内部目标，不是规定的时限。" in told
    assert "照常计算" not in told
    assert "这是承办部门的内部目标" in pausing(reader, BUREAU, case, first(case))


def test_the_period_of_the_regulation_goes_on_while_a_target_is_paused(here: World, reader: Open) -> None:
    """Yima Art. 9: ten days until the entries are updated; the review is a convention of ours."""
    opened = here.open_case(HOLDER, "catalogue_update", UPDATE)
    here.complete(opened["id"], "draft_update", DRAFT)
    clocks = {one["kind"]: one for one in here.case(opened["id"])["deadlines"] if one["state"] == "running"}
    told = pausing(reader, BUREAU, opened, clocks["internal"]["id"])
    assert re.search("规定的时限（[^）]+）不因此停止，照常计算。", told), told
    path = f"/deadlines/{clocks['internal']['id']}/pause"
    assert reader(BUREAU).sends(path, PAUSE).status_code == 303
    now = {one["id"]: one["state"] for one in here.case(opened["id"])["deadlines"]}
    assert (now[clocks["internal"]["id"]], now[clocks["statutory"]["id"]]) == ("paused", "running")
