"""Two jurisdictions with a few departments."""

from __future__ import annotations

import pytest

from app import accounts
from app.accounts import Department
from app.database.transactions import Database

DEPARTMENTS = """jurisdiction,code,name_zh,level,kind
yima,gongan,公安局,city,department
yima,bureau,大数据局,city,bureau
jiangsu,gongan,公安厅,province,department
"""


@pytest.fixture
def departments(database: Database) -> dict[str, Department]:
    table = accounts.read_departments(DEPARTMENTS.encode(), "departments.csv")
    with database.transaction() as session:
        accounts.load_departments(session, table, accounts.SYSTEM)
        return {f"{one.jurisdiction}/{one.code}": one for one in accounts.departments(session)}
