"""Departments and accounts from CSV."""

from __future__ import annotations

import pytest

from app import accounts
from app.accounts import SYSTEM, Demo, Department, Loaded
from app.database.transactions import Database
from app.floor.errors import FileError

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""

DEMO = Demo(allowed=True)
PEOPLE = f"""username,name,roles,jurisdiction,department,password
yima.gongan.clerk,王芳,clerk,yima,gongan,{DEMO.password}
yima.gongan.head,李强,clerk;head,yima,gongan,{DEMO.password}
yima.platform,平台,platform,yima,bureau,
admin,管理员,administrator,,,a long enough one
"""


def load(database: Database, text: str, *, dry_run: bool = False, demo: Demo = DEMO) -> Loaded:
    table = accounts.read_accounts(text.encode(), "people.csv")
    hashed = accounts.hash_passwords(table, demo=demo)
    with database.transaction() as session:
        return accounts.load_accounts(session, table, SYSTEM, hashed=hashed, demo=demo, dry_run=dry_run)


def faults(refused: pytest.ExceptionInfo[FileError]) -> list[tuple[int, str]]:
    return [(place.line, place.key) for place in refused.value.places]


def test_accounts_are_loaded_with_departments_and_roles(database: Database, departments: dict[str, Department]) -> None:
    assert load(database, PEOPLE) == Loaded(added=4, changed=0, unchanged=0)
    with database.transaction(write=False) as session:
        found = {a.username: (d and d.code, a.roles, a.password_hash) for a, d in accounts.accounts(session)}
    assert found["yima.gongan.head"][:2] == ("gongan", ["clerk", "head"])
    assert found["admin"][:2] == (None, ["administrator"])
    assert found["yima.platform"][2] is None
    assert accounts.verify_password(found["admin"][2], "a long enough one")


def test_the_same_file_twice_changes_nothing(database: Database, departments: dict[str, Department]) -> None:
    load(database, PEOPLE)
    assert load(database, PEOPLE) == Loaded(added=0, changed=0, unchanged=4)


def test_a_known_account_is_changed_but_keeps_its_password(
    database: Database, departments: dict[str, Department]
) -> None:
    load(database, PEOPLE)
    changed = PEOPLE.replace("管理员", "新管理员").replace("a long enough one", "a different long one")
    assert load(database, changed) == Loaded(added=0, changed=1, unchanged=3)
    with database.transaction(write=False) as session:
        admin = accounts.account_named(session, "admin")
    assert admin.name == "新管理员"
    assert accounts.verify_password(admin.password_hash, "a long enough one")


@on_sqlite
def test_a_dry_run_says_the_same_and_stores_nothing(database: Database, departments: dict[str, Department]) -> None:
    assert load(database, PEOPLE, dry_run=True) == Loaded(added=4, changed=0, unchanged=0)
    with database.transaction(write=False) as session:
        assert accounts.accounts(session) == []


@on_sqlite
def test_every_fault_is_named_with_line_and_column_and_nothing_is_taken(
    database: Database, departments: dict[str, Department]
) -> None:
    text = PEOPLE + '"Bad\nName",x,clerk,yima,gongan,\nb,,king,yima,nowhere,short\nadmin,again,administrator,,,\n'
    with pytest.raises(FileError) as refused:
        load(database, text)
    eighth = [(8, column) for column in ("name", "roles", "department", "password")]
    assert faults(refused) == [(6, "username"), *eighth, (9, "username")]
    with database.transaction(write=False) as session:
        assert accounts.accounts(session) == []


@on_sqlite
def test_the_demo_password_is_refused_outside_the_demo(database: Database, departments: dict[str, Department]) -> None:
    with pytest.raises(FileError) as refused:
        load(database, PEOPLE, demo=Demo(allowed=False))
    assert faults(refused) == [(2, "password"), (3, "password")]


def test_departments_of_the_same_code_live_in_several_jurisdictions(
    database: Database, departments: dict[str, Department]
) -> None:
    assert departments["yima/gongan"].id != departments["jiangsu/gongan"].id
    with database.transaction(write=False) as session:
        assert accounts.find_department(session, "yima", "gongan") is not None
        assert accounts.find_department(session, "yima", "minzheng") is None


def test_a_department_is_renamed_by_loading_it_again(database: Database, departments: dict[str, Department]) -> None:
    table = accounts.read_departments("jurisdiction,code,name_zh,level\nyima,gongan,市公安局,city\n".encode(), "d.csv")
    with database.transaction() as session:
        assert accounts.load_departments(session, table, SYSTEM) == Loaded(added=0, changed=1, unchanged=0)
        assert accounts.department(session, "yima", "gongan").name.zh == "市公安局"


@on_sqlite
def test_department_faults_come_all_at_once(database: Database) -> None:
    lines = ["yima,Gong An,,town,office", "nowhere,a,b,city,", "yima,a,b,city,", "yima,a,c,city,"]
    text = "\n".join(["jurisdiction,code,name_zh,level,kind", *lines])
    table = accounts.read_departments(text.encode(), "d.csv")
    with database.transaction() as session, pytest.raises(FileError) as refused:
        accounts.load_departments(session, table, SYSTEM, jurisdictions={"yima"})
    assert faults(refused) == [
        (2, "code"), (2, "name_zh"), (2, "level"), (2, "kind"), (3, "jurisdiction"), (5, "code"),
    ]  # fmt: skip
    assert str(refused.value.places[0]) == "d.csv:2: code: 'Gong An' is not a code (a-z, 0-9, _)"
