"""`make bench`: every figure in one run on one machine, so that they can be compared with each other.

    python -m tests.benchmarks [--cases N] [--rounds N] [--only engine,steps,http,lists,tick]

The floor and the dream beside each figure are those of docs/speed.md. Times are wall clock; nothing is asserted here:
the statement counts that must hold are tests (tests/procedures).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks import engine, http, lists, steps, tick
from tests.benchmarks.installations import Installation, postgres, sqlite
from tests.benchmarks.report import heading

PARTS: dict[str, Callable[[Installation, argparse.Namespace], None]] = {
    "steps": steps.measure,
    "lists": lists.measure,
    "tick": tick.measure,
}
"""Each once, one after the other; `http` in spells before, between and after these."""
MADE = {"sqlite": sqlite, "postgres": postgres}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", type=int, default=100_000, help="cases in the large installation (copies)")
    parser.add_argument("--rounds", type=int, default=200, help="repetitions of each short measurement")
    parser.add_argument("--only", default="engine,steps,http,lists,tick")
    parser.add_argument("--on", default="sqlite,postgres", help="sqlite, postgres or both")
    given = parser.parse_args()
    wanted = given.only.split(",")
    if "engine" in wanted:
        engine.measure(given.rounds)
    with tempfile.TemporaryDirectory(prefix="shuliu-bench-") as folder, ExitStack() as open_ones:
        made = [MADE[name] for name in MADE if name in given.on.split(",")]
        small = [open_ones.enter_context(one(Path(folder) / "http")) for one in made] if "http" in wanted else []
        found = [http.Taken() for _ in small]

        def spell() -> None:
            for installation, taken in zip(small, found, strict=True):
                print(f"… over HTTP for some seconds: {installation.what}", flush=True)
                http.spell(installation, given, taken)

        for one in made:
            spell()
            with one(Path(folder) / "large") as installation:
                heading(installation.what)
                for part, measure in PARTS.items():
                    if part in wanted:
                        measure(installation, given)
        for _ in range(http.SPELLS - len(made)):
            spell()
        for installation, taken in zip(small, found, strict=True):
            heading(f"{installation.what}, over HTTP")
            taken.tell()


if __name__ == "__main__":
    main()
