"""Who takes over an entry is settled between the two departments, by nobody who is one of them, and the entry waits for
it (PROCEDURES P4; PROCEDURES_REST J)."""

from __future__ import annotations

from typing import Any

import pytest

from app.cases import audit
from app.cases.definition_cache import definition_of
from app.cases.models import Deadline
from app.cases.read import deadlines
from tests.procedures.playing import CODES
from tests.world import World, done

DISPUTED = ("jiangmen", "yinchuan", "yunyang")
REFUSED = {"accept": False, "reason": "职能未划入本部门"}


def contested(world: World, place: str, to: str = "renshe") -> int:
    """A transfer that the receiving department refuses."""
    world.at("2026-03-09T10:00:00+08:00")
    entry = f"{CODES[place]}-GA-002"
    about = {"trigger": "duties", "changed_on": "2026-03-09", "description": "三定规定已经划转", "resources": [entry]}
    case = int(world.open_case(f"{place}.gongan.clerk", "catalogue_update", about)["id"])
    world.complete(case, "draft_update", {"changes": [{"resource": entry, "action": "transfer", "to": to}]})
    world.complete(case, "accept_transfer", REFUSED)
    return case


@pytest.mark.parametrize("place", DISPUTED)
def test_the_clock_of_a_draft_that_goes_back_says_that_the_dispute_started_it(place: str, world: World) -> None:
    case = contested(world, place)
    settles(world, case, "gongan")
    with world.database.transaction(write=False) as session:
        rows = session.query(Deadline).where(Deadline.case_id == case, Deadline.rule == "catalogue_update.redraft")
        told = [deadlines.event_of(session, definition_of(session, one.case), one, one.case).zh for one in rows]
    assert told == ["争议处理结果已经作出"]


def provider(world: World, place: str) -> Any:
    found = done(world.api("admin").get("/catalogue/resources", jurisdiction=place, q=f"{CODES[place]}-GA-002"))
    return found["items"][0]["provider"]


def settles(world: World, case: int, of_department: str) -> None:
    [task] = world.open_tasks(case).values()
    superior = {"document": "府函〔2026〕5号", "decided_on": "2026-03-09", "text": "由公安部门继续承担。"}
    more = superior if task["key"] == "superior_answer" else {}
    world.complete(
        case, task["key"], {"decision": "record_of", "of_department": of_department, "ground": "三定", **more}
    )
    if "confirm_superior" in world.open_tasks(case):
        world.complete(case, "confirm_superior", {"confirmed": True})


@pytest.mark.parametrize("place", DISPUTED)
def test_a_contested_transfer_is_a_dispute_and_the_entry_waits_for_its_result(place: str, world: World) -> None:
    case = contested(world, place)
    [task] = world.open_tasks(case).values()
    assert (task["key"], task["department"]) == ("coordinate", "bureau")
    [opened] = world.events(case, "terms.opened")
    assert (opened["detail"]["kind"], opened["detail"]["claimant"]) == ("duties", "gongan")
    assert opened["detail"]["respondent"] == "renshe"
    assert provider(world, place) == "gongan"
    settles(world, case, "renshe")
    if "review_update" in world.open_tasks(case):
        world.complete(case, "review_update", {"decision": "pass"})
    assert world.case(case)["outcome"] == "published"
    assert provider(world, place) == "renshe"
    with world.database.transaction() as session:
        assert audit.verify(session)[1] is None


@pytest.mark.parametrize("place", [*DISPUTED, "yima", "jiangsu"])
def test_a_bureau_that_refuses_a_transfer_does_not_settle_it(place: str, world: World) -> None:
    case = contested(world, place, to="bureau")
    [task] = world.open_tasks(case).values()
    assert task["key"] == "superior_answer" or task["department"] != "bureau"
    settles(world, case, "gongan")
    assert list(world.open_tasks(case)) == ["draft_update"]
    assert provider(world, place) == "gongan"


@pytest.mark.parametrize("place", ["yima", "jiangsu"])
def test_where_the_pack_says_so_the_bureau_decides_plainly(place: str, world: World) -> None:
    case = contested(world, place)
    assert list(world.open_tasks(case)) == ["decide_transfer"]


def test_both_departments_are_heard_and_the_letter_names_the_entry(world: World) -> None:
    case = contested(world, "yunyang")
    page = world.api("yunyang.bureau.clerk")
    [task] = world.open_tasks(case).values()
    assert done(page.get(f"/tasks/{task['id']}"))["key"] == "coordinate"
    for stranger in ("yunyang.gongan.clerk", "yunyang.renshe.clerk"):
        answer = {"decision": "record_of", "of_department": "gongan", "ground": "三定"}
        assert world.api(stranger).post(f"/tasks/{task['id']}/complete", {"data": answer}).status_code == 404
    settles(world, case, "renshe")
    [letter] = [one for event in world.events(case) for one in event["detail"].get("letters", ())]
    assert letter["template"] == "settlement"
