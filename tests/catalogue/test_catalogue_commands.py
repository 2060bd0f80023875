"""A catalogue leaves by a command and comes back by one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World


@pytest.mark.parametrize("name", ["yima.csv", "yima.xlsx"])
def test_an_exported_catalogue_can_be_worked_on_and_loaded_again(world: World, tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    said = world.flask("catalogue", "export", "yima", str(file)).stdout
    count = int(said.split()[0])
    assert count > 5
    assert world.flask("catalogue", "load", str(file)).stdout.endswith(f"0 were added, 0 changed, {count} unchanged\n")


def test_the_catalogue_of_nowhere_is_not_exported(world: World, tmp_path: Path) -> None:
    refused = world.flask("catalogue", "export", "yma", str(tmp_path / "yma.csv"))
    assert refused.exit_code == 1
    assert "yima" in refused.stderr
    assert not (tmp_path / "yma.csv").exists()
