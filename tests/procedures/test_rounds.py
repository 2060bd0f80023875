"""Sending back as often as they like: nothing is lost, nothing grows but the record, and a step costs the same."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from sqlalchemy import func, select

from app.cases.models import Case, Task
from tests.procedures.expected import count
from tests.world import World, done

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
APPLICATION = {"items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface"}


@pytest.mark.parametrize(("place", "code"), [("yima", "YM"), ("jiangmen", "JM")], ids=["running", "pausing"])
@pytest.mark.parametrize("rounds", [60, pytest.param(1000, marks=pytest.mark.load)])
def test_rounds_of_sending_back_lose_nothing_and_cost_no_more(world: World, place: str, code: str, rounds: int) -> None:
    world.at(MONDAY)
    data = {"resource": f"{code}-GA-002", **APPLICATION}
    case_id = world.open_case(f"{place}.renshe.clerk", "conditional_share", data)["id"]
    provider, applicant = world.api(f"{place}.gongan.clerk"), world.api(f"{place}.renshe.clerk")
    costs, sizes = [], []
    for number in range(rounds):
        asked = {"decision": "supplement", "reason": f"第{number}次要求"}
        task = only_task(world, case_id, "provider_review")
        with world.counting() as sent:
            done(provider.post(f"/tasks/{task}/complete", {"data": asked}))
        task = only_task(world, case_id, "applicant_supplement")
        with world.counting() as more:
            done(applicant.post(f"/tasks/{task}/complete", {"data": {"note": f"第{number}次补充"}}))
        costs.append((len(sent), len(more)))
        sizes.append(state_size(world, case_id))
    assert costs[-1] == costs[4]
    assert abs(sizes[-1] - sizes[4]) < 32  # packed ids differ by a few bytes
    look_at_all(world, case_id, rounds)
    world.complete(case_id, "provider_review", {"decision": "approve"})
    assert world.case(case_id)["outcome"] == "granted"


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
    answers = [task["answer"] for task in case["tasks"] if task["status"] == "done"]
    assert [one["reason"] for one in answers[::2]] == [f"第{number}次要求" for number in range(rounds)]
    assert [one["note"] for one in answers[1::2]] == [f"第{number}次补充" for number in range(rounds)]
    assert list(told(world, case_id)) == [one.get("reason") or one["note"] for one in answers]
    [reply] = [one for one in case["deadlines"] if one["rule"] == "conditional_share.reply"]
    days = 5 if case["jurisdiction"] == "yima" else 10
    assert reply["due_on"] == count(MONDAY.date(), days)[-1].isoformat()
    supplements = [one for one in case["deadlines"] if one["rule"] == "conditional_share.supplement"]
    assert [one["state"] for one in supplements] == ["met"] * rounds
    assert world.flask("audit", "verify").exit_code == 0


def told(world: World, case_id: int) -> Iterator[str]:
    for event in world.events(case_id, "task.done"):
        yield event["detail"]["data"].get("reason") or event["detail"]["data"]["note"]
