"""Grants under what people and the days can do to them: renewed, expired, asked for by others, taken back twice, on an
entry that has lost items, left the catalogue, become free, or gone to another department."""

from __future__ import annotations

from typing import Any

import pytest

from tests.procedures import test_grant_disputes as disputes
from tests.procedures import test_grant_review as reviews
from tests.procedures.expected import PLACES
from tests.procedures.grant_story import ADVERSE, Story
from tests.world import World, done

everywhere = pytest.mark.parametrize("place", PLACES)
MONTH = {"period_months": 1, "reason": "业务一个月内办结"}


def renew(story: Story, status: int = 201, by: str = "renshe.clerk") -> Any:
    return done(story.world.api(f"{story.place}.{by}").post(f"/grants/{story.grant()['id']}/renew"), status)


def approve(story: Story, case: Any) -> Any:
    story.answer(case, "provider_review", {"decision": "approve"})
    if story.place == "yinchuan":
        story.answer(case, "bureau_authorise", {"decision": "approve"})
    [found] = done(story.world.api("admin").get("/grants", case=case["id"]))["items"]
    return found


@everywhere
def test_a_grant_is_renewed_before_it_ends_and_the_old_one_expires(world: World, place: str) -> None:
    story = Story(world, place, MONTH)
    assert story.grant()["valid_until"] == "2026-04-09"
    story.later(14)
    after = approve(story, renew(story))
    assert (after["renews"], after["state"]) == (story.grant()["id"], "active")
    story.later(20)
    assert story.grant()["state"] == "expired"
    asked = {"department": "renshe", "resource": story.code, "items": after["items"], "grant": story.number}
    told = done(world.api(f"{place}.platform").post("/grants/check", asked))
    assert (told["allowed"], "2026-04-09" in told["reason"]) == (False, True)
    assert story.check()["grant"] == after["id"]
    story.is_sound()


@everywhere
def test_a_renewal_asks_only_for_what_the_entry_still_has(world: World, place: str) -> None:
    story = Story(world, place)
    first, second = story.grant()["items"]
    story.change(items=[one for one in story.entry()["items"] if one["code"] != second])
    assert story.grant()["state"] == "suspended"
    case = renew(story)
    [opened] = world.events(case["id"], "case.opened")
    assert opened["detail"]["data"]["items"] == [first]
    assert approve(story, case)["items"] == [first]
    assert story.grant()["state"] == "suspended", "a renewal decides nothing on the first"


@everywhere
def test_nothing_is_renewed_on_an_entry_that_has_left_the_catalogue(world: World, place: str) -> None:
    story = Story(world, place)
    story.change(action="withdraw")
    assert story.check()["allowed"] is False
    renew(story, 409)


@everywhere
def test_what_has_become_free_needs_no_grant_and_bears_the_one_there_is(world: World, place: str) -> None:
    story = Story(world, place)
    story.change(share_type="unconditional")
    assert story.grant()["state"] == "active"
    assert (story.check()["allowed"], story.check()["grant"]) == (True, None)
    done(story.revoke())
    assert story.check()["allowed"] is True, "revoked or not: every department may"
    story.is_sound()


@pytest.mark.parametrize("place", ["yima", "yunyang"])
def test_an_open_review_goes_with_its_entry_and_its_new_department_decides_to_the_end(world: World, place: str) -> None:
    story = Story(world, place)
    story.withhold()
    story.change(action="transfer", to="minzheng")
    transfer = done(world.api("admin").get("/cases", procedure="catalogue_update", jurisdiction=place))["items"]
    [open_one] = [one for one in transfer if one["status"] == "open"]
    for key, answer in (("accept_transfer", {"accept": True}), ("review_update", {"decision": "pass"})):
        if key in world.open_tasks(open_one["id"]):
            story.answer(open_one, key, answer)
    review = story.review()
    assert [task["department"] for task in review["tasks"]] == ["minzheng"]
    story.answer(review, "decide_grant", {"decision": "revoke", **ADVERSE})
    assert story.grant()["state"] == "revoked"
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    asked = {task["department"] for task in world.open_tasks(review["id"]).values()}
    assert "gongan" not in asked
    assert asked & {"minzheng", "bureau"}
    assert story.revoke(by="gongan.clerk").status_code == 404
    story.is_sound()


