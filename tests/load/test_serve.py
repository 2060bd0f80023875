"""`flask serve` as an operator sees it: it ends when asked, replaces web processes, and never limps on by half."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import psutil
import pytest
from sqlalchemy import select, text

from app.cases.models import Case, Timer
from app.database.transactions import Database
from tests.load.clerks import APPLICATION
from tests.load.conftest import Told
from tests.load.serving import BIN, Client, free_port, running, wait_until_alive
from tests.load.sound import faults
from tests.world import World, on_both

PATIENCE = 30.0
OPENED, PAST_DUE = "2026-03-10T10:00:00+08:00", "2026-04-20T10:00:00+08:00"


@dataclass
class Installation:
    """A database that the real commands take for their own."""

    database: Database
    log: Path
    port: int = field(default_factory=free_port)

    def at(self, moment: str) -> None:
        with self.database.transaction() as session:
            session.execute(text("update setting set value = :value where name = 'clock'"), {"value": moment})

    @contextmanager
    def served(self, web: int = 1, **more: str) -> Iterator[psutil.Process]:
        command, more = (
            [str(BIN / "flask"), "serve"],
            {"PORT": str(self.port), "DEMO": "0", "WEB_WORKERS": str(web), **more},
        )
        with running(command, self.database.url, self.log, **more) as process:
            wait_until_alive(self.port)
            supervisor = psutil.Process(process.pid)
            everybody = supervisor.children(recursive=True)
            try:
                yield supervisor
            finally:
                everybody += supervisor.children(recursive=True) if supervisor.is_running() else []
                for one in everybody:
                    if one.is_running():
                        one.kill()


@pytest.fixture
def installation(world: World, tmp_path: Path) -> Installation:
    found = Installation(world.database, tmp_path / "serve.log")
    found.at(OPENED)
    return found


def _named(supervisor: psutil.Process, word: str) -> list[psutil.Process]:
    """The living processes below whose command contains the word."""
    found = []
    for one in supervisor.children(recursive=True):
        with suppress(psutil.NoSuchProcess):  # a zombie too
            found += [one] if word in " ".join(one.cmdline()) else []
    return found


def _web(supervisor: psutil.Process) -> tuple[psutil.Process, list[psutil.Process]]:
    """The web server's first process, and those that answer."""
    processes = _named(supervisor, "granian")
    arbiter = next(one for one in processes if one.ppid() not in {other.pid for other in processes})
    return arbiter, [one for one in processes if one.ppid() == arbiter.pid]


def _worker(supervisor: psutil.Process) -> psutil.Process:
    return next(one for one in _named(supervisor, "flask") if one.cmdline()[-1] == "worker")


def _end(supervisor: psutil.Process) -> int:
    """How it ended; nothing that it had started is left."""
    everybody = supervisor.children(recursive=True)
    code = supervisor.wait(PATIENCE)
    _, left = psutil.wait_procs(everybody, timeout=PATIENCE)
    assert left == []
    return int(code)


@contextmanager
def _applicants(port: int) -> Iterator[list[int]]:
    """Two departments open cases over HTTP as long as the block lasts; gives the ids that they were answered."""
    answered, stop = [], threading.Event()

    def apply(department: str) -> None:
        body = {
            "procedure": "conditional_share",
            "jurisdiction": "yima",
            "data": APPLICATION | {"resource": "YM-GA-002"},
        }
        with Client(port, f"yima.{department}.clerk") as client:
            number = 0
            while not stop.wait(0.02):
                try:
                    answer = client.call("POST", "/api/v1/cases", body, **{"Idempotency-Key": f"{department}-{number}"})
                except (OSError, HTTPException):
                    continue
                if answer.status == 201:
                    answered.append(answer.body["id"])
                    number += 1

    threads = [threading.Thread(target=apply, args=(one,)) for one in ("renshe", "minzheng")]
    for thread in threads:
        thread.start()
    try:
        yield answered
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _until(done: Callable[[], bool], what: str) -> None:
    """Wait for something that processes do by themselves."""
    until = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < until, what
        time.sleep(0.02)


def _nothing_lost(installation: Installation, answered: list[int]) -> None:
    assert faults(installation.database) == []
    with installation.database.transaction(write=False) as session:
        kept = set(session.scalars(select(Case.id)))
    assert set(answered) <= kept
    assert len(answered) == len(set(answered))


