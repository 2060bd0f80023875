"""Figures of the load tests: printed at the end of the run, whoever ran them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Told = Callable[..., None]


@pytest.fixture
def figures(record_property: Callable[[str, object], None]) -> Told:
    """Tell figures: `figures(kills=12, completions=144)`."""

    def tell(**told: object) -> None:
        for name, value in told.items():
            record_property(f"figure {name.replace('_', ' ')}", value)

    return tell


def pytest_terminal_summary(terminalreporter: Any) -> None:
    told = [(report, _figures(report)) for report in terminalreporter.stats.get("passed", ()) if _figures(report)]
    if told:
        terminalreporter.section("load")
    for report, figures in told:
        name = report.nodeid.rpartition("::")[2]
        terminalreporter.line(f"{name} ({report.duration:.1f} s): {', '.join(figures)}")


def _figures(report: Any) -> list[str]:
    given = [(name, value) for name, value in getattr(report, "user_properties", ()) if name.startswith("figure ")]
    return [f"{name.removeprefix('figure ')} {value}" for name, value in given]
