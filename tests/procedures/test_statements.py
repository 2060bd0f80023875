"""What a step costs in statements, BEGIN and COMMIT left out: limits that no change may pass unseen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import event

from tests.world import World, done, on_both

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
MOST_TO_CREATE = 14
MOST_TO_COMPLETE = {"supplement": 14, "approve": 18, "refuse": 18}
"""Of a whole request, who is asking and the simulated clock included. An approval writes a numbered letter and a grant,
a refusal writes its letter and opens the applicant's task under a clock of its own. A letter is written in words as it
is issued, and reads the entry for the names of its items."""
MOST_TO_LIST, MOST_FOR_INBOX = 5, 6
ANSWERS: list[dict[str, Any]] = [
    {"decision": "approve"},
    {"decision": "supplement", "reason": "请补充"},
    {"decision": "refuse", "reason": "无关", "basis": {"kind": "law", "title": "某法", "article": "第一条"}},
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
def test_completing_a_task_is_one_commit_and_few_statements(warm: World, answer: dict[str, Any]) -> None:
    task, caller = review_of(warm), warm.api("yima.gongan.clerk")
    with warm.counting() as sent, commits(warm) as made:
        done(caller.post(f"/tasks/{task}/complete", {"data": answer}))
    assert len(made) == 1
    assert len(sent) <= MOST_TO_COMPLETE[answer["decision"]], "\n".join(sent)


@on_both
def test_creating_a_case_is_one_commit_and_few_statements(warm: World) -> None:
    with warm.counting() as sent, commits(warm) as made:
        opened(warm)
    assert len(made) == 1
    assert len(sent) <= MOST_TO_CREATE, "\n".join(sent)


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
