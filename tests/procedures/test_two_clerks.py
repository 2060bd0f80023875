"""Two people on one task: it is done once, the other is told by whom and when, and the case is unharmed."""

from __future__ import annotations

import json
import threading
from datetime import datetime
from typing import Any

from werkzeug.test import TestResponse

from tests.world import World, done, on_both

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
APPROVE = {"decision": "approve"}
REFUSE = {"decision": "refuse", "reason": "无关", "basis": {"kind": "law", "title": "某法", "article": "第一条"}}


def review(world: World) -> dict[str, Any]:
    world.at(MONDAY)
    case = world.open_case("yima.renshe.clerk", "conditional_share", APPLICATION)
    return world.open_tasks(case["id"])["provider_review"]


def complete(world: World, username: str, task: dict[str, Any], data: dict[str, Any]) -> TestResponse:
    return world.api(username).post(f"/tasks/{task['id']}/complete", {"data": data})


def test_the_second_clerk_is_told_who_did_it_and_when(world: World) -> None:
    task = review(world)
    first = done(complete(world, "yima.gongan.clerk", task, APPROVE))
    world.at(MONDAY.replace(hour=11))
    late = complete(world, "yima.gongan.clerk2", task, REFUSE)
    assert (late.status_code, late.json["type"]) == (409, "task-done")
    name = next(one["name"] for one in accounts(world) if one["username"] == "yima.gongan.clerk")
    assert name in late.json["detail"]
    assert "2026-03-09 10:00" in late.json["detail"]
    case = world.case(task["case"])
    assert (case["outcome"], first["answer"]["decision"]) == ("granted", "approve")
    assert len(done(world.api("admin").get("/grants", case=case["id"]))["items"]) == 1


def accounts(world: World) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(world.flask("accounts", "list", "--json").stdout)
    return found


def test_the_same_clerk_repeating_gets_the_first_answer(world: World) -> None:
    task = review(world)
    first = done(complete(world, "yima.gongan.clerk", task, APPROVE))
    before = world.events(task["case"])
    assert done(complete(world, "yima.gongan.clerk", task, REFUSE)) == first
    assert world.events(task["case"]) == before


def test_another_departments_task_is_not_there(world: World) -> None:
    task = review(world)
    for stranger in ("yima.minzheng.clerk", "yima.renshe.clerk", "yima.bureau.clerk", "yunyang.gongan.clerk"):
        assert complete(world, stranger, task, APPROVE).status_code == 404, stranger
        assert world.api(stranger).post(f"/tasks/{task['id']}/claim").status_code == 404, stranger
    assert "provider_review" in world.open_tasks(task["case"])


def test_the_exchange_platform_and_administrators_do_no_tasks(world: World) -> None:
    task = review(world)
    for other in ("yima.platform", "admin"):
        assert complete(world, other, task, APPROVE).status_code == 404, other


def test_a_task_of_the_head_is_not_the_clerks(world: World) -> None:
    world.at(MONDAY)
    data = {"resource": "YY-GA-002", "items": ["name"], "doubt": "姓名不符"}
    case = world.open_case("yunyang.renshe.clerk", "data_error", data)
    verify = world.open_tasks(case["id"])["verify_error"]
    clerk = world.api("yunyang.gongan.clerk")
    done(clerk.post(f"/deadlines/{verify['deadline']}/extend", {"days": 3, "reason": "调档"}))
    consent = world.open_tasks(case["id"])["consent_extension"]
    assert complete(world, "yunyang.gongan.clerk", consent, {"consent": True}).status_code == 403
    assert complete(world, "yunyang.minzheng.head", consent, {"consent": True}).status_code == 404
    done(complete(world, "yunyang.gongan.head", consent, {"consent": True}))


def test_a_head_may_do_what_the_clerk_may(world: World) -> None:
    task = review(world)
    assert done(complete(world, "yima.gongan.head", task, APPROVE))["assignee"] == "yima.gongan.head"


def test_a_claimed_task_waits_for_its_holder(world: World) -> None:
    task = review(world)
    assert done(world.api("yima.gongan.clerk").post(f"/tasks/{task['id']}/claim"))["assignee"] == "yima.gongan.clerk"
    other = world.api("yima.gongan.clerk2")
    assert other.post(f"/tasks/{task['id']}/claim").json["type"] == "task-claimed"
    assert complete(world, "yima.gongan.clerk2", task, APPROVE).json["type"] == "task-claimed"
    assert other.post(f"/tasks/{task['id']}/release").status_code == 403
    done(world.api("yima.gongan.clerk").post(f"/tasks/{task['id']}/transfer", {"to": "yima.gongan.clerk2"}))
    done(complete(world, "yima.gongan.clerk2", task, APPROVE))


def test_what_a_colleague_has_claimed_is_not_acted_upon_either(world: World) -> None:
    world.at(MONDAY)
    report = {"resource": "YY-ZG-002", "items": ["name"], "doubt": "姓名不符"}
    case = world.open_case("yunyang.renshe.clerk", "data_error", report)
    task = world.open_tasks(case["id"])["verify_error"]
    clock = next(one for one in world.case(case["id"])["deadlines"] if one["rule"] == "data_error.reply")
    done(world.api("yunyang.bureau.clerk").post(f"/tasks/{task['id']}/claim"))
    more = {"days": 2, "reason": "需调取纸质档案"}
    refused = done(world.api("yunyang.bureau.clerk2").post(f"/deadlines/{clock['id']}/extend", more), 409)
    assert refused["type"] == "task-claimed"
    done(world.api("yunyang.bureau.clerk").post(f"/deadlines/{clock['id']}/extend", more))


@on_both
def test_of_two_at_the_same_moment_one_gets_200_and_one_409(world: World) -> None:
    for _ in range(5):
        task = review(world)
        answers = at_once(world, task, {"yima.gongan.clerk": APPROVE, "yima.gongan.clerk2": REFUSE})
        assert sorted(answers.values()) == [200, 409]
        [winner] = [username for username, status in answers.items() if status == 200]
        case = world.case(task["case"])
        [shown] = [one for one in case["tasks"] if one["id"] == task["id"]]
        assert shown["assignee"] == winner
        assert case["outcome"] == ("granted" if winner == "yima.gongan.clerk" else None)
        assert len(world.events(case["id"], "task.done")) == 1
    assert world.flask("audit", "verify").exit_code == 0


@on_both
def test_who_is_turned_away_holds_up_nobody(world: World) -> None:
    """The case is locked with the same breath that asks who is there; a stranger's lock ends with their answer."""
    task = review(world)
    before = world.events(task["case"])
    for username, status in (("nobody", 401), ("jiangmen.gongan.clerk", 404)):
        assert complete(world, username, task, APPROVE).status_code == status
    missing = {**task, "id": 10**6}
    assert complete(world, "yima.gongan.clerk", missing, APPROVE).status_code == 404
    assert world.events(task["case"]) == before
    done(complete(world, "yima.gongan.clerk", task, APPROVE))


def at_once(world: World, task: dict[str, Any], answers: dict[str, dict[str, Any]]) -> dict[str, int]:
    """What each of them gets who answer at the same moment."""
    got: dict[str, int] = {}
    ready = threading.Barrier(len(answers))

    def act(username: str, data: dict[str, Any]) -> None:
        ready.wait()
        got[username] = complete(world, username, task, data).status_code

    clerks = [threading.Thread(target=act, args=pair) for pair in answers.items()]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    return got
