"""A database on a Monday of June 2024, in one transaction."""

from __future__ import annotations

from typing import Any

import pytest

from app.database.transactions import Database, Setting


@pytest.fixture
def session(sqlite: Database) -> Any:
    with sqlite.transaction() as session:
        session.add(Setting(name="clock", value="2024-06-03T02:00:00+00:00"))
    with sqlite.transaction() as session:
        yield session
