"""Finding entries, and publishing changes as versions."""

from __future__ import annotations

from typing import Any

import pytest
from shelves import HOUSEHOLDS, rules_with
from sqlalchemy import select

from app.accounts import Department
from app.catalogue import entries
from app.catalogue.models import Resource, ResourceVersion
from app.database.transactions import Database
from app.floor.errors import Conflict, Invalid, NotFound

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""


def publish(database: Database, owner: Department, *changes: dict[str, Any], case: int | None = 7) -> dict[str, int]:
    with database.transaction() as session:
        return entries.apply_changes(session, "yima", changes, "wang", case, owner_id=owner.id).versions


def wrong(database: Database, owner: Department, *changes: dict[str, Any], **rules: Any) -> list[str]:
    with database.transaction(write=False) as session:
        return [str(one) for one in entries.check_changes(session, "yima", changes, owner.id, rules_with(**rules))]


def change(code: str, **fields: Any) -> dict[str, Any]:
    return {"resource": code, "action": "change", **fields}


def test_a_new_entry_is_version_one(database: Database, owner: Department) -> None:
    assert publish(database, owner, HOUSEHOLDS) == {"YM-HH": 1}
    with database.transaction(write=False) as session:
        found = entries.find_entry(session, "yima", "YM-HH")
        assert found is not None
        assert (found.provider.code, found.name, found.published) == ("gongan", "户籍人口信息", True)
        assert [item["code"] for item in found.items] == ["name", "idno", "addr"]


def test_a_change_is_a_new_version_and_the_old_one_stays_readable(
    database: Database, owner: Department, households: str
) -> None:
    assert publish(database, owner, change(households, name="户籍信息", scope="全市")) == {households: 2}
    with database.transaction(write=False) as session:
        old, new = entries.versions_of(session, households)
        assert (old.snapshot["name"], old.snapshot["scope"]) == ("户籍人口信息", "")
        assert (new.snapshot["name"], new.snapshot["scope"]) == ("户籍信息", "全市")
        assert (new.case_id, new.actor, new.snapshot["provider"]) == (7, "wang", "gongan")
        assert new.snapshot["conditions"] == old.snapshot["conditions"]


def test_what_changes_nothing_makes_no_version(database: Database, owner: Department, households: str) -> None:
    assert publish(database, owner, change(households, name="户籍人口信息")) == {households: 1}
    with database.transaction(write=False) as session:
        assert len(entries.versions_of(session, households)) == 1


def test_a_withdrawn_entry_is_not_found_but_remembered(database: Database, owner: Department, households: str) -> None:
    assert publish(database, owner, {"resource": households, "action": "withdraw"}) == {households: 2}
    with database.transaction(write=False) as session:
        assert entries.find_entry(session, "yima", households) is None
        assert entries.find(session, jurisdiction="yima").items == []
        assert entries.entry(session, households).withdrawn
        assert [version.snapshot["withdrawn"] for version in entries.versions_of(session, households)] == [False, True]


@on_sqlite
def test_a_field_given_as_null_is_emptied(database: Database, owner: Department, households: str) -> None:
    publish(database, owner, change(households, conditions=None))
    with database.transaction(write=False) as session:
        assert entries.entry(session, households).conditions == ""


@on_sqlite
def test_good_changes_have_no_fault(database: Database, owner: Department, households: str) -> None:
    new = {**HOUSEHOLDS, "resource": "YM-NEW"}
    assert wrong(database, owner, new, change(households, scope="全市")) == []
    assert wrong(database, owner, {"resource": households, "action": "withdraw"}) == []


@on_sqlite
def test_a_change_that_names_no_field_is_no_change(database: Database, owner: Department, households: str) -> None:
    assert wrong(database, owner, change(households)) == [
        "Change 1 (YM-HH), action: This changes nothing: give at least one field."
    ]


@on_sqlite
def test_a_change_is_judged_with_what_the_entry_already_says(
    database: Database, owner: Department, households: str
) -> None:
    assert wrong(database, owner, change(households, share_type="withheld")) == []
    assert wrong(database, owner, change(households, share_type="withheld", basis_kind="rule")) == [
        "Change 1 (YM-HH), basis_kind: This needs a basis (law, administrative regulation); "
        "without one it is unconditional."
    ]


@on_sqlite
def test_every_fault_of_every_change_is_said_with_its_number(
    database: Database, owner: Department, households: str
) -> None:
    said = wrong(
        database,
        owner,
        HOUSEHOLDS,
        change("YM-NONE", name="x"),
        change(households, colour="red", size="big"),
        {"resource": "YM-2", "action": "add", "share_type": "public"},
        {"resource": "bad code", "action": "add"},
        {"resource": "YM-3", "action": "explode"},
    )
    assert [sentence.split(":")[0] for sentence in said] == [
        "Change 1 (YM-HH), resource",
        "Change 2 (YM-NONE), resource",
        "Change 3 (YM-HH), resource",
        "Change 4 (YM-2), name",
        "Change 4 (YM-2), share_type",
        "Change 5 (bad code), resource",
        "Change 6 (YM-3), action",
    ]
    assert [sentence.split(":")[0] for sentence in wrong(database, owner, change(households, colour="red"))] == [
        "Change 1 (YM-HH), colour"
    ]


@on_sqlite
@pytest.mark.parametrize("code", [None, 7, [], {}, "", "x" * 121, "a\x00b", "../x y", "王"])
def test_an_odd_code_is_a_fault_and_not_a_crash(database: Database, owner: Department, code: Any) -> None:
    assert len(wrong(database, owner, {"resource": code, "action": "change"})) == 1


