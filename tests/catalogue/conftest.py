"""Two departments of one jurisdiction, one of another, and an entry."""

from __future__ import annotations

import pytest
from shelves import DEPARTMENTS, HOUSEHOLDS

from app import accounts
from app.accounts import SYSTEM, Department
from app.catalogue import entries
from app.database.transactions import Database


@pytest.fixture
def departments(database: Database) -> dict[str, Department]:
    table = accounts.read_departments(DEPARTMENTS.encode(), "departments.csv")
    with database.transaction() as session:
        accounts.load_departments(session, table, SYSTEM)
        return {f"{one.jurisdiction}/{one.code}": one for one in accounts.departments(session)}


@pytest.fixture
def owner(departments: dict[str, Department]) -> Department:
    return departments["yima/gongan"]


@pytest.fixture
def households(database: Database, owner: Department) -> str:
    with database.transaction() as session:
        entries.apply_changes(session, "yima", [HOUSEHOLDS], "wang", None, owner_id=owner.id)
    return "YM-HH"
