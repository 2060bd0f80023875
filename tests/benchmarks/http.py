"""The same over HTTP, as it is served: one process, keep-alive; one client, then four."""

from __future__ import annotations

import argparse
import statistics
import threading
import time
from collections.abc import Callable

from tests.benchmarks import yardstick
from tests.benchmarks.installations import Installation
from tests.benchmarks.report import line, spread
from tests.benchmarks.serving import Client, served
from tests.benchmarks.steps import REFUSAL, application

CLIENTS = 4
TURNS = 7
"""So often one client and several are measured in turn: a machine that is slow for a second is slow for one of them."""
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


def _rate(play: Callable[[int], None], clients: int, cases: int) -> float:
    """Cases a second, of so many clients that share them."""
    threads = [threading.Thread(target=play, args=(cases // clients,)) for _ in range(clients)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return cases // clients * clients / (time.perf_counter() - started)


def _rates(measured: list[float]) -> str:
    return f"{statistics.median(measured):.0f} cases/s median, {min(measured):.0f} to {max(measured):.0f}"
