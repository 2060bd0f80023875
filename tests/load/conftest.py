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


@pytest.fixture(scope="session")
def one_app():  # TEMP until the pages are whole
    from flask import Flask

    from app import api, door
    from app.db import Database
    from tests.world import settings

    config = settings("sqlite://")
    flask = Flask("app", static_folder=None)
    flask.config.update(SECRET_KEY="x", MAX_CONTENT_LENGTH=16_000_000, SHULIU=config)
    door.open_doors(flask, Database(config.database_url, simulated_clock=True))
    api.register(flask)
    return flask
