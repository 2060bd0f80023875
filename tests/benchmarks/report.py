"""How figures are printed: one line each, with what is to be reached beside it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence


def heading(text: str) -> None:
    print(f"\n{text}\n{'─' * len(text)}", flush=True)


def line(what: str, found: str, floor: str = "", dream: str = "") -> None:
    print(
        f"{what:46} {found:44} {'floor ' + floor if floor else '':20} {'dream ' + dream if dream else ''}", flush=True
    )


def spread(seconds: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    return f"{statistics.median(seconds) * 1e3:.2f} ms median, p95 {ninety_fifth(seconds) * 1e3:.2f}"


def ninety_fifth(seconds: Sequence[float]) -> float:
    return sorted(seconds)[int(len(seconds) * 0.95)]


def timed(do: Callable[[], object]) -> float:
    started = time.perf_counter()
    do()
    return time.perf_counter() - started
