"""The shipped national calendar, read once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import settings

from app.deadlines.calendar import Calendar
from app.deadlines.notice import Notice, load_notice

settings.register_profile("unhurried", deadline=None)  # a busy machine is no counter-example
settings.load_profile("unhurried")

FOLDER = Path(__file__).parents[2] / "rules" / "calendars" / "cn"


@pytest.fixture(scope="session")
def notices() -> dict[int, Notice]:
    read = [load_notice(path.read_text("utf-8"), path.name) for path in sorted(FOLDER.glob("*.yaml"))]
    return {notice.year: notice for notice in read if notice.year}


@pytest.fixture(scope="session")
def national(notices: dict[int, Notice]) -> Calendar:
    return Calendar([day for notice in notices.values() for day in notice.days], date(2026, 12, 31), version=1)
