"""gunicorn's settings, read by its first process wherever it is started here: each web process counts its requests in a
folder of files, over which `/metrics` sums."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

_made: list[str] = []
if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _made.append(tempfile.mkdtemp(prefix="shuliu-metrics-"))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = _made[0]  # before the client library is imported: it decides by this


def on_starting(server: Any) -> None:
    """Figures of processes that an earlier server had are not ours."""
    folder = Path(os.environ["PROMETHEUS_MULTIPROC_DIR"])
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.db"):
        file.unlink()


def child_exit(server: Any, worker: Any) -> None:
    """What a process has counted stays in the sum; what only a living one can tell goes with it."""
    from prometheus_client import multiprocess

    multiprocess.mark_process_dead(worker.pid)


def on_exit(server: Any) -> None:
    for folder in _made:
        shutil.rmtree(folder, ignore_errors=True)
