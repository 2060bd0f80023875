"""The operator's commands where they say no."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.cli.backup import read_backup
from tests.world import World, done


@pytest.mark.parametrize("moment", ["0001-01-01", "9999-12-31T23:59:59", "1949-12-31", "2100-01-01T00:00Z", "noon"])
def test_the_clock_is_set_to_no_moment_that_nothing_can_be_counted_from(world: World, moment: str) -> None:
    refused = world.flask("clock", "set", moment)
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert refused.stderr
    done(world.api("admin").get("/cases"))


def test_a_backup_that_cannot_be_written_is_told_so(world: World, tmp_path: Path) -> None:
    with world.app.app_context():
        refused = world.flask("backup", str(tmp_path / "nowhere" / "all.zip"))
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "cannot be written: No such file or directory" in refused.stderr


def test_a_file_that_is_no_archive_is_no_backup(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "all.zip"
    file.write_bytes(b"hello")
    with pytest.raises(SystemExit):
        read_backup(world.database, file)
    assert capsys.readouterr().err == f"{file} is no backup\n"
