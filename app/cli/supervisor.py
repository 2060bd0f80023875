"""Several commands run as one: they end together and with whoever started them, so that never one half stays alone."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import click

GRACE = 12.0
"""Seconds for finishing what is under way; then it is broken off, and the database takes it back."""
Children = dict[str, subprocess.Popen[bytes]]


def run_together(commands: Mapping[str, Sequence[str]], folder: Path) -> int:
    """Run the commands until Ctrl-C or TERM (returns 0), or until one of them ends by itself (1)."""
    children: Children = {}
    asked = False

    def end(*_: object) -> None:
        nonlocal asked
        asked = True
        _terminate(children.values())

    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, end)
    for name, command in commands.items():
        # a group of their own: Ctrl-C is for us, who end them gently
        children[name] = subprocess.Popen(command, cwd=folder, process_group=0, preexec_fn=follower(os.getpid()))
    if not asked:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
    if not asked:
        _tell_who_ended(children)
    _stop(children.values())
    return 0 if asked else 1


def follower(parent: int, end: signal.Signals = signal.SIGTERM) -> Callable[[], None] | None:
    """What a child does first of all, so that it is ended when its parent is killed and can no longer see to it; where
    the system can do it."""
    if sys.platform != "linux":
        return None
    library, on_parents_death = ctypes.CDLL(None), 1

    def follow() -> None:
        library.prctl(on_parents_death, end)
        if os.getppid() != parent:
            os._exit(1)

    return follow


def _tell_who_ended(children: Children) -> None:
    for name, child in children.items():
        if child.poll() is not None:
            click.echo(f"{name} has ended by itself ({child.returncode}); the rest is ended too.", err=True)


def _terminate(children: Iterable[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()


def _stop(children: Iterable[subprocess.Popen[bytes]]) -> None:
    _terminate(children)
    until = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            child.kill()
            child.wait()
