"""What the law has set is shown before a target of our own, in whoever's hands the file lies (counting rules 7, 11)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from app.floor.clock import OFFICE
from tests.procedures.test_reminders import readers
from tests.world import World, done

BEGUN = datetime(2026, 3, 3, 10, 0, tzinfo=OFFICE)
DRAFT = {"changes": [{"resource": "YM-GA-001", "action": "change", "name": "户籍登记信息（修订）"}]}


@pytest.fixture
def drafted(world: World) -> int:
    """An update that its department drafts near the end of the period, which only publication meets."""
    world.at(BEGUN)
    case = world.open_case(
        "yima.gongan.clerk",
        "catalogue_update",
        {"trigger": "law", "changed_on": "2026-03-02", "description": "修法", "resources": ["YM-GA-001"]},
    )
    world.at(BEGUN + timedelta(days=10))
    world.complete(case["id"], "draft_update", DRAFT)
    return int(case["id"])


def lapsed(world: World, case_id: int) -> None:
    """The day after the period of the law."""
    due = datetime.fromisoformat(world.open_tasks(case_id)["review_update"]["due_at"])
    world.at(due.replace(hour=10) + timedelta(days=1))


def test_a_review_shows_the_period_of_the_law_that_only_publication_meets(world: World, drafted: int) -> None:
    [clock] = [one for one in world.case(drafted)["deadlines"] if one["rule"] == "catalogue_update.update"]
    [own] = [one for one in world.case(drafted)["deadlines"] if one["rule"] == "catalogue_update.review"]
    task = world.open_tasks(drafted)["review_update"]
    assert own["due_on"] > clock["due_on"], "the target of the review ends after the period of the law"
    assert (task["due_kind"], task["due_at"][:10]) == ("statutory", clock["due_on"])


def test_a_review_is_late_when_the_period_of_the_law_has_run_out(world: World, drafted: int) -> None:
    bureau = world.api("yima.bureau.clerk")
    lapsed(world, drafted)
    assert world.open_tasks(drafted)["review_update"]["lamp"] == "red"
    listed = done(bureau.get("/tasks", overdue=1, mine=1))["items"]
    assert [one["key"] for one in listed if one["case"] == drafted] == ["review_update"]


def test_the_duty_stays_with_the_department_while_the_bureau_reviews_and_both_are_told(
    world: World, drafted: int
) -> None:
    lapsed(world, drafted)
    world.tick()
    told = dict(readers(world, drafted, "catalogue_update.update"))
    assert {department for department, _ in told["overdue"]} == {"gongan", "bureau"}


def test_a_correction_that_another_department_owes_is_told_to_nobody_who_corrects_a_record_of_its_own(
    world: World,
) -> None:
    world.at(BEGUN)
    doubt = {"resource": "JM-GA-002", "items": ["name"], "doubt": "姓名不符"}
    case = int(world.open_case("jiangmen.renshe.clerk", "data_error", doubt)["id"])
    world.complete(case, "verify_error", {"finding": "no_error", "explanation": "与原始档案一致"})
    world.complete(case, "reporter_response", {"response": "dispute", "position": "证件原件为准"})
    world.complete(case, "negotiate_provider", {"agreed": False, "position": "不同意"})
    world.complete(case, "coordinate", {"decision": "neither", "ground": "双方均为转录"})
    asked = {key: task["department"] for key, task in world.open_tasks(case).items()}
    assert asked == {"correct_record": "renshe", "correct_second_record": "gongan"}
    for days in range(1, 40):
        world.at(BEGUN + timedelta(days=days))
        world.tick()
    told = {kind: {one for one, _ in whom} for kind, whom in readers(world, case, "data_error.correct")}
    assert told == {"reminder": {"gongan"}, "overdue": {"gongan", "bureau"}}
