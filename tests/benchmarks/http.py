"""The same over HTTP, as it is served: one process, keep-alive; one client, then four."""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.benchmarks import yardstick
from tests.benchmarks.installations import Installation
from tests.benchmarks.report import line, ninety_fifth, spread
from tests.benchmarks.serving import Client, served
from tests.benchmarks.steps import REFUSAL, application

CLIENTS = 4
SPELLS = 3
"""So often it is measured, minutes apart: a machine that is slow for a minute is slow for one of them."""
BLOCKS = 8
"""So often in a spell the yardstick has its turn: in the same minute, but not between two calls, which would cool the
caches."""
TURNS = 3
"""So often in a spell one client and several are measured in turn."""
RACES = 34
"""So many tasks in a spell are answered by two at once."""


@dataclass
class Taken:
    """What all spells together have found, in seconds, and in cases a second."""

    bare: list[float] = field(default_factory=list)
    opened: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    accepted: list[float] = field(default_factory=list)
    alone: list[float] = field(default_factory=list)
    crowd: list[float] = field(default_factory=list)
    second: list[float] = field(default_factory=list)
    checked: list[float] = field(default_factory=list)

    def tell(self) -> None:
        line("the yardstick, called in turn with these", spread(self.bare))
        line("HTTP: create a case", spread(self.opened), "5 ms", "3 ms")
        line("HTTP: complete one (a letter, the next task)", spread(self.refused), "5 ms, p95 10", "3 ms")
        line("HTTP: complete one (the last)", spread(self.accepted), "5 ms, p95 10", "3 ms")
        times = f"{ninety_fifth(self.checked) / ninety_fifth(self.bare):.2f} × the yardstick's p95"
        line("HTTP: grants/check, with its line of the log", f"{spread(self.checked)}, {times}", "p95 10 ms")
        line("HTTP: start to finish, two tasks, one client", _rates(self.alone), "60 cases/s", "100")
        line("HTTP: the same, four clients, one process", _rates(self.crowd), "60 cases/s", "100")
        longest = f"longest {max(self.second) * 1000:.0f}"
        line("HTTP: two on one task, the refusal of one", f"{spread(self.second)}, {longest}", "100 ms")


def spell(installation: Installation, given: argparse.Namespace, taken: Taken) -> None:
    """Measure for some seconds, on a server of its own."""
    asker, decider = installation.token("yima.renshe.clerk"), installation.token("yima.minzheng.clerk")
    start = {"procedure": "conditional_share", "jurisdiction": "yima", "data": application(installation)}
    refusal, rounds = {"data": REFUSAL}, given.rounds // 2

    platform, asked = installation.token("yima.platform"), application(installation)
    check = {"department": "renshe", **{name: asked[name] for name in ("resource", "items", "purpose")}}

    def play(port: int, cases: int, taken: Taken) -> None:
        one, other = Client(port, asker), Client(port, decider)
        for _ in range(cases):
            case, seconds = one.call("POST", "/cases", start)
            taken.opened.append(seconds)
            task = case["tasks"][0]["id"]
            taken.refused.append(other.call("POST", f"/tasks/{task}/complete", refusal)[1])
            tasks = one.call("GET", f"/cases/{case['id']}")[0]["tasks"]
            last = next(each["id"] for each in tasks if each["status"] == "open")
            taken.accepted.append(one.call("POST", f"/tasks/{last}/complete", {"data": {"response": "accept"}})[1])

    with served(installation.environment) as port:
        _rate(lambda cases: play(port, cases, Taken()), CLIENTS, 10 * CLIENTS)  # every connection is warm
        with yardstick.served(installation) as bare:
            for _ in range(BLOCKS):
                taken.bare += yardstick.calls(bare, rounds // BLOCKS)
                play(port, rounds // BLOCKS, taken)
                caller = Client(port, platform)
                taken.checked += [caller.call("POST", "/grants/check", check)[1] for _ in range(rounds // BLOCKS)]
        for _ in range(TURNS):
            taken.alone.append(_rate(lambda cases: play(port, cases, Taken()), 1, rounds // TURNS))
            taken.crowd.append(_rate(lambda cases: play(port, cases, Taken()), CLIENTS, rounds // TURNS))
        meant = [installation.token(f"yima.minzheng.{each}") for each in ("clerk", "head")]
        tasks = [Client(port, asker).call("POST", "/cases", start)[0]["tasks"][0]["id"] for _ in range(RACES)]
        taken.second += [_race([Client(port, each) for each in meant], task, refusal) for task in tasks]


def _race(clerks: Sequence[Client], task: int, answer: Any) -> float:
    """All answer the same task at once. How long those had to wait who were told that it is done."""
    ready, told = threading.Barrier(len(clerks)), []

    def answer_it(clerk: Client) -> None:
        ready.wait()
        told.append(clerk.ask("POST", f"/tasks/{task}/complete", answer))

    _at_once(answer_it, clerks)
    assert sorted(status for status, *_ in told) == [200, *[409] * (len(clerks) - 1)]
    return max(taken for status, _, taken in told if status == 409)


def _at_once(do: Callable[[Any], None], each_with: Iterable[Any]) -> None:
    threads = [threading.Thread(target=do, args=(each,)) for each in each_with]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _rate(play: Callable[[int], None], clients: int, cases: int) -> float:
    """Cases a second, of so many clients that share them."""
    started = time.perf_counter()
    _at_once(play, [cases // clients] * clients)
    return cases // clients * clients / (time.perf_counter() - started)


def _rates(measured: list[float]) -> str:
    return f"{statistics.median(measured):.0f} cases/s median, {min(measured):.0f} to {max(measured):.0f}"
