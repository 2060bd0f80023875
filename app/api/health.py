"""For those who keep the service running: alive, ready, and figures for Prometheus."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, g, request
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import ColumnElement, func, select
from sqlalchemy.exc import SQLAlchemyError

from app.api.routes import Routes
from app.api.serialization import answer
from app.cases.clocks.alerts import late_task
from app.cases.commands import timers
from app.cases.models import Case, Incident, Task, Timer
from app.database import migrate
from app.entry import PUBLIC, access, database, settings
from app.floor import clock
from app.floor.messages import say
from app.outbox import OutboxMessage

if TYPE_CHECKING:
    pass

routes = Routes("api_health", __name__, description="Health")
PATIENCE, INTERVALS = timedelta(seconds=60), 5
"""A worker that has finished no pass over the timers for a minute, or for this many intervals, hangs or is gone."""
METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"})
REQUESTS = Histogram(
    "shuliu_request_seconds",
    "Time to answer a request",
    ["endpoint", "method", "status"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5),
    registry=None,
)


@routes.route("/healthz", methods=["GET"])
@access(PUBLIC)
def alive() -> Response:
    """The process answers."""
    return answer({"status": "ok"})


@routes.route("/readyz", methods=["GET"])
@access(PUBLIC)
def ready() -> Response:
    """Database, migrations and the worker's last tick; 503 when one of them fails."""
    checks = _checks()
    fine = all(check["ok"] for check in checks.values())
    return answer({"status": "ok" if fine else "failing", "checks": checks}, 200 if fine else 503)


def _checks() -> dict[str, dict[str, Any]]:
    try:
        with database().transaction(write=False) as session:
            last = timers.last_pass(session)
        migrated, wanted = migrate.current(database()), _head()
    except SQLAlchemyError as error:
        why = say("The database does not answer as it should (%(kind)s).", kind=type(error).__name__)
        return {name: {"ok": False, "error": why} for name in ("database", "migrations", "worker")}
    return {
        "database": {"ok": True},
        "migrations": _migrations(migrated, wanted),
        "worker": _worker(last, clock.wall()),
    }


def _migrations(at: str | None, wanted: str | None) -> dict[str, Any]:
    told = {"ok": at == wanted, "at": at, "wanted": wanted}
    if told["ok"]:
        return told
    return {**told, "error": say("The database is not set up for this version; run `flask setup`.")}


def _worker(last: timers.Pass | None, moment: datetime) -> dict[str, Any]:
    """Whether a worker looks at the timers, and why not."""
    if last is None:
        return {"ok": False, "last_tick": None, "error": say("The worker has finished no pass over the timers yet.")}
    told = {"ok": True, "last_tick": last.ended_at, "seconds": last.seconds}
    allowed = max(PATIENCE, INTERVALS * timedelta(seconds=settings().tick_seconds))
    silent = moment - last.ended_at
    if silent < allowed:
        return told
    why = say(
        "The worker has finished no pass over the timers for %(silent)s seconds; %(allowed)s are allowed.",
        silent=round(silent.total_seconds()),
        allowed=round(allowed.total_seconds()),
    )
    return {**told, "ok": False, "error": why}


@cache
def _head() -> str | None:
    return migrate.head()


@routes.route("/metrics", methods=["GET"])
@access(PUBLIC)
def metrics() -> Response:
    """Request times of all web processes (`flask serve` names their folder), and what the database says."""
    registry = CollectorRegistry()
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        multiprocess.MultiProcessCollector(registry)
    else:
        registry.register(REQUESTS)
    registry.register(Figures())
    return Response(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures:
    """Gauges counted when they are asked for: true for the whole installation, whichever process answers."""

    def collect(self) -> Iterator[Metric]:
        with database().transaction(write=False) as session:
            now = clock.now()
            for name, about, model, condition in _gauges(now):
                count = session.scalar(select(func.count()).select_from(model).where(condition))
                yield GaugeMetricFamily(f"shuliu_{name}", about, value=count or 0)
            oldest = session.scalar(select(func.min(Timer.due_at)).where(Timer.state == "armed", Timer.due_at <= now))
            last = timers.last_pass(session)
        lag = (now - oldest).total_seconds() if oldest else 0
        yield GaugeMetricFamily("shuliu_oldest_due_timer_seconds", "How late the oldest due timer is", value=lag)
        silent = (clock.wall() - last.ended_at).total_seconds() if last else float("inf")
        yield GaugeMetricFamily("shuliu_worker_silent_seconds", "Time since the last finished pass", value=silent)
        yield GaugeMetricFamily(
            "shuliu_worker_pass_seconds", "How long that pass took", value=last.seconds if last else 0
        )


def _gauges(now: datetime) -> Iterator[tuple[str, str, Any, ColumnElement[bool]]]:
    yield "open_cases", "Cases that are open", Case, Case.status == "open"
    yield "open_tasks", "Tasks that wait for somebody", Task, Task.status == "open"
    yield "overdue_tasks", "Open tasks past their due date", Task, (Task.status == "open") & late_task(now)
    yield "open_incidents", "Steps that could not run", Incident, Incident.solved_at.is_(None)
    yield "waiting_messages", "Messages in the outbox", OutboxMessage, OutboxMessage.state == "pending"


def measure(app: Flask) -> None:
    """Time every request of every door."""

    def begin() -> None:
        g.began = time.perf_counter()

    def end(response: Response) -> Response:
        if "began" in g:
            took = time.perf_counter() - g.began
            method = request.method if request.method in METHODS else "other"
            REQUESTS.labels(request.endpoint or "none", method, response.status_code).observe(took)
        return response

    app.before_request(begin)
    app.after_request(end)
