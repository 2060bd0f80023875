"""Sending back as often as they like: nothing is lost, nothing grows but the record, and a step costs the same."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import func, select

from app.cases.models import Case, Task
from tests.load.ground import size
from tests.procedures.expected import count
from tests.world import World, done

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
RETURNS = {"yima": "review_update", "jiangmen": "coordinate"}
"""The step that sends a draft back: the bureau's review or, where it only collects, the end of a dispute over a
transfer that was refused."""
REFUSED = {"accept": False, "reason": "职能未划入"}


@pytest.mark.parametrize(("place", "code"), [("yima", "YM"), ("jiangmen", "JM")], ids=["running", "pausing"])
@pytest.mark.parametrize("rounds", [pytest.param(size(60, 1000), marks=pytest.mark.load)])
def test_rounds_of_sending_back_lose_nothing_and_cost_no_more(world: World, place: str, code: str, rounds: int) -> None:
    world.at(MONDAY)
    about = {
        "trigger": "duties",
        "changed_on": "2026-03-09",
        "description": "职能调整",
        "resources": [f"{code}-GA-002"],
    }
    case_id = world.open_case(f"{place}.gongan.clerk", "catalogue_update", about)["id"]
    drafter, judge, returns = world.api(f"{place}.gongan.clerk"), world.api(f"{place}.bureau.clerk"), RETURNS[place]
    world.complete(case_id, "draft_update", draft(place, code, "首次报送"))
    [update] = [one["id"] for one in world.case(case_id)["deadlines"] if one["rule"] == "catalogue_update.update"]
    costs, sizes = [], []
    for number in range(rounds):
        if place == "jiangmen":
            world.complete(case_id, "accept_transfer", REFUSED)
        task = only_task(world, case_id, returns)
        with world.counting() as sent:
            done(judge.post(f"/tasks/{task}/complete", {"data": sending_back(place, f"第{number}次要求")}))
        task = only_task(world, case_id, "draft_update")
        if place == "jiangmen":
            done(judge.post(f"/deadlines/{update}/pause", {"ground": "supplement"}))
            done(judge.post(f"/deadlines/{update}/resume"))
        with world.counting() as more:
            done(drafter.post(f"/tasks/{task}/complete", {"data": draft(place, code, f"第{number}次补充")}))
        costs.append((len(sent), len(more)))
        sizes.append(state_size(world, case_id))
    assert costs[-1] == costs[4]
    assert abs(sizes[-1] - sizes[4]) < 32  # packed ids differ by a few bytes
    look_at_all(world, case_id, rounds)
    key, answer = (returns, {"decision": "pass"}) if place == "yima" else ("accept_transfer", {"accept": True})
    world.complete(case_id, key, answer)
    assert world.case(case_id)["outcome"] == "published"


def draft(place: str, code: str, summary: str) -> dict[str, Any]:
    if place == "yima":
        return {"changes": [{"resource": f"{code}-GA-002", "action": "change", "summary": summary}]}
    changed = {"resource": f"{code}-GA-001", "action": "change", "summary": summary}
    return {"changes": [changed, {"resource": f"{code}-GA-002", "action": "transfer", "to": "renshe"}]}


def sending_back(place: str, said: str) -> dict[str, Any]:
    if place == "yima":
        return {"decision": "return", "remarks": said}
    return {"decision": "record_of", "of_department": "gongan", "ground": said}


def only_task(world: World, case_id: int, key: str) -> int:
    """The open task of the case; there is exactly one."""
    with world.database.transaction(write=False) as session:
        open_tasks = select(Task.id, Task.key).where(Task.case_id == case_id, Task.status == "open")
        [(task_id, found)] = session.execute(open_tasks).all()
    assert found == key
    return int(task_id)


def state_size(world: World, case_id: int) -> int:
    with world.database.transaction(write=False) as session:
        return int(session.scalar(select(func.length(Case.state)).where(Case.id == case_id)) or 0)


def look_at_all(world: World, case_id: int, rounds: int) -> None:
    """Every answer of every round is in the case and in its history, and its clocks are what they were."""
    case = world.case(case_id)
    done_ = [task for task in case["tasks"] if task["status"] == "done" and task["key"] != "accept_transfer"]
    answers = [said(task["answer"]) for task in done_]
    assert answers[0] == "首次报送"
    assert answers[1::2] == [f"第{number}次要求" for number in range(rounds)]
    assert answers[2::2] == [f"第{number}次补充" for number in range(rounds)]
    told = [event["detail"] for event in world.events(case_id, "task.done")]
    assert [said(one["data"]) for one in told if one["key"] != "accept_transfer"] == answers
    [update] = [one for one in case["deadlines"] if one["rule"] == "catalogue_update.update"]
    assert update["due_on"] == count(MONDAY.date(), 10)[-1].isoformat()
    assert len(update["pauses"]) == (rounds if case["jurisdiction"] == "jiangmen" else 0)
    redrafts = [one for one in case["deadlines"] if one["rule"] == "catalogue_update.redraft"]
    assert [one["state"] for one in redrafts] == ["met"] * rounds
    assert world.flask("audit", "verify").exit_code == 0


def said(answer: dict[str, Any]) -> str:
    if "changes" in answer:
        return str(answer["changes"][0]["summary"])
    return str(answer.get("remarks") or answer["ground"])
