"""What `make bench` plays can be played: a drawing or a form that changes would else silence a measurement."""

from __future__ import annotations

from argparse import Namespace
from pathlib import Path

import pytest

from tests.benchmarks import engine, steps
from tests.benchmarks.installations import sqlite


def test_the_bare_engine_goes_back_and_forth(capsys: pytest.CaptureFixture[str]) -> None:
    engine.measure(2)
    assert "restore, complete one user task, save" in capsys.readouterr().out


def test_each_way_that_is_measured_is_played_to_its_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with sqlite(tmp_path / "bench") as installation:
        steps.measure(installation, Namespace(rounds=1))
    told = capsys.readouterr().out
    for way in steps.WAYS:
        assert f"kept of a finished case, {way}" in told
