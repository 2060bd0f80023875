"""Nothing is granted on an entry that is not on the platform: what counts is the day of the decision (PROCEDURES P1.3,
P1.5)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from app.accounts import SYSTEM
from app.cases.commands import grant_lifecycle
from app.catalogue import entries
from app.catalogue.models import Resource
from app.cli import scheduler
from tests.procedures.expected import PLACES
from tests.procedures.grant_story import Story, everywhere
from tests.procedures.test_one_text import disputed
from tests.procedures.test_recusal import REFUSE
from tests.world import World, done

APPROVE = {"decision": "approve"}


def put(world: World, code: str, place: str, **fields: Any) -> None:
    """The entry is changed, as a load of the catalogue does."""
    with world.database.transaction() as session:
        found = entries.entry(session, code)
        change = [{"resource": code, "action": "change", **fields}]
        entries.apply_changes(session, place, change, "test", None, owner_id=found.provider_id)


def answered(world: World, case: int, key: str, data: dict[str, Any]) -> Any:
    task = world.open_tasks(case)[key]
    return world.api(world.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data})


def of_case(world: World, case: int) -> list[Any]:
    return done(world.api("admin").get("/grants", case=case))["items"]


def applied(world: World, place: str) -> tuple[int, str]:
    """An application for a conditional entry, and the entry."""
    case = Story.asked(world, place).case
    return case["id"], case["resource"]


def decide(world: World, place: str, case: int) -> Any:
    """The last answer before the grant, as the regulation shares the decision."""
    if place == "yinchuan":
        assert answered(world, case, "provider_review", APPROVE).status_code == 200
        return answered(world, case, "bureau_authorise", APPROVE)
    return answered(world, case, "provider_review", APPROVE)


@everywhere
def test_nothing_is_granted_on_an_entry_that_was_unpublished_meanwhile(world: World, place: str) -> None:
    case, code = applied(world, place)
    put(world, code, place, published=False)
    refused = decide(world, place, case)
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"resource"}), refused.json
    assert code in refused.json["errors"]["resource"][0]
    assert (of_case(world, case), world.case(case)["status"]) == ([], "open")
    put(world, code, place, published=True)
    key = "bureau_authorise" if place == "yinchuan" else "provider_review"
    done(answered(world, case, key, APPROVE))
    [grant] = of_case(world, case)
    assert (grant["state"], grant["usable"], world.case(case)["outcome"]) == ("active", True, "granted")
    assert world.flask("audit", "verify").exit_code == 0


@everywhere
@pytest.mark.parametrize("share_type", ["conditional", "unconditional"])
def test_what_is_not_published_can_still_be_refused(world: World, place: str, share_type: str) -> None:
    case, code = applied(world, place)
    free = {"conditions": "", "basis_kind": "", "basis_text": ""} if share_type == "unconditional" else {}
    put(world, code, place, published=False, share_type=share_type, **free)
    done(answered(world, case, "provider_review", REFUSE))
    assert of_case(world, case) == []
    assert world.events(case, "resource.changed")[-1]["detail"]["published"] is False


@pytest.mark.parametrize("place", PLACES)
def test_no_body_shares_what_is_not_published(world: World, place: str) -> None:
    case = disputed(world, place)
    for key in ("negotiate_applicant", "negotiate_provider"):
        if key in world.open_tasks(case):
            done(answered(world, case, key, {"agreed": False, "position": "不同意"}))
    code = world.case(case)["resource"]
    put(world, code, place, published=False)
    [key] = world.open_tasks(case)
    refused = answered(world, case, key, {"decision": "share", "ground": "履职所需"})
    assert (refused.status_code, set(refused.json["errors"])) == (422, {"resource"}), refused.json
    assert of_case(world, case) == []
    done(answered(world, case, key, {"decision": "withhold", "ground": "已不在平台发布"}))
    assert world.case(case)["outcome"] == "refused"


@everywhere
def test_a_grant_is_suspended_when_its_entry_leaves_the_platform(world: World, place: str) -> None:
    story = Story(world, place)
    put(world, story.code, place, published=False)
    with world.database.transaction() as session:
        grant_lifecycle.follow_catalogue(session, SYSTEM, place)
    assert (story.grant()["state"], story.grant()["suspended_for"]) == ("suspended", "unpublished")
    assert story.check()["allowed"] is False
    assert [task["key"] for task in story.review()["tasks"]] == ["decide_grant"]
    story.is_sound()


def test_a_grant_of_before_that_was_made_on_an_unpublished_entry_is_suspended_by_the_daily_work(world: World) -> None:
    story = Story(world, "yima")
    with world.database.transaction() as session:
        session.execute(update(Resource).where(Resource.code == story.code).values(published=False))
    scheduler.daily(world.database)
    assert (story.grant()["state"], story.grant()["suspended_for"]) == ("suspended", "unpublished")