def test_a_killed_web_process_is_replaced_and_term_ends_everything_with_0(
    installation: Installation, figures: Told
) -> None:
    kills = 3
    with installation.served(web=2) as supervisor:
        with _applicants(installation.port) as answered:
            for _ in range(kills):
                _await_more(answered)
                _replace_one(supervisor)
            _await_more(answered)
        supervisor.terminate()
        assert _end(supervisor) == 0
    _nothing_lost(installation, answered)
    figures(web_processes_killed=kills, cases=len(answered))


def _await_more(answered: list[int]) -> None:
    enough = len(answered) + 4
    _until(lambda: len(answered) >= enough, "no case is opened")


def _replace_one(supervisor: psutil.Process) -> None:
    """The one that has served longest: the same one twice would be a loop."""
    _, before = _web(supervisor)
    eldest = min(before, key=psutil.Process.create_time)
    eldest.kill()
    _until(lambda: eldest not in (now := _web(supervisor)[1]) and len(now) == len(before), "it is not replaced")


def test_a_web_process_that_dies_again_at_once_ends_everything_with_an_error(
    installation: Installation, figures: Told
) -> None:
    with installation.served() as supervisor, _applicants(installation.port) as answered:
        _await_more(answered)
        _replace_one(supervisor)
        _web(supervisor)[1][0].kill()
        assert _end(supervisor) != 0
    _nothing_lost(installation, answered)
    figures(cases=len(answered))


@on_both
def test_without_its_worker_everything_ends_and_a_second_start_goes_on(
    installation: Installation, figures: Told
) -> None:
    with installation.served() as supervisor, _applicants(installation.port) as answered:
        _await_more(answered)
        _worker(supervisor).kill()
        assert _end(supervisor) != 0
    _nothing_lost(installation, answered)
    installation.at(PAST_DUE)
    with installation.served() as supervisor:
        _until(lambda: _armed(installation) == 0, "the timers do not fire")
        supervisor.send_signal(signal.SIGINT)
        assert _end(supervisor) == 0
    _nothing_lost(installation, answered)
    figures(cases=len(answered))


def _armed(installation: Installation) -> int:
    with installation.database.transaction(write=False) as session:
        return len(session.scalars(select(Timer.engine_id).where(Timer.state == "armed")).all())


def test_metrics_are_summed_over_all_web_processes_those_that_were_killed_too(
    installation: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "metrics"
    folder.mkdir()
    (folder / "histogram_1.db").write_bytes(b"left by an earlier server")
    with installation.served(web=2, PROMETHEUS_MULTIPROC_DIR=str(folder)) as supervisor:
        asked = 1  # somebody waited until it was alive
        while len(list(folder.glob("histogram_*.db"))) < 2:
            asked += _ask_at_once(installation.port, 8)
        assert {_alive_answers(installation.port) for _ in range(8)} == {asked}
        _replace_one(supervisor)
        assert _alive_answers(installation.port) == asked
        supervisor.terminate()
        assert _end(supervisor) == 0


def test_a_body_that_nobody_reads_costs_the_next_request_nothing(installation: Installation) -> None:
    with installation.served():
        line = HTTPConnection("127.0.0.1", installation.port, timeout=PATIENCE)
        statuses = set()
        for _ in range(30):
            line.request("POST", "/api/v1/tasks/1/claim", b"x" * 200_000)
            answer = line.getresponse()
            statuses.add((answer.status, answer.will_close))
            answer.read()
        line.close()
    assert statuses == {(401, False)}


def _ask_at_once(port: int, many: int) -> int:
    """Each on a connection of its own, so that every web process gets some."""
    clients = [Client(port) for _ in range(many)]
    threads = [threading.Thread(target=client.insist, args=("GET", "/healthz")) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()
    return many


def _alive_answers(port: int) -> int:
    """How often `/healthz` was answered, by the figures of whichever process is asked."""
    with Client(port) as client:
        told = client.insist("GET", "/metrics").body.decode()
    lines = [line for line in told.splitlines() if line.startswith("shuliu_request_seconds_count")]
    return int(sum(float(line.split()[-1]) for line in lines if 'endpoint="api_health.alive"' in line))


def test_without_its_web_server_everything_ends(installation: Installation) -> None:
    with installation.served() as supervisor:
        _web(supervisor)[0].kill()
        assert _end(supervisor) != 0


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux is asked (prctl) to end a child with its parent")
def test_nothing_lives_on_when_the_supervisor_itself_is_killed(installation: Installation) -> None:
    with installation.served() as supervisor:
        supervisor.kill()
        assert _end(supervisor) == -signal.SIGKILL
