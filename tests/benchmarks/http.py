"""The same over HTTP: gunicorn as it serves, one process, keep-alive; one client, then four."""

from __future__ import annotations

import argparse
import http.client
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from config import ROOT
from tests.benchmarks.installations import Installation
from tests.benchmarks.report import line, spread
from tests.benchmarks.steps import application


class Client:
    def __init__(self, port: int, token: str):
        self._connection = http.client.HTTPConnection("127.0.0.1", port)
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, method: str, path: str, body: Any = None) -> tuple[Any, float]:
        """The answer and the seconds it took."""
        content = json.dumps(body) if body is not None else None
        started = time.perf_counter()
        self._connection.request(method, f"/api/v1{path}", content, self._headers)
        response = self._connection.getresponse()
        raw = response.read()
        taken = time.perf_counter() - started
        assert response.status < 300, raw[:500]
        return json.loads(raw), taken


@contextmanager
def served(environment: dict[str, str], app: str = "wsgi:app", processes: int = 1) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    gunicorn = Path(sys.executable).parent / "gunicorn"
    command = [
        gunicorn, app, "--bind", f"127.0.0.1:{port}", "--workers", str(processes), "--worker-class", "gthread",
        "--threads", "4", "--keep-alive", "30", "--no-control-socket", "--log-level", "error",
    ]  # fmt: skip
    server = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def measure(installation: Installation, given: argparse.Namespace) -> None:
    asker, decider = installation.token("yima.renshe.clerk"), installation.token("yima.minzheng.clerk")
    start = {"procedure": "conditional_share", "jurisdiction": "yima", "data": application(installation)}
    refusal = {
        "data": {"decision": "refuse", "reason": "与职责无关", "basis": "《办法》第十五条", "ground": "outside_duty"}
    }
    taken: dict[str, list[float]] = {"open": [], "refuse": [], "accept": [], "tasks": []}

    def play(port: int, rounds: int) -> None:
        one, other = Client(port, asker), Client(port, decider)
        for _ in range(rounds):
            case, seconds = one.call("POST", "/cases", start)
            taken["open"].append(seconds)
            task = case["tasks"][0]["id"]
            taken["refuse"].append(other.call("POST", f"/tasks/{task}/complete", refusal)[1])
            tasks = one.call("GET", f"/cases/{case['id']}")[0]["tasks"]
            last = next(each["id"] for each in tasks if each["status"] == "open")
            taken["accept"].append(one.call("POST", f"/tasks/{last}/complete", {"data": {"response": "accept"}})[1])

    with served(installation.environment) as port:
        play(port, 10)
        for each in taken.values():
            each.clear()
        play(port, given.rounds)
        line("HTTP: create a case", spread(taken["open"]), "5 ms", "3 ms")
        line("HTTP: complete one (a letter, the next task)", spread(taken["refuse"]), "5 ms, p95 10", "3 ms")
        line("HTTP: complete one (the last)", spread(taken["accept"]), "5 ms, p95 10", "3 ms")
        started = time.perf_counter()
        play(port, given.rounds // 2)
        line("HTTP: start to finish, two tasks, one client", _rate(given.rounds // 2, started), "60 cases/s", "100")
        started = time.perf_counter()
        threads = [threading.Thread(target=play, args=(port, given.rounds // 4)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        line("HTTP: the same, four clients, one process", _rate(given.rounds // 4 * 4, started), "60 cases/s", "100")


def _rate(cases: int, started: float) -> str:
    return f"{cases / (time.perf_counter() - started):.0f} cases/s"
