"""Workers killed in the middle: nothing is lost, and each kill repeats at most one message."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select

from app import outbox
from app.database.transactions import Database
from app.outbox import OutboxMessage

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
MESSAGES, KILLS = 120, 6
WORKER = """
import os, sys
from datetime import datetime
from app import outbox
from app.database.transactions import Database

url, received, now, dies_after = sys.argv[1:5]
file = os.open(received, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

def send(parcel):
    global dies_after
    os.write(file, (parcel.key + "\\n").encode())
    dies_after = int(dies_after) - 1
    if dies_after == 0:
        os.kill(os.getpid(), 9)

outbox.deliver(Database(url), datetime.fromisoformat(now), "w", {"push": send}, batch=1000)
"""


def start(url: str, received: Path, now: datetime, dies_after: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", WORKER, url, str(received), now.isoformat(), str(dies_after)]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})


@pytest.mark.load
def test_kill_9_between_sending_and_noting_loses_nothing(database: Database, tmp_path: Path) -> None:
    with database.transaction() as session:
        for number in range(MESSAGES):
            payload = {"target": "up"}
            outbox.put(session, key=f"k{number:03}", channel="push", kind="x", payload=payload, now=NOW)
    received = tmp_path / "received"
    url = database.url
    killed = [start(url, received, NOW, dies_after=5 + number) for number in range(KILLS)]
    assert [worker.wait(60) for worker in killed] == [-9] * KILLS
    assert start(url, received, NOW + timedelta(minutes=11), dies_after=0).wait(60) == 0
    times = Counter(received.read_text().split())
    assert sorted(times) == [f"k{number:03}" for number in range(MESSAGES)]
    assert sum(times.values()) == MESSAGES + KILLS
    assert max(times.values()) == 2
    with database.transaction(write=False) as session:
        sent = select(func.count()).where(OutboxMessage.state == "sent")
        assert session.scalar(sent) == MESSAGES
