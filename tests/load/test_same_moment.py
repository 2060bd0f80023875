"""Many people reach for the same thing at the same moment, through the API: one gets it, and the others are told."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlalchemy import func, select
from werkzeug.test import TestResponse

from app.cases.models import Case
from tests.load.clerks import APPLICATION, clerk
from tests.load.conftest import Told
from tests.load.ground import employ, size, spread
from tests.load.sound import faults
from tests.world import World, on_both

OPENED = "2026-03-10T10:00:00+08:00"
CLERKS, TASKS = 8, size(50, 300)
DATA = {**APPLICATION, "resource": "YM-GA-002"}
Timed = tuple[TestResponse, float]


def _all_at_once(calls: list[Callable[[], TestResponse]], rounds: int) -> list[list[Timed]]:
    """Each call in a thread of its own, all begun at the same moment, round after round."""
    barrier = Barrier(len(calls))

    def repeat(call: Callable[[], TestResponse]) -> list[Timed]:
        answers = []
        for _ in range(rounds):
            barrier.wait(30)
            began = time.perf_counter()
            answers.append((call(), time.perf_counter() - began))
        return answers

    with ThreadPoolExecutor(len(calls)) as threads:
        return list(threads.map(repeat, calls))


@on_both
def test_of_eight_clerks_on_one_task_exactly_one_completes_it(world: World, figures: Told) -> None:
    world.at(OPENED)
    employ(world.database, CLERKS, "yima", ["gongan"])
    cases = [world.open_case("yima.renshe.clerk", "conditional_share", DATA) for _ in range(TASKS)]
    tasks = [case["tasks"][0]["id"] for case in cases]

    def completing(seat: int) -> Callable[[], TestResponse]:
        caller, left = world.api(clerk("yima", "gongan", str(seat))), iter(tasks)
        return lambda: caller.post(f"/tasks/{next(left)}/complete", {"data": {"decision": "approve"}})

    answers = _all_at_once([completing(seat) for seat in range(CLERKS)], TASKS)
    for number, case in enumerate(cases):
        statuses = Counter(one[number][0].status_code for one in answers)
        assert statuses == {200: 1, 409: CLERKS - 1}, case["number"]
    refused = [answer for one in answers for answer in one if answer[0].status_code == 409]
    assert {answer.json["type"] for answer, _ in refused} == {"task-done"}
    assert {world.case(case["id"])["outcome"] for case in cases} == {"granted"}
    assert faults(world.database) == []
    winners = Counter(seat for seat, one in enumerate(answers) for answer, _ in one if answer.status_code == 200)
    figures(
        tasks=TASKS,
        refused=len(refused),
        won=sorted(winners.values()),
        refusals=spread([taken for _, taken in refused]),
    )


@on_both
def test_the_same_idempotency_key_from_eight_threads_is_one_case(world: World, figures: Told) -> None:
    world.at(OPENED)
    rounds = size(10, 60)
    body = {"procedure": "conditional_share", "jurisdiction": "yima", "data": DATA}

    def opening() -> Callable[[], TestResponse]:
        caller, keys = world.api("yima.renshe.clerk"), iter(range(rounds))
        return lambda: caller.post("/cases", body, {"Idempotency-Key": f"key-{next(keys)}"})

    answers = _all_at_once([opening() for _ in range(CLERKS)], rounds)
    for number in range(rounds):
        given = [one[number][0] for one in answers]
        assert {answer.status_code for answer in given} == {201}
        assert len({answer.json["id"] for answer in given}) == 1
    with world.database.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Case)) == rounds
    assert faults(world.database) == []
    figures(cases=rounds, calls=rounds * CLERKS, answers=spread([taken for one in answers for _, taken in one]))