def test_an_open_review_goes_to_the_successor_of_a_provider_that_is_dissolved(world: World) -> None:
    story = Story(world, "yima")
    story.withhold()
    closing = ("--on", story.at.date().isoformat(), "--jurisdiction", "yima", "--successor", "minzheng")
    closed = world.flask("departments", "close", "gongan", *closing)
    assert closed.exit_code == 0, closed.output
    review = story.review()
    assert [task["department"] for task in review["tasks"]] == ["minzheng"]
    story.answer(review, "decide_grant", {"decision": "revoke", **ADVERSE})
    story.answer(review, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    assert "gongan" not in {task["department"] for task in world.open_tasks(review["id"]).values()}
    assert story.grant()["state"] == "revoked"
    assert story.grant()["provider"] == "minzheng"
    story.is_sound()


def test_nobody_asks_for_another_department_nor_another_place(world: World) -> None:
    story = Story(world, "yima")
    asked = {"department": "renshe", "resource": story.code, "items": story.grant()["items"], "purpose": "核验身份"}
    for who in ("yima.shuiwu.clerk", "yima.gongan.clerk", "admin"):
        assert world.api(who).post("/grants/check", asked).status_code == 403, who
    theirs = {**asked, "department": "shuiwu", "grant": story.number}
    assert done(world.api("yima.shuiwu.clerk").post("/grants/check", theirs))["allowed"] is False
    assert done(world.api("yunyang.platform").post("/grants/check", asked))["allowed"] is False
    assert not done(world.api("yima.shuiwu.clerk").get("/uses", resource=story.code, side="supplied"))["items"]


def test_two_tabs_revoke_once(world: World) -> None:
    story = Story(world, "yima")
    done(story.revoke())
    refused = done(story.revoke(by="bureau.clerk"), 409)
    assert "2026-03-09" in refused["detail"]
    assert len(done(world.api("admin").get("/cases", procedure="grant_review"))["items"]) == 1
    assert renew(story, 409)["status"] == 409


MUST_BE_THERE: dict[str, tuple[Any, ...]] = {
    "kept": (reviews.test_a_suspended_grant_is_restored_only_when_the_entry_bears_it_again,),
    "narrowed": (
        reviews.test_a_lost_item_suspends_the_grant_which_is_narrowed,
        disputes.test_what_a_narrowed_grant_lost_comes_back_beside_what_it_kept,
    ),
    "revoked": (
        reviews.test_an_entry_that_becomes_withheld_suspends_its_grants_and_the_provider_decides_anew,
        reviews.test_a_withdrawn_entry_suspends_its_grants_and_leaves_only_revoking,
        reviews.test_a_revocation_carries_what_a_refusal_carries_and_its_holder_is_told_and_may_contest_it,
        disputes.test_a_lost_dispute_leaves_the_grant_revoked,
    ),
    "reinstated": (
        reviews.test_what_the_body_of_a_ladder_gave_back_nobody_below_takes_away,
        disputes.test_a_dispute_gives_back_exactly_the_items_of_its_result,
    ),
    "granted": (  # what is renewed, and what is won of a contested condition, is an application's
        test_a_grant_is_renewed_before_it_ends_and_the_old_one_expires,
        disputes.test_a_contested_condition_that_is_won_changes_the_grant_and_makes_no_second_one,
    ),
}
"""The ways of a grant by the outcome of their case: a part of the matrix that starts with no form (test_matrix.py)."""


def test_every_way_of_a_grant_is_played_in_every_regulation(world: World) -> None:
    offered = done(world.api("admin").get("/procedures"))["items"]
    [drawn] = [one["outcomes"] for one in offered if one["key"] == "grant_review"]
    assert set(drawn) == set(MUST_BE_THERE) - {"granted"}
    for way in (one for ways in MUST_BE_THERE.values() for one in ways):
        [played] = [mark for mark in way.pytestmark if mark.name == "parametrize"]
        assert played.args == ("place", PLACES), way.__name__
