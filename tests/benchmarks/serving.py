"""A server as it serves, one process, keep-alive, and a client that measures."""

from __future__ import annotations

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
    """One connection that is kept. It sends a request in one piece, as browsers do, and reads no more of an answer than
    it must: the standard library's client takes a quarter of a millisecond, which is not the server's."""

    def __init__(self, port: int, token: str):
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._head = f"Host: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json"

    def call(self, method: str, path: str, body: Any = None) -> tuple[Any, float]:
        """The answer and the seconds it took."""
        status, answer, taken = self.ask(method, path, body)
        assert status < 300, answer
        return answer, taken

    def ask(self, method: str, path: str, body: Any = None) -> tuple[int, Any, float]:
        """The same, whatever the answer is, and its status before it."""
        content = json.dumps(body).encode() if body is not None else b""
        head = f"{method} /api/v1{path} HTTP/1.1\r\n{self._head}\r\nContent-Length: {len(content)}\r\n\r\n"
        request = head.encode() + content
        started = time.perf_counter()
        self._socket.sendall(request)
        status, raw = self._answer()
        taken = time.perf_counter() - started
        return status, json.loads(raw), taken

    def _answer(self) -> tuple[int, bytes]:
        came = b""
        while b"\r\n\r\n" not in came:
            came += self._some()
        head, _, body = came.partition(b"\r\n\r\n")
        lines = head.split(b"\r\n")
        fields = dict(line.lower().split(b": ", 1) for line in lines[1:])
        while len(body) < int(fields[b"content-length"]):
            body += self._some()
        return int(lines[0].split()[1]), body

    def _some(self) -> bytes:
        some = self._socket.recv(1 << 20)
        assert some, "the server has ended the connection"
        return some


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
