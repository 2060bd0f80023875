"""Tasks and departments are what the histories tell of them: what was changed behind the program's back is found."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, text, update

from app.accounts import Department
from app.cases.models import Case, Deadline, Task
from app.database.transactions import Base
from tests.procedures.test_audit import APPLICATION, BASIS, MONDAY, YIMA, found_after, granted, paused
from tests.world import World

SWAPPED = "update {table} set {column} = case {column} when {a} then {b} when {b} then {a} else {column} end"
TASKS: dict[str, Any] = {
    "a step done by another": update(Task).where(Task.status == "done").values(closed_by_id=1),
    "a step done by nobody": update(Task).where(Task.status == "done").values(closed_by_id=None),
    "a step done another day": update(Task)
    .where(Task.status == "done")
    .values(closed_at=datetime(2026, 3, 1, tzinfo=UTC)),
    "another step": update(Task).where(Task.status == "done").values(key="bureau_authorise"),
    "another lane": update(Task).where(Task.status == "done").values(lane="bureau"),
    "a step of another department": update(Task).where(Task.status == "done").values(department_id=1),
    "a step of the head's": update(Task).where(Task.status == "open").values(role="head"),
    "a step opened another day": update(Task).values(opened_at=datetime(2026, 3, 1, tzinfo=UTC)),
    "a step no longer needed": update(Task).where(Task.status == "open").values(status="cancelled"),
    "a step begun anew": update(Task).where(Task.status == "done").values(status="open"),
    "an open step taken out": delete(Task).where(Task.status == "open"),
}


@pytest.mark.parametrize("forgery", TASKS, ids=str)
def test_a_forged_task_is_found(world: World, forgery: str) -> None:
    world.at(MONDAY)
    case = world.open_case("yima.renshe.clerk", "conditional_share", APPLICATION)
    world.complete(case["id"], "provider_review", {"decision": "refuse", "reason": "与职责无关", "basis": BASIS})
    assert world.flask("audit", "verify").exit_code == 0
    assert re.search(
        r"^case:YM-GX-2026-0001: not as it was told: task \w+", found_after(world, TASKS[forgery]), re.MULTILINE
    )


@pytest.mark.parametrize(
    "quiet", [{"watch_at": None}, {"watch_at": None, "overdue_for": date(2030, 1, 1)}], ids=["unwatched", "told"]
)
def test_a_clock_of_which_nobody_would_hear_is_found(world: World, quiet: dict[str, Any]) -> None:
    paused(world)
    found = found_after(world, update(Deadline).where(Deadline.state == "running").values(**quiet))
    assert "case:YM-JH-2026-0001: nobody would be told of its clocks: data_error.reply" in found


def swap_departments(world: World) -> None:
    """Two departments change codes, and their accounts go along: whoever held a grant is now the other."""
    with world.database.transaction() as session:
        a, b = session.scalars(select(Department.id).where(YIMA, Department.code.in_(("renshe", "ziran")))).all()
        codes = dict(session.execute(select(Department.id, Department.code).where(Department.id.in_((a, b)))).all())
        connection = session.connection()
        connection.execute(update(Department).where(Department.id == a).values(code="x"))
        connection.execute(update(Department).where(Department.id == b).values(code=codes[a]))
        connection.execute(update(Department).where(Department.id == a).values(code=codes[b]))
        connection.execute(text(SWAPPED.format(table="account", column="department_id", a=a, b=b)))


def test_two_departments_that_were_swapped_are_found(world: World) -> None:
    """The ledger tells the number of each row, and so do the seats of every case."""
    granted(world)
    swap_departments(world)
    told = world.flask("audit", "verify")
    assert (told.exit_code, "department renshe" in told.output) == (1, True), told.output


def test_two_departments_that_were_swapped_are_found_by_their_ledger_alone(world: World) -> None:
    assert world.flask("audit", "verify").exit_code == 0
    swap_departments(world)
    told = world.flask("audit", "verify")
    assert (told.exit_code, "accounts: department/yima/renshe is not as it was told: id" in told.output) == (1, True)


PROVED = {
    "account", "case", "clock_entry", "counter", "deadline", "department", "history_event", "ledger", "letter",
    "regulation_extension", "resource_use", "responsibility_edition", "responsibility_line", "rule_pack",
    "rule_proposal", "share_grant", "superior_text", "target_override", "task",
}  # fmt: skip
NAMED = {
    "api_token": "tokens", "web_session": "sessions", "sign_in_attempt": "sign-ins", "calendar_day": "calendar",
    "calendar_version": "calendar", "diagram_bundle": "drawings", "diagram_version": "drawings",
    "incident": "incidents",
    "outbox_message": "notices", "party": "who may see", "resource": "catalogue", "resource_version": "versions",
    "setting": "settings", "timer": "timers",
}  # fmt: skip
"""Where a table of rows without a seal stands in the list of what is not covered."""


def test_every_table_is_proved_or_named_as_not_covered(world: World) -> None:
    told = world.flask("audit", "verify").output
    assert {*Base.metadata.tables} == PROVED | NAMED.keys()
    for table, words in NAMED.items():
        assert re.search(f"^not covered: .*{words}", told, re.MULTILINE), table


def test_a_case_that_was_taken_out_is_found(world: World) -> None:
    """Without its history: the history is left. With it: its number is missing."""
    paused(world)
    tables = ("clock_entry", "timer", "task", "deadline", "party", "outbox_message", "letter")
    with world.database.transaction() as session:
        for table in tables:
            session.connection().execute(text(f"delete from {table}"))
    assert "case:YM-JH-2026-0001: its case is gone" in found_after(world, delete(Case))
    told = found_after(world, text("delete from history_event where stream like 'case:%'"))
    assert "1 numbers were given out for case:yima:JH:2026, 0 cases are there" in told
