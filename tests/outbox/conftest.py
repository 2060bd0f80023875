"""Two departments with their clerks and heads."""

from __future__ import annotations

import pytest

from app import accounts
from app.accounts import Actor
from app.database.transactions import Database

DEPARTMENTS = "jurisdiction,code,name_zh,level\nyima,gongan,公安局,city\nyima,minzheng,民政局,city\n"
PEOPLE = """username,name,roles,jurisdiction,department
gongan.clerk,A,clerk,yima,gongan
gongan.head,B,head,yima,gongan
minzheng.clerk,C,clerk,yima,minzheng
"""


@pytest.fixture
def people(database: Database) -> dict[str, Actor]:
    with database.transaction() as session:
        departments = accounts.read_departments(DEPARTMENTS.encode(), "d.csv")
        accounts.load_departments(session, departments, accounts.SYSTEM)
        accounts.load_accounts(session, accounts.read_accounts(PEOPLE.encode(), "a.csv"), accounts.SYSTEM)
        names = [account.username for account, _ in accounts.accounts(session)]
        actors = {name: accounts.actor_by_username(session, name) for name in names}
    return {name: actor for name, actor in actors.items() if actor is not None}
