"""Timers: many due among very many armed. Only what is due may cost anything."""

from __future__ import annotations

import argparse
import time
from datetime import timedelta

from sqlalchemy import func, select

from app.cases.commands import timers
from app.cases.models import Timer
from tests.benchmarks.installations import TODAY, Installation
from tests.benchmarks.report import line

FIRED = 1_000
"""How many of the due ones are fired and timed."""


def measure(installation: Installation, given: argparse.Namespace) -> None:
    database = installation.database
    with database.transaction(write=False) as session:
        armed = session.scalar(select(func.count()).select_from(Timer).where(Timer.state == "armed")) or 0
        moments = select(Timer.due_at).where(Timer.state == "armed", Timer.due_at.is_not(None)).order_by(Timer.due_at)
        tenth = session.scalar(moments.offset(min(10_000, armed // 10)).limit(1))
    installation.at(max(tenth or TODAY, TODAY) + timedelta(minutes=1))
    started = time.perf_counter()
    idle = timers.run_due(database, 0)
    with database.transaction(write=False) as session:
        due = session.scalar(
            select(func.count()).select_from(Timer).where(Timer.state == "armed", Timer.due_at <= (tenth or TODAY))
        )
    with installation.counting() as counted:
        started = time.perf_counter()
        fired = timers.run_due(database, min(FIRED, due or 0))
        seconds = time.perf_counter() - started
    assert idle.fired == 0
    total = max(fired.fired, 1)
    line(
        f"tick: {fired.fired} of {due} due among {armed} armed",
        f"{total / seconds:.0f} timers/s, {counted['statements'] / total:.1f} statements each, {fired.failed} failed",
        "300/s", "500/s",
    )  # fmt: skip
