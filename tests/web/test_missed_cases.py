"""A case that was decided too late says so wherever it is shown, whatever came on time later (counting rule 10)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
LAW = {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"}


@pytest.fixture
def closed(here: World) -> dict[str, Any]:
    """Refused ten working days after the day; what followed, a target of our own, was kept."""
    data = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "interface"}
    here.at("2026-03-02T10:00:00+08:00")
    case = here.open_case("yima.renshe.clerk", "conditional_share", data)
    here.at("2026-03-23T10:00:00+08:00")
    here.complete(case["id"], "provider_review", {"decision": "refuse", "reason": "与职责无关", "basis": LAW})
    here.at("2026-03-24T10:00:00+08:00")
    here.complete(case["id"], "applicant_response", {"response": "accept"})
    found: dict[str, Any] = here.case(case["id"])
    assert [(one["kind"], one["state"]) for one in found["deadlines"]] == [("statutory", "missed"), ("internal", "met")]
    return found


def test_headline_list_and_print_of_a_closed_case_show_what_the_law_had_set(
    closed: dict[str, Any], reader: Open
) -> None:
    law = closed["deadlines"][0]
    clerk = reader("yima.renshe.clerk")
    page = clerk.gets(f"/cases/{closed['id']}")
    [headline] = page.xpath("//section[@aria-labelledby='due']")
    assert "规定时限" in words(headline)
    assert "内部目标" not in words(headline)
    assert "逾期办理" in words(headline)
    assert page.xpath(f"//a[@href='/deadlines/{law['id']}']"), "what is printed is that clock"
    printed = words(clerk.gets(f"/deadlines/{law['id']}"))
    assert "逾期办理" in printed
    [line] = clerk.gets("/cases?status=closed").xpath(f"//tr[.//a[@href='/cases/{closed['id']}']]")
    assert "10 个工作日" in words(line)
    late = clerk.gets("/cases?overdue=yes&status=closed").xpath(f"//a[@href='/cases/{closed['id']}']")
    assert late, "it is in the list of what was late"
