"""A server as it serves, one process, keep-alive, and a client that measures."""

from __future__ import annotations

import http.client
import json
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.cli.serving import web_command
from config import ROOT


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
def served(environment: dict[str, str], app: str = "wsgi:app", *more: str, processes: int = 1) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [*web_command("127.0.0.1", port, processes, 4, app), *more]
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
