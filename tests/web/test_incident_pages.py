"""Steps that could not run: seen by those who supervise, and tried again by them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from test_access import SHARE

from app.cases.commands import incidents
from app.floor.errors import EngineError
from app.floor.messages import say
from app.history import SYSTEM
from tests.web.markup import words
from tests.world import World

Open = Callable[..., Any]
SUPERVISOR = "yima.bureau.supervisor"
RETRY = "/admin/incidents/1/retry"


@pytest.fixture
def case(here: World) -> dict[str, Any]:
    """A case one of whose steps could not run."""
    found: dict[str, Any] = here.open_case("yima.gongan.clerk", "conditional_share", SHARE)
    error = EngineError(
        "action-failed", say("Nobody sits in the lane %(lane)s of this case.", lane="bureau"), "provider_review"
    )
    error.case_id = found["id"]
    with here.database.transaction() as session:
        incidents.record(session, error, SYSTEM)
    return found


def listed(reader: Open, username: str, query: str = "") -> str:
    return words(reader(username).gets(f"/admin/incidents{query}").get_element_by_id("list"))


def test_an_incident_is_told_in_words_with_the_step_and_the_case(case: dict[str, Any], reader: Open) -> None:
    told = listed(reader, SUPERVISOR)
    assert case["number"] in told
    assert "提供部门审核" in told
    assert "这个办件的泳道 bureau 没有部门。" in told


def test_supervisors_see_their_own_jurisdiction_and_administrators_all(case: dict[str, Any], reader: Open) -> None:
    assert case["number"] not in listed(reader, "yunyang.bureau.supervisor")
    assert case["number"] in listed(reader, "admin")
    assert case["number"] not in listed(reader, "admin", "?jurisdiction=yunyang")
    for username in ("yima.gongan.clerk", "yima.minzheng.head"):
        assert reader(username).client.get("/admin/incidents").status_code == 403


def test_trying_again_settles_it_and_leads_to_the_case(case: dict[str, Any], here: World, reader: Open) -> None:
    one = reader(SUPERVISOR)
    assert one.gets("/admin/incidents").xpath(f"//form[@action='{RETRY}']")
    assert one.gets(f"/cases/{case['id']}").xpath(f"//form[@action='{RETRY}']")
    answered = one.sends(RETRY)
    assert (answered.status_code, answered.headers["Location"]) == (303, f"/cases/{case['id']}")
    assert case["number"] not in listed(reader, SUPERVISOR)
    assert case["number"] in listed(reader, SUPERVISOR, "?state=solved")
    assert not one.gets(f"/cases/{case['id']}").xpath("//*[@role='alert']")
    assert [one["actor"] for one in here.events(case["id"], "incident.solved")] == [SUPERVISOR]


def test_trying_twice_is_written_once(case: dict[str, Any], here: World, reader: Open) -> None:
    for username in (SUPERVISOR, "admin"):
        assert reader(username).sends(RETRY).status_code == 303
    assert len(here.events(case["id"], "incident.solved")) == 1


def test_who_does_not_supervise_sees_it_on_the_case_and_cannot_try_again(
    case: dict[str, Any], here: World, reader: Open
) -> None:
    clerk = reader("yima.gongan.clerk")
    page = clerk.gets(f"/cases/{case['id']}")
    assert page.xpath("//*[@role='alert']")
    assert not page.xpath(f"//form[@action='{RETRY}']")
    assert clerk.sends(RETRY).status_code == 403
    assert reader("yunyang.bureau.supervisor").sends(RETRY).status_code == 404
    assert reader(SUPERVISOR).sends("/admin/incidents/99/retry").status_code == 404
    assert reader(SUPERVISOR).sends(RETRY, token=False).status_code == 400
    assert here.events(case["id"], "incident.solved") == []
