"""The calendar files shown in docs/deadlines.md are real ones."""

from __future__ import annotations

import re
from pathlib import Path

from app.deadlines.notice import load_notice

PAGE = Path(__file__).parents[2] / "docs" / "deadlines.md"


def test_the_documented_files_load() -> None:
    national, local = re.findall(r"```yaml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert load_notice(national, "national").year == 2026
    days = load_notice(local, "local").days
    assert [day.stops_statutory for day in days if not day.working] == [False, True]
