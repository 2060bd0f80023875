"""For those who keep the service running."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from app import migrating
from app.db import Database, Setting
from tests.api.small_world import World


def _ready(world: World) -> tuple[int, Any]:
    answer = world.app.test_client().get("/readyz")
    return answer.status_code, answer.json


def _tick(world: World, ago: timedelta) -> None:
    with world.database.transaction() as session:
        row = session.get(Setting, "worker:tick") or Setting(name="worker:tick", value="")
        row.value = (datetime.now(UTC) - ago).isoformat()
        session.add(row)


def test_alive_asks_nobody(world: World, statements: Any) -> None:
    assert world.app.test_client().get("/healthz").json == {"status": "ok"}
    assert statements() == []


def test_ready_needs_the_schema_of_this_code(world: World, tmp_path: Any) -> None:
    _tick(world, timedelta(seconds=1))
    status, told = _ready(world)
    assert (status, told["checks"]["migrations"]["ok"], told["checks"]["worker"]["ok"]) == (503, False, True)
    migrated = Database(f"sqlite:///{tmp_path / 'migrated.sqlite3'}")
    migrating.upgrade(migrated)
    before, world.app.extensions["shuliu.database"] = world.database, migrated
    world.database = migrated
    _tick(world, timedelta(seconds=1))
    status, told = _ready(world)
    world.app.extensions["shuliu.database"] = before
    migrated.engine.dispose()
    assert (status, told["status"]) == (200, "ok")


def test_a_silent_worker_is_not_ready(world: World) -> None:
    assert _ready(world)[1]["checks"]["worker"] == {"ok": False, "last_tick": None}
    _tick(world, timedelta(minutes=5))
    assert _ready(world)[1]["checks"]["worker"]["ok"] is False


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
