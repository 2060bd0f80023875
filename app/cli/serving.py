"""How the web application is served, and where its processes count their requests."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from app.cli.supervisor import follower

METRICS = "PROMETHEUS_MULTIPROC_DIR"
GRACE = 10
"""Seconds that a web process has for finishing what it is asked just now. Now and then it has finished and still does
not end (granian's issue 875, a deadlock at its very last step); then it is killed, and nothing is lost."""


def web_command(host: str, port: int, processes: int, threads: int, app: str = "wsgi:app") -> list[str]:
    """A process that is killed is replaced at once; one that was told to end answers first."""
    options = {
        "--interface": "wsgi", "--http": "1", "--host": host, "--port": str(port), "--workers": str(processes),
        "--blocking-threads": str(threads), "--respawn-interval": "0.1", "--workers-kill-timeout": str(GRACE),
        "--log-level": "warning",
    }  # fmt: skip
    words = [word for option in options.items() for word in option]
    return [str(Path(sys.executable).parent / "granian"), *words, "--respawn-failed-workers", "--no-ws", app]


def is_taken(host: str, port: int) -> bool:
    """Whether somebody listens there. The web server would not notice another of its kind: the system would then deal
    out the requests to both, whatever their databases."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((host, port))
        except OSError as error:
            return error.errno == errno.EADDRINUSE
    return False


@contextmanager
def counted() -> Iterator[None]:
    """Web processes count in a folder of files, over which `/metrics` sums: one of our own, or that which the
    installation names. Figures of an earlier server are not ours."""
    with tempfile.TemporaryDirectory(prefix="shuliu-metrics-") as own:
        folder = Path(os.environ.setdefault(METRICS, own))
        folder.mkdir(parents=True, exist_ok=True)
        for file in folder.glob("*.db"):
            file.unlink()
        yield


def end_with_server() -> None:
    """For a web process as it starts: it does not stay when the server's first process is killed."""
    if multiprocessing.parent_process() is not None and (follow := follower(os.getppid(), signal.SIGKILL)):
        follow()
