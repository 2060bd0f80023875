"""Real servers on free ports of this machine, and somebody who calls them and comes again when told to."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import Any

from app.cli.serving import web_command
from config import ROOT

BIN = Path(sys.executable).parent
PATIENCE = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def served(url: str, log: Path, workers: int = 2) -> Iterator[int]:
    """The web application alone, as it is served; gives the port."""
    port = free_port()
    with running(web_command("127.0.0.1", port, workers, 4), url, log):
        wait_until_alive(port)
        yield port


@contextmanager
def running(command: Sequence[str], url: str, log: Path, **more: str) -> Iterator[subprocess.Popen[bytes]]:
    """A command of the installation, in a session of its own; whatever is left of it is killed at the end."""
    environment = {**os.environ, "DATABASE_URL": url, "SECRET_KEY": "test", "CLOCK": "simulated", **more}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # starts are many, and compiling is most of one
    with log.open("ab") as out:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out, start_new_session=True)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@dataclass
class Answer:
    status: int
    headers: Message
    """Found under any spelling, as HTTP has it."""
    body: Any


@dataclass
class Client:
    """Calls one server with one token, on one connection that is opened again when it was closed."""

    port: int
    token: str | None = None
    statuses: list[int] = field(default_factory=list)
    problems: list[Answer] = field(default_factory=list)
    broken: int = 0
    """Connections that ended without an answer."""
    longest: float = 0.0
    """The longest that one thing took, with every repetition of it."""

    def __post_init__(self) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Raises OSError or HTTPException where nobody answers."""
        sent = {"Content-Type": "application/json", **headers}
        if self.token:
            sent["Authorization"] = f"Bearer {self.token}"
        try:
            self._connection.request(method, path, None if body is None else json.dumps(body), sent)
            response = self._connection.getresponse()
            content = response.read()
        except (OSError, http.client.HTTPException):
            self._connection.close()
            self.broken += 1
            raise
        is_json = "json" in response.headers.get("Content-Type", "")
        answer = Answer(response.status, response.headers, json.loads(content) if is_json else content)
        self.statuses.append(answer.status)
        return answer

    def insist(self, method: str, path: str, body: Any = None, **headers: str) -> Answer:
        """Call until the answer is no 503, as a careful program does."""
        began = time.monotonic()
        while time.monotonic() - began < PATIENCE:
            try:
                answer = self.call(method, path, body, **headers)
            except (OSError, http.client.HTTPException):
                time.sleep(0.05)
                continue
            if answer.status != 503:
                self.longest = max(self.longest, time.monotonic() - began)
                return answer
            self.problems.append(answer)
            time.sleep(0.05)
        raise AssertionError(f"{method} {path}: no answer within {PATIENCE} s")

    def close(self) -> None:
        self._connection.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def wait_until_alive(port: int) -> None:
    with Client(port) as client:
        assert client.insist("GET", "/healthz").status == 200
