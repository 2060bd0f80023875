"""For those who keep the service running."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from app.cases.commands import timers
from app.cli import scheduler
from app.database import migrate
from app.database.transactions import Database
from app.floor import clock
from tests.api.small_world import World


def _ready(world: World, language: str = "en") -> tuple[int, Any]:
    answer = world.app.test_client().get("/readyz", headers={"Accept-Language": language})
    return answer.status_code, answer.json


def _worker(world: World) -> dict[str, Any]:
    told: dict[str, Any] = _ready(world)[1]["checks"]["worker"]
    return told


def _tick(world: World, ago: timedelta) -> None:
    """A worker has finished a pass that long ago."""
    timers.note_pass(world.database, timers.Pass(clock.wall() - ago, 0.25))


def test_alive_asks_nobody(world: World, statements: Any) -> None:
    assert world.app.test_client().get("/healthz").json == {"status": "ok"}
    assert statements() == []


def test_ready_needs_the_schema_of_this_code(world: World, tmp_path: Any) -> None:
    _tick(world, timedelta(seconds=1))
    status, told = _ready(world)
    assert (status, told["checks"]["migrations"]["ok"], told["checks"]["worker"]["ok"]) == (503, False, True)
    migrated = Database(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
    migrate.upgrade(migrated)
    before, world.app.extensions["shuliu.database"] = world.database, migrated
    world.database = migrated
    _tick(world, timedelta(seconds=1))
    status, told = _ready(world)
    world.app.extensions["shuliu.database"] = before
    migrated.engine.dispose()
    assert (status, told["status"]) == (200, "ok")


def test_a_silent_worker_is_not_ready(world: World) -> None:
    assert _worker(world) == {
        "ok": False, "last_tick": None, "error": "The worker has finished no pass over the timers yet.",
    }  # fmt: skip
    _tick(world, timedelta(minutes=5))
    told = _worker(world)
    assert told["ok"] is False
    assert told["error"].startswith("The worker has finished no pass over the timers for 30")
    assert told["error"].endswith(" seconds; 60 are allowed.")
    _tick(world, timedelta(seconds=1))
    assert (_worker(world)["ok"], _worker(world)["seconds"]) == (True, 0.25)


@pytest.mark.parametrize(("language", "english"), [("", False), ("zh-CN", False), ("fr", False), ("en-GB", True)])
def test_what_fails_is_told_in_the_readers_language(world: World, language: str, english: bool) -> None:
    """Without a word on languages, Chinese; the schema of a test is not a migrated one, and no worker runs."""

    def errors(checks: dict[str, Any]) -> list[str]:
        return [check["error"] for check in checks.values() if not check["ok"]]

    told = errors(_ready(world, language)[1]["checks"])
    _tick(world, timedelta(minutes=5))
    told += errors(_ready(world, language)[1]["checks"])
    world.app.extensions["shuliu.database"] = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    told += errors(_ready(world, language)[1]["checks"])
    world.app.extensions["shuliu.database"] = world.database
    assert len(told) == 7
    assert [text for text in told if bool(re.search("[\u4e00-\u9fff]", text)) is english] == []


def test_a_pass_that_hangs_leaves_the_worker_silent_until_it_is_finished(world: World) -> None:
    """A timer is due; somebody holds the database, so that the pass waits in the middle."""
    world.apply()
    world.at("2026-03-18T12:00:00+08:00")
    _tick(world, timedelta(minutes=5))
    with world.database.transaction():
        hung = threading.Thread(target=scheduler.look, args=(world.database,))
        hung.start()
        assert _worker(world)["ok"] is False
    hung.join()
    assert _worker(world)["ok"] is True


def test_a_pass_that_fails_each_time_leaves_the_worker_silent(world: World) -> None:
    _tick(world, timedelta(minutes=5))
    with world.database.transaction() as session:
        session.execute(text("alter table timer rename to gone"))
    with pytest.raises(OperationalError):
        scheduler.look(world.database)
    assert _worker(world)["ok"] is False


def test_a_worker_that_is_told_to_look_seldom_may_be_silent_for_longer(world: World) -> None:
    before = world.app.config["SHULIU"]
    world.app.config["SHULIU"] = replace(before, tick_seconds=120)
    _tick(world, timedelta(minutes=5))
    awake = _worker(world)["ok"]
    world.app.config["SHULIU"] = before
    assert awake is True


def test_passes_are_noted_every_few_seconds_only(world: World) -> None:
    ended = clock.wall()
    for seconds in (0, 4, 5):
        timers.note_pass(world.database, timers.Pass(ended + timedelta(seconds=seconds), seconds))
        with world.database.transaction(write=False) as session:
            last = timers.last_pass(session)
        assert last is not None
        assert last.seconds == (0 if seconds < 5 else 5)


def test_without_a_database_it_is_not_ready_and_calls_are_put_off(world: World) -> None:
    gone = Database("postgresql+psycopg://nobody@127.0.0.1:1/nothing")
    world.app.extensions["shuliu.database"] = gone
    status, told = _ready(world)
    put_off = world.as_("yima.gongan.clerk").get("/cases")
    world.app.extensions["shuliu.database"] = world.database
    assert (status, told["checks"]["database"]["ok"]) == (503, False)
    assert (put_off.status_code, put_off.json["type"]) == (503, "unavailable")


def test_metrics_are_counted_from_the_rows(world: World) -> None:
    world.apply()
    world.at("2026-03-18T12:00:00+08:00")
    told = world.app.test_client().get("/metrics").get_data(as_text=True).splitlines()
    assert {"shuliu_open_cases 1.0", "shuliu_open_tasks 1.0", "shuliu_overdue_tasks 1.0"} <= set(told)
    assert any('endpoint="api_cases.open_case"' in line for line in told)
