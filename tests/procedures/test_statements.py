"""What a step costs in statements, BEGIN and COMMIT left out: limits that no change may pass unseen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from app.accounts import actor_by_username
from app.cases import flow
from tests.world import World, done, on_both

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
MOST_IN_A_STEP = 16
AND_A_LETTER_WITH_THE_NEXT_TASK = 1
"""A refusal does both: it issues its letter and opens the applicant's task with a clock of its own."""
MOST_FOR_THE_DOOR = {"complete": 3, "create": 5}
"""Of a whole request: the simulated clock, who asks, and what is answered come on top of the step."""
MOST_TO_LIST, MOST_FOR_INBOX = 5, 6
ANSWERS: list[dict[str, Any]] = [
    {"decision": "approve", "conditions": "按人核验", "period_months": 12},
    {"decision": "supplement", "reason": "请补充"},
    {"decision": "refuse", "reason": "无关", "basis": "某法第一条"},
]
each_answer = pytest.mark.parametrize("answer", ANSWERS, ids=[one["decision"] for one in ANSWERS])


@pytest.fixture
def warm(world: World) -> World:
    """The first case pays for plans, rules and calendars, once a process; that is not measured here."""
    world.at(MONDAY)
    world.complete(opened(world)["id"], "provider_review", ANSWERS[0])
    return world


def opened(world: World) -> Any:
    return world.open_case("yima.renshe.clerk", "conditional_share", APPLICATION)


def review_of(world: World) -> int:
    [task] = [one for one in opened(world)["tasks"] if one["status"] == "open"]
    return int(task["id"])


def in_a_step(world: World, username: str, do: Callable[..., Any]) -> list[str]:
    """The statements of one function of the corridor, by whoever acts."""
    with world.database.transaction() as session:
        actor = actor_by_username(session, username)
        with world.counting() as sent:
            do(session, actor)
    return sent


def most_for(answer: dict[str, Any]) -> int:
    return MOST_IN_A_STEP + (AND_A_LETTER_WITH_THE_NEXT_TASK if answer["decision"] == "refuse" else 0)


@contextmanager
def commits(world: World) -> Iterator[list[object]]:
    made: list[object] = []

    def note(connection: object) -> None:
        made.append(connection)

    event.listen(world.database.engine, "commit", note)
    yield made
    event.remove(world.database.engine, "commit", note)


@on_both
@each_answer
def test_a_step_is_at_most_sixteen_statements(warm: World, answer: dict[str, Any]) -> None:
    task = review_of(warm)
    sent = in_a_step(warm, "yima.gongan.clerk", lambda session, actor: flow.complete_task(session, actor, task, answer))
    assert len(sent) <= most_for(answer), "\n".join(sent)


@on_both
def test_opening_a_case_is_at_most_sixteen_statements(warm: World) -> None:
    sent = in_a_step(
        warm,
        "yima.renshe.clerk",
        lambda session, actor: flow.open_case(session, actor, "conditional_share", "yima", APPLICATION),
    )
    assert len(sent) <= MOST_IN_A_STEP, "\n".join(sent)


@each_answer
def test_completing_a_task_is_one_commit(warm: World, answer: dict[str, Any]) -> None:
    task, caller = review_of(warm), warm.api("yima.gongan.clerk")
    with warm.counting() as sent, commits(warm) as made:
        done(caller.post(f"/tasks/{task}/complete", {"data": answer}))
    assert len(made) == 1
    assert len(sent) <= most_for(answer) + MOST_FOR_THE_DOOR["complete"], "\n".join(sent)


def test_creating_a_case_is_one_commit(warm: World) -> None:
    with warm.counting() as sent, commits(warm) as made:
        opened(warm)
    assert len(made) == 1
    assert len(sent) <= MOST_IN_A_STEP + MOST_FOR_THE_DOOR["create"], "\n".join(sent)


def test_a_page_costs_the_same_however_much_is_on_it(warm: World) -> None:
    for _ in range(51):
        opened(warm)
    limits = {
        ("yima.bureau.clerk", "/cases"): MOST_TO_LIST,
        ("yima.renshe.clerk", "/cases"): MOST_TO_LIST,
        ("yima.gongan.clerk", "/tasks"): MOST_FOR_INBOX,
    }
    for (caller, path), most in limits.items():
        with warm.counting() as sent:
            page = done(warm.api(caller).get(path, limit=50, **({"mine": 1} if path == "/tasks" else {})))
        assert (len(page["items"]), page["next"] is not None) == (50, True)
        assert len(sent) <= most, "\n".join(sent)
