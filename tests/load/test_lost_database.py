"""The database lets go in the middle of a step: the caller is told to come again, and nothing has happened."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, event, select, text
from sqlalchemy.exc import OperationalError

from app.cases.commands import timers
from app.cases.models import Deadline
from tests.load.clerks import APPLICATION
from tests.load.sound import faults
from tests.world import World, done, on_postgres

OPENED, PAST_DUE = "2026-03-10T10:00:00+08:00", "2026-04-20T10:00:00+08:00"


@contextmanager
def _cut_before(world: World, word: str) -> Iterator[list[str]]:
    """End the session on the server just before the first statement in which the word occurs."""
    operator, cut = create_engine(world.database.url, isolation_level="AUTOCOMMIT"), []

    def look(losing: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        if word in statement and not cut:
            cut.append(statement)
            with operator.connect() as connection:
                pid = losing.connection.dbapi_connection.info.backend_pid  # type: ignore[union-attr]
                connection.execute(text("select pg_terminate_backend(:pid, 5000)"), {"pid": pid})

    event.listen(world.database.engine, "before_cursor_execute", look)
    try:
        yield cut
    finally:
        event.remove(world.database.engine, "before_cursor_execute", look)
        operator.dispose()


@on_postgres
def test_an_action_that_loses_the_database_stops_no_case(world: World) -> None:
    world.at(OPENED)
    data = {**APPLICATION, "resource": "YM-GA-002"}
    case = world.open_case("yima.renshe.clerk", "conditional_share", data)
    [task] = world.open_tasks(case["id"]).values()
    clerk, answer = world.api("yima.gongan.clerk"), {"data": {"decision": "approve"}}
    with _cut_before(world, "FROM resource") as cut:
        refused = clerk.post(f"/tasks/{task['id']}/complete", answer)
    assert len(cut) == 1
    assert refused.status_code == 503
    assert refused.mimetype == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    assert set(world.open_tasks(case["id"])) == {"provider_review"}
    done(clerk.post(f"/tasks/{task['id']}/complete", answer))
    assert world.case(case["id"])["outcome"] == "granted"
    assert faults(world.database) == []


@on_postgres
def test_a_clock_that_loses_the_database_is_told_of_at_the_next_look_and_counts_no_failure(world: World) -> None:
    world.at(OPENED)
    case = world.open_case("yima.renshe.clerk", "conditional_share", {**APPLICATION, "resource": "YM-GA-002"})
    world.at(PAST_DUE)
    with _cut_before(world, "INSERT INTO outbox_message"), pytest.raises(OperationalError):
        timers.run_due(world.database)
    with world.database.transaction(write=False) as session:
        clock = session.scalars(select(Deadline)).one()
        assert (clock.watch_attempts, clock.overdue_for) == (0, None)
    assert world.events(case["id"], "notice.overdue") == []
    assert timers.run_due(world.database) == timers.Ticked(fired=1)
    assert timers.run_due(world.database) == timers.Ticked()
    assert len(world.events(case["id"], "notice.overdue")) == 1
    assert faults(world.database) == []
