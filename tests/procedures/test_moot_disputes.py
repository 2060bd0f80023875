"""A dispute whose two sides become one department before it is settled has nothing left to decide: it ends so, whoever
had it before them is told, and what was late stays late (PROCEDURES P4, counting rule 10)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from app.accounts import Department
from app.outbox.models import OutboxMessage
from tests.procedures.grant_story import Story
from tests.procedures.test_dissolving import close
from tests.procedures.test_standing_disputes import TERMS, standing
from tests.procedures.test_standing_recusal import disagreed
from tests.procedures.test_transfer import LATER, Play, everywhere, verified
from tests.world import World

ABOUT = {"other_department": "gongan", "position": "以我方为准"}


def disputed(play: Play, kind: str, by: str = "renshe", **data: Any) -> Any:
    about = {"kind": kind, "resource": play.code, **ABOUT, **data}
    return play.world.open_case(f"{play.place}.{by}.clerk", "dispute", about)


def told(world: World, case: Any) -> set[str]:
    """The departments that have heard that it is moot."""
    with world.database.transaction(write=False) as session:
        rows = select(Department.code).join(OutboxMessage, OutboxMessage.recipient_department_id == Department.id)
        mine = rows.where(OutboxMessage.case_id == case["id"], OutboxMessage.kind == "case_moot")
        return set(session.scalars(mine))


def ended(world: World, case: Any) -> None:
    now = world.case(case["id"])
    assert (now["status"], now["outcome"]) == ("closed", "moot")
    assert not world.open_tasks(case["id"])
    [stopped] = world.events(case["id"], "case.stopped")
    assert stopped["detail"]["outcome"] == "moot"
    assert {one["state"] for one in now["deadlines"]} <= {"met", "missed", "cancelled"}
    assert verified(world) is None


@everywhere
def test_a_transfer_that_makes_both_sides_one_ends_their_dispute_and_its_body_is_told(world: World, place: str) -> None:
    play = Play(world, place)
    case = disputed(play, "quality")
    story = Story.of_case(world, place, play.code, case)
    disagreed(story, case)
    [task] = world.open_tasks(case["id"]).values()
    play.transferred()
    ended(world, case)
    assert {"renshe", "gongan", task["department"]} <= told(world, case)


@everywhere
def test_a_clock_that_was_missed_in_a_dispute_stays_missed_when_it_becomes_moot(world: World, place: str) -> None:
    play = Play(world, place)
    case = disputed(play, "quality")
    disagreed(Story.of_case(world, place, play.code, case), case)
    world.at("2026-04-20T10:00:00+08:00")
    world.tick()
    assert close(world, place).exit_code == 0
    ended(world, case)
    [clock] = [one for one in world.case(case["id"])["deadlines"] if one["rule"] == "dispute.coordinate"]
    assert (clock["state"], clock["days_late"] > 0) == ("missed", True)


@everywhere
def test_a_dispute_that_the_provider_began_is_moot_once_the_other_side_has_the_entry(world: World, place: str) -> None:
    story = Story(world, place, TERMS)
    story.answer(story.case, "applicant_response", {"response": "accept"})
    case = standing(story, "conditions", by="gongan")
    Play(world, place).transferred()
    ended(world, case)


@everywhere
def test_departments_that_merge_have_no_records_left_that_differ(world: World, place: str) -> None:
    play = Play(world, place)
    case = disputed(play, "inconsistent_records")
    settled = disputed(play, "inconsistent_records")
    disagreed(Story.of_case(world, place, play.code, settled), settled)
    world.complete(settled["id"], "coordinate", {"decision": "record_of", "of_department": "renshe", "ground": "原件"})
    world.at(LATER)
    assert close(world, place).exit_code == 0
    ended(world, case)
    [(key, task)] = world.open_tasks(settled["id"]).items()  # what was settled is carried out all the same
    assert (key, task["department"]) == ("correct_record", "renshe")


@everywhere
def test_the_review_of_a_grant_is_moot_once_its_holder_has_the_entry(world: World, place: str) -> None:
    story = Story(world, place)
    story.withhold()
    review = story.review()
    Play(world, place).transferred()
    ended(world, review)