def test_a_department_changes_only_its_own_entries(
    database: Database, departments: dict[str, Department], households: str
) -> None:
    for other in ("yima/minzheng", "jiangsu/gongan"):
        assert len(wrong(database, departments[other], change(households, name="x"))) == 1
        with pytest.raises(Conflict):
            publish(database, departments[other], change(households, name="x"))


def test_what_moved_on_since_the_check_is_refused(database: Database, owner: Department, households: str) -> None:
    with pytest.raises(Conflict, match="taken meanwhile"):
        publish(database, owner, HOUSEHOLDS)
    publish(database, owner, {"resource": households, "action": "withdraw"})
    with pytest.raises(Conflict, match="no longer"):
        publish(database, owner, change(households, name="x"))
    assert len(wrong(database, owner, change(households, name="x"))) == 1


def test_one_refused_change_publishes_none(database: Database, owner: Department, households: str) -> None:
    with pytest.raises(Conflict):
        publish(database, owner, change(households, name="x"), change("YM-NONE", name="y"))
    with database.transaction(write=False) as session:
        assert entries.entry(session, households).version == 1


def test_unknown_entries_are_not_found(database: Database, households: str) -> None:
    with database.transaction(write=False) as session:
        with pytest.raises(NotFound):
            entries.entry(session, "YM-NONE")
        assert entries.find_entry(session, "jiangsu", households) is None


@on_sqlite
def test_the_fact_of_a_case_has_every_mark_and_the_items_codes(database: Database, households: str) -> None:
    with database.transaction(write=False) as session:
        fact = entries.entry(session, households).as_fact()
    assert fact["items"] == ["name", "idno", "addr"]
    marks = {"published": True, "sensitive": False, "basic": False, "timely": False}
    assert {name: fact[name] for name in marks} == marks
    assert (fact["code"], fact["provider"], fact["version"]) == (households, "gongan", 1)


# searching


@pytest.fixture
def shelf(database: Database, departments: dict[str, Department]) -> None:
    def new(code: str, name: str, **more: Any) -> dict[str, Any]:
        return {"resource": code, "action": "add", "name": name, "share_type": "unconditional", **more}

    own = [new(f"YM-{number:02}", f"人口{number % 3}") for number in range(7)]
    other = [new("YM-M1", "低保100%名单", share_type="withheld"), new("YM-M2", "低保_家庭", published=False)]
    publish(database, departments["yima/gongan"], *own)
    publish(database, departments["yima/minzheng"], *other)
    with database.transaction() as session:
        far = departments["jiangsu/gongan"].id
        entries.apply_changes(session, "jiangsu", [new("JS-01", "人口省")], "li", None, owner_id=far)


def codes(database: Database, **asked: Any) -> list[str]:
    with database.transaction(write=False) as session:
        return [one.code for one in entries.find(session, **asked).items]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"jurisdiction": "jiangsu"}, ["JS-01"]),
        ({"jurisdiction": "yima", "provider": "minzheng"}, ["YM-M1", "YM-M2"]),
        ({"provider": "gongan", "q": "省"}, ["JS-01"]),
        ({"share_type": "withheld"}, ["YM-M1"]),
        ({"published": False}, ["YM-M2"]),
        ({"q": "ym-m"}, ["YM-M1", "YM-M2"]),
        ({"q": "名单"}, ["YM-M1"]),
        ({"q": "%"}, ["YM-M1"]),
        ({"q": "_"}, ["YM-M2"]),
        ({"q": "M2", "sort": "-name"}, ["YM-M2"]),
        ({"q": "\x00"}, []),
        ({"q": "\ud800"}, []),
        ({"provider": "a\x00"}, []),
        ({"q": "' or 1=1 --"}, []),
    ],
)
@pytest.mark.usefixtures("shelf")
def test_entries_are_found_by_what_is_asked(database: Database, asked: dict[str, Any], found: list[str]) -> None:
    assert codes(database, **asked) == found


@pytest.mark.parametrize("sort", sorted(entries.SORTS))
@pytest.mark.usefixtures("shelf")
def test_pages_of_every_order_together_are_the_whole_list(database: Database, sort: str) -> None:
    pages: list[list[Resource]] = []
    after = None
    with database.transaction(write=False) as session:
        while True:
            found = entries.find(session, sort=sort, after=after, limit=3)
            pages.append(found.items)
            after = found.next
            if after is None:
                break
    assert [len(one) for one in pages] == [3, 3, 3, 1]
    rows = [row for one in pages for row in one]
    assert len({row.code for row in rows}) == 10
    keys = [(getattr(row, sort.lstrip("-")), row.id) for row in rows]
    assert keys == sorted(keys, reverse=sort.startswith("-"))


@pytest.mark.parametrize(
    "cursor", ["", "x", "%%%", "bnVsbA", "WyJhIiwxZTk5XQ", "WzEsMl0", "WyJcdTAwMDAiLDFd", "WyJhIix0cnVlXQ"]
)
def test_a_foreign_cursor_is_refused(database: Database, cursor: str) -> None:
    with database.transaction(write=False) as session, pytest.raises(Invalid) as refused:
        entries.find(session, after=cursor)
    assert set(refused.value.errors) == {"after"}


def test_a_page_is_never_longer_than_the_most(sqlite: Database) -> None:
    with sqlite.transaction() as session:
        session.add(Department(id=1, jurisdiction="yima", code="a", name_zh="a", name_en="a", level="city"))
        session.flush()
        for number in range(205):
            session.add(Resource(jurisdiction="yima", code=f"c{number}", provider_id=1, name="n", share_type="public"))
    with sqlite.transaction(write=False) as session:
        assert len(entries.find(session, limit=10**9).items) == 200
        assert len(entries.find(session, limit=-1).items) == 1
        assert session.scalars(select(ResourceVersion)).all() == []
