"""The same over HTTP, as it is served: one process, keep-alive; one client, then four."""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from tests.benchmarks import yardstick
from tests.benchmarks.installations import Installation
from tests.benchmarks.report import line, spread
from tests.benchmarks.serving import Client, served
from tests.benchmarks.steps import REFUSAL, application

CLIENTS = 4
TURNS = 7
"""So often one client and several are measured in turn: a machine that is slow for a second is slow for one of them."""
RACES = 100
"""So many tasks are answered by two at once."""
BLOCKS = 25
"""So often the yardstick has its turn: in the same minutes, but not between two calls, which would cool the caches."""


def measure(installation: Installation, given: argparse.Namespace) -> None:
    asker, decider = installation.token("yima.renshe.clerk"), installation.token("yima.minzheng.clerk")
    start = {"procedure": "conditional_share", "jurisdiction": "yima", "data": application(installation)}
    refusal = {"data": REFUSAL}
    taken: dict[str, list[float]] = {"bare": [], "open": [], "refuse": [], "accept": []}

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
        with yardstick.served(installation) as bare:
            play(port, 10)
            for each in taken.values():
                each.clear()
            for _ in range(BLOCKS):
                taken["bare"] += yardstick.calls(bare, given.rounds // BLOCKS)
                play(port, given.rounds // BLOCKS)
        line("the yardstick, called in turn with these", spread(taken["bare"]))
        line("HTTP: create a case", spread(taken["open"]), "5 ms", "3 ms")
        line("HTTP: complete one (a letter, the next task)", spread(taken["refuse"]), "5 ms, p95 10", "3 ms")
        line("HTTP: complete one (the last)", spread(taken["accept"]), "5 ms, p95 10", "3 ms")
        alone, crowd = [], []
        for _ in range(TURNS):
            alone.append(_rate(lambda count: play(port, count), 1, given.rounds // TURNS))
            crowd.append(_rate(lambda count: play(port, count), CLIENTS, given.rounds // TURNS))
        line("HTTP: start to finish, two tasks, one client", _rates(alone), "60 cases/s", "100")
        line("HTTP: the same, four clients, one process", _rates(crowd), "60 cases/s", "100")
        meant = [installation.token(f"yima.minzheng.{each}") for each in ("clerk", "head")]
        tasks = [Client(port, asker).call("POST", "/cases", start)[0]["tasks"][0]["id"] for _ in range(RACES)]
        lost = [_race([Client(port, each) for each in meant], task, refusal) for task in tasks]
        line("HTTP: two on one task, the refusal of one", f"{spread(lost)}, longest {max(lost) * 1000:.0f}", "100 ms")


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
