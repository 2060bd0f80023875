"""Several processes at one work, killed with SIGKILL when a seed says so, and started again until it is done."""

from __future__ import annotations

import multiprocessing
import random
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["tests.load.clerks"])
LONGEST_WAIT = 1.0
LATEST_DEATH = {"statement": 100, "done": 3, "fired": 4}
"""Where a process kills itself, and how late at most; beside that any may be killed from outside."""


@dataclass
class Crew:
    """`work` is a function of clerks.py: it gets the database's address, the folder of the notes and a name."""

    work: Callable[..., None]
    url: str
    folder: Path
    given: tuple[Any, ...] = ()
    seats: int = 4
    deaths: Sequence[str] = ("statement", "done")
    kills: int = 0
    """How many deaths there shall be at least: until then nobody lives long."""
    seed: int = 1
    killed: int = field(default=0, init=False)
    _running: dict[str, ForkServerProcess] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)

    def __enter__(self) -> Crew:
        for seat in range(self.seats):
            self._seat(str(seat))
        return self

    def __exit__(self, *_: object) -> None:
        for one in self._running.values():
            one.kill()
            one.join()

    def run(self) -> int:
        """Begin, and work until every process has found nothing left to do; returns how many were killed."""
        with self:
            return self.work_on()

    def work_on(self) -> int:
        while self._running:
            self.look(self._rng.uniform(0.1, LONGEST_WAIT))
        return self.killed

    def look(self, seconds: float) -> None:
        """Wait so long, or until a process ends; start again what was killed, kill if it is time to."""
        ended = set(wait([one.sentinel for one in self._running.values()], timeout=seconds))
        if not ended and self.killed < self.kills and self._running:
            self._rng.choice(list(self._running.values())).kill()
        for seat, one in list(self._running.items()):
            if one.sentinel in ended:
                self._end(seat, one)

    def _seat(self, seat: str) -> None:
        where = self._rng.choice(self.deaths) if self.killed < self.kills else ""
        dies_at = (where, self._rng.randint(1, LATEST_DEATH[where]) if where else 0)
        one = _context.Process(target=self.work, args=(self.url, self.folder, seat, dies_at, *self.given), daemon=True)
        one.start()
        self._running[seat] = one

    def _end(self, seat: str, one: ForkServerProcess) -> None:
        one.join()
        del self._running[seat]
        if one.exitcode == -signal.SIGKILL:
            self.killed += 1
            self._seat(seat)
        else:
            assert one.exitcode == 0, (self.folder / f"{seat}.notes").read_text()[-3000:]

    @property
    def working(self) -> bool:
        return bool(self._running)
