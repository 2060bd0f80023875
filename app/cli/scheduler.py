"""The ticker: looks for due timers, delivers the outbox, does the daily work. All truth is in rows; any number of
tickers may run, and a ticker that dies loses nothing. APScheduler only keeps the time; it logs a pass that failed, and
the next one comes.
"""

from __future__ import annotations

import os
import signal
import socket
from types import FrameType
from typing import TYPE_CHECKING

import structlog
from apscheduler.schedulers.blocking import BlockingScheduler

from app import accounts, outbox
from app.cases.commands import grant_lifecycle, timers
from app.database.transactions import Database
from app.floor import clock
from app.floor.errors import ShuliuError

if TYPE_CHECKING:
    from config import Config

log = structlog.get_logger()
ENOUGH_AT_ONCE = 500
DELIVER_SECONDS, DAILY_HOURS = 2, 1


def run(database: Database, config: Config) -> None:
    """Tick until INT or TERM."""
    scheduler = BlockingScheduler(timezone="UTC")
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    first = clock.wall()
    scheduler.add_job(look, "interval", seconds=config.tick_seconds, args=[database], next_run_time=first, **options)
    scheduler.add_job(deliver, "interval", seconds=DELIVER_SECONDS, args=[database, config], **options)
    scheduler.add_job(daily, "interval", hours=DAILY_HOURS, args=[database], next_run_time=first, **options)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        scheduler.shutdown(wait=False)

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    scheduler.start()


def look(database: Database) -> None:
    """One pass over the timers, noted when it is finished: a silent scheduler is the worst failure, so `/readyz` shows
    it."""
    began = clock.wall()
    ticked = timers.run_due(database, ENOUGH_AT_ONCE)
    if ticked.fired or ticked.failed:
        log.info("tick", fired=ticked.fired, failed=ticked.failed)
    ended = clock.wall()
    timers.note_pass(database, timers.Pass(ended, (ended - began).total_seconds()))


def deliver(database: Database, config: Config) -> int:
    """Send what waits in the outbox; returns how many messages arrived."""
    worker = f"{socket.gethostname()}:{os.getpid()}"
    targets = outbox.targets_from(config.push_targets)
    with database.transaction(write=False):
        now = clock.now()  # a simulated clock is only known inside a transaction
    return outbox.deliver(database, now, worker, {"push": outbox.Push(targets)}, configured=targets).sent


def daily(database: Database) -> None:
    """Once a day or more often: what has ended is forgotten, and grants follow their entries and their days. Each piece
    of it is a transaction of its own: one that cannot be done holds up no other."""
    with database.transaction() as session:
        accounts.forget_ended(session)
    with database.transaction(write=False) as session:
        pieces = list(grant_lifecycle.daily(session))
    for piece in pieces:
        try:
            with database.transaction() as session:
                piece(session)
        except ShuliuError as error:
            log.error("daily", piece=repr(piece), why=str(error.detail))
