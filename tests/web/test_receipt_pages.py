"""A citizen without an account: the report, its receipt, and the step that waits for them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
REPORT = {"items": "name", "doubt": "登记的姓名与身份证不符"}
CONTEST = {"response": "dispute", "position": "身份证上的姓名才是对的"}


@pytest.fixture
def citizen(reader: Open) -> Any:
    """A browser that has just reported, and holds the receipt."""
    one = reader()
    answered = one.sends("/report/yunyang?resource=YY-MZ-002", REPORT)
    assert (answered.status_code, answered.headers["Location"]) == (303, "/receipt")
    return one


def answered_by_the_provider(here: World) -> int:
    """The provider finds no error; returns the step that now waits for the citizen."""
    here.complete(1, "verify_error", {"finding": "no_error", "explanation": "与户籍底册一致"})
    return int(here.open_tasks(1)["reporter_response"]["id"])


def test_the_code_is_shown_once_and_opens_the_receipt_elsewhere(citizen: Any, reader: Open) -> None:
    page = citizen.gets("/receipt")
    [code] = page.xpath("//*[contains(@class, 'gw-code')]/text()")
    number = re.search(r"YY-\w+-\d+-\d+", words(page))
    assert number is not None
    assert not citizen.gets("/receipt").xpath("//*[contains(@class, 'gw-code')]")
    other = reader()
    assert other.sends("/follow", {"number": number[0], "code": "0000-0000-0000-0000"}).status_code == 404
    assert other.sends("/follow", {"number": number[0], "code": code.lower()}).status_code == 303
    assert REPORT["doubt"] in words(other.gets("/receipt"))


def test_the_reporter_answers_the_step_that_waits_for_them(citizen: Any, here: World) -> None:
    assert not citizen.gets("/receipt").xpath("//form[@id='answer']")
    task = answered_by_the_provider(here)
    [form] = citizen.gets("/receipt").xpath("//form[@id='answer']")
    assert form.get("action") == f"/receipt/tasks/{task}"
    answered = citizen.sends(f"/receipt/tasks/{task}", {"response": "accept"})
    assert (answered.status_code, answered.headers["Location"]) == (303, "/receipt")
    assert here.case(1)["outcome"] == "no_error"
    assert not citizen.gets("/receipt").xpath("//form[@id='answer']")
    assert [one["actor"] for one in here.events(1, "task.done")][-1] == "citizen"


def test_the_reporter_reads_the_letter_that_answers_them(citizen: Any, here: World) -> None:
    task = answered_by_the_provider(here)
    citizen.sends(f"/receipt/tasks/{task}", {"response": "accept"})
    assert "与户籍底册一致" in words(citizen.gets("/receipt"))


def test_a_contested_finding_goes_to_the_body_that_settles(citizen: Any, here: World, reader: Open) -> None:
    task = answered_by_the_provider(here)
    assert citizen.sends(f"/receipt/tasks/{task}", CONTEST).status_code == 303
    assert "coordinate" in here.open_tasks(1)
    claimant, respondent = reader("yunyang.bureau.clerk").gets("/cases/1").xpath("//div[@class='gw-positions']/section")
    assert "公民、法人或其他组织" in words(claimant)
    assert CONTEST["position"] in words(claimant)
    assert "与户籍底册一致" in words(respondent)


@pytest.mark.parametrize("sent", [{}, {"response": "shrug"}])
def test_a_wrong_answer_comes_back_and_changes_nothing(citizen: Any, here: World, sent: dict[str, Any]) -> None:
    task = answered_by_the_provider(here)
    answered = citizen.sends(f"/receipt/tasks/{task}", sent)
    assert answered.status_code == 422
    assert "data-errors" in answered.text
    assert "reporter_response" in here.open_tasks(1)


def test_answering_twice_counts_once(citizen: Any, here: World) -> None:
    task = answered_by_the_provider(here)
    assert citizen.sends(f"/receipt/tasks/{task}", {"response": "accept"}).status_code == 303
    assert citizen.sends(f"/receipt/tasks/{task}", CONTEST).status_code == 404
    assert here.case(1)["outcome"] == "no_error"


def test_without_the_receipt_nobody_answers(citizen: Any, here: World, reader: Open) -> None:
    task = answered_by_the_provider(here)
    assert reader().sends(f"/receipt/tasks/{task}", {"response": "accept"}).status_code == 404
    assert reader("yunyang.minzheng.clerk").sends(f"/inbox/tasks/{task}", {"response": "accept"}).status_code == 404
    assert citizen.sends(f"/receipt/tasks/{task}", {"response": "accept"}, token=False).status_code == 400
    assert citizen.sends(f"/receipt/tasks/{task + 1}", {"response": "accept"}).status_code == 404
    assert here.case(1)["status"] == "open"
