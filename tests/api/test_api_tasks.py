"""Tasks over the API: lists, forms, claiming, handing over, answering once."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from tests.api.small_world import World

APPROVE = {"data": {"decision": "approve"}}


@pytest.fixture
def task(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.apply()["tasks"][0]
    return found


def test_a_clerk_finds_what_waits_and_an_applicant_what_it_waits_for(world: World, task: dict[str, Any]) -> None:
    mine: Any = world.as_("yima.gongan.clerk").get("/tasks", status="open", mine=1, sort="due_at").json
    assert mine == {"items": [task], "next": None}
    applicant = world.as_("yima.minzheng.clerk")
    assert applicant.get("/tasks", mine=1).json == {"items": [], "next": None}
    assert applicant.get("/tasks").json == mine


def test_lists_page_by_due_date_and_undated_last(world: World) -> None:
    reports = [world.report("yunyang")["id"] for _ in range(2)]
    applied = [world.apply("yunyang")["id"] for _ in range(3)]
    clerk = world.as_("yunyang.gongan.clerk")
    seen: list[dict[str, Any]] = []
    after = None
    while True:
        page: Any = clerk.get("/tasks", mine=1, limit=2, **({"after": after} if after else {})).json
        seen += page["items"]
        after = page["next"]
        if after is None:
            break
    assert sorted(one["case"] for one in seen) == sorted(reports + applied)
    assert [one["due_at"] for one in seen] == sorted(one["due_at"] for one in seen)
    [one] = [one for one in seen if one["case"] == applied[0]]
    assert clerk.get("/tasks", case=applied[0]).json["items"] == [one]


def test_the_form_is_a_json_schema_that_takes_what_complete_takes(world: World, task: dict[str, Any]) -> None:
    clerk = world.as_("yima.gongan.clerk")
    shown: Any = clerk.get(f"/tasks/{task['id']}").json
    assert {name: shown[name] for name in task} == task
    form = jsonschema_rs.validator_for(shown["form"])
    assert form.is_valid({"decision": "approve"})
    assert not form.is_valid({"decision": "perhaps"})
    assert not form.is_valid({})
    clerk.post(f"/tasks/{task['id']}/complete", APPROVE)
    assert clerk.get(f"/tasks/{task['id']}").json["form"] is None


def test_claim_release_transfer(world: World, task: dict[str, Any]) -> None:
    one, two = world.as_("yima.gongan.clerk"), world.as_("yima.gongan.clerk2")
    path = f"/tasks/{task['id']}"
    assert one.post(f"{path}/claim").json["assignee"] == "yima.gongan.clerk"
    assert one.post(f"{path}/claim").status_code == 200
    assert two.post(f"{path}/claim").status_code == 409
    assert two.post(f"{path}/release").status_code == 403
    assert one.post(f"{path}/transfer", {"to": "yima.minzheng.clerk"}).status_code == 422
    assert one.post(f"{path}/transfer", {"to": "nobody"}).status_code == 422
    assert one.post(f"{path}/transfer", {"to": "yima.gongan.clerk2"}).json["assignee"] == "yima.gongan.clerk2"
    assert two.post(f"{path}/release").json["assignee"] is None


def test_an_unclaimed_task_is_claimed_by_completing_it(world: World, task: dict[str, Any]) -> None:
    done: Any = world.as_("yima.gongan.clerk").post(f"/tasks/{task['id']}/complete", APPROVE).json
    assert (done["status"], done["assignee"], done["lamp"]) == ("done", "yima.gongan.clerk", "none")
    assert done["closed_at"] is not None


def test_the_same_person_repeating_gets_the_first_answer_and_anybody_else_a_conflict(
    world: World, task: dict[str, Any]
) -> None:
    path = f"/tasks/{task['id']}/complete"
    first = world.as_("yima.gongan.clerk").post(path, APPROVE)
    again = world.as_("yima.gongan.clerk").post(
        path, {"data": {"decision": "refuse", "reason": "x", "basis": {"kind": "law", "title": "y"}}}
    )
    other = world.as_("yima.gongan.clerk2").post(path, APPROVE)
    assert (first.status_code, again.status_code, other.status_code) == (200, 200, 409)
    assert again.json == first.json
    case: Any = world.as_("admin").get(f"/cases/{task['case']}").json
    assert case["outcome"] == "granted"


def test_a_head_may_do_what_the_clerk_has_claimed(world: World, task: dict[str, Any]) -> None:
    world.as_("yima.gongan.clerk").post(f"/tasks/{task['id']}/claim")
    path = f"/tasks/{task['id']}/complete"
    assert world.as_("yima.gongan.clerk2").post(path, APPROVE).status_code == 409
    assert world.as_("yima.gongan.head").post(path, APPROVE).status_code == 200


def test_answers_are_judged_field_by_field(world: World, task: dict[str, Any]) -> None:
    clerk, path = world.as_("yima.gongan.clerk"), f"/tasks/{task['id']}/complete"
    assert list(clerk.post(path, {}).json["errors"]) == ["data"]
    assert set(clerk.post(path, {"decision": "approve"}).json["errors"]) == {"data", "decision"}
    refused: Any = clerk.post(path, {"data": {"decision": "refuse"}}).json
    assert set(refused["errors"]) == {"reason", "basis"}
    assert world.open_task({"id": task["case"]}, "provider_review")["assignee"] is None


@pytest.mark.parametrize("given", [10**40, -(10**18) * 100, "x\x00", 7, [], {}, "perhaps"])
def test_whatever_is_wrong_with_an_answer_its_field_is_named_alone(
    given: Any, world: World, task: dict[str, Any]
) -> None:
    for call in ("complete", "preview"):
        path = f"/tasks/{task['id']}/{call}"
        answer: Any = world.as_("yima.gongan.clerk").post(path, {"data": {"decision": given}})
        assert (answer.status_code, list(answer.json["errors"])) == (422, ["decision"])


def test_a_task_of_another_department_cannot_be_done_even_where_it_is_seen(world: World, task: dict[str, Any]) -> None:
    for seen_by in ("yima.minzheng.clerk", "yima.bureau.clerk", "admin"):
        assert world.as_(seen_by).get(f"/tasks/{task['id']}").status_code == 200
        assert world.as_(seen_by).post(f"/tasks/{task['id']}/complete", APPROVE).status_code == 404


def test_overdue_tasks_are_red_and_found(world: World, task: dict[str, Any]) -> None:
    clerk = world.as_("yima.gongan.clerk")
    assert clerk.get("/tasks", overdue=1).json["items"] == []
    world.at("2026-03-13T09:00:00+08:00")
    assert clerk.get(f"/tasks/{task['id']}").json["lamp"] == "amber"
    world.at("2026-03-17T23:59:59+08:00")  # the day is the law's, not our closing hour
    assert clerk.get("/tasks", overdue=1).json["items"] == []
    world.at("2026-03-18T00:00:01+08:00")
    [late] = clerk.get("/tasks", overdue=1).json["items"]
    assert (late["id"], late["lamp"]) == (task["id"], "red")
    assert clerk.get("/tasks", overdue=0).json["items"] == []


def _both_at_once(world: World) -> None:
    from concurrent.futures import ThreadPoolExecutor

    for _ in range(3):
        path = f"/tasks/{world.apply()['tasks'][0]['id']}/complete"
        callers = [world.as_("yima.gongan.clerk"), world.as_("yima.gongan.clerk2")] * 2
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda caller, path=path: caller.post(path, APPROVE).status_code, callers))
        assert sorted(statuses) == [200, 200, 409, 409], "the winner repeats, the other is told"


def test_of_two_people_at_the_same_moment_one_completes(world: World) -> None:
    _both_at_once(world)


@pytest.mark.postgres
def test_of_two_people_at_the_same_moment_one_completes_on_postgres(world_on_postgres: World) -> None:
    _both_at_once(world_on_postgres)
