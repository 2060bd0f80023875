"""Whole catalogues from files, and back."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shelves import as_xlsx, rules_with
from sqlalchemy import func, select

from app.accounts import SYSTEM, Department, Loaded
from app.catalogue import entries
from app.catalogue.loading import load_catalogue
from app.catalogue.models import ResourceVersion
from app.catalogue.spreadsheets import (
    DANGEROUS,
    join_items,
    read_catalogue,
    safe_cell,
    split_items,
    write_csv,
    write_xlsx,
)
from app.database.transactions import Database
from app.floor.errors import FileError, NotFound
from app.history import HistoryEvent

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)
"""For what does not depend on the kind of database."""

HEADER = "code,jurisdiction,provider,name,share_type,conditions,basis_kind,basis_text,modes,sensitive,published,items"
GOOD = [
    "YM-1,yima,gongan,户籍,conditional,仅限救助,law,某法第三条,interface;query,是,,name:姓名:C;idno:身份证号",
    "YM-2,yima,minzheng,低保,unconditional,,,,,,no,",
    "JS-1,jiangsu,gongan,驾照,unconditional,,,,,0,1,no:号码",
]


def rules_of(jurisdiction: str) -> Callable[[str], Any]:
    if jurisdiction not in ("yima", "jiangsu"):
        raise NotFound("no such jurisdiction")
    return rules_with()


def as_csv(*lines: str) -> bytes:
    return "\n".join((HEADER, *lines)).encode()


def load(database: Database, data: bytes, **more: Any) -> Loaded:
    with database.transaction() as session:
        return load_catalogue(session, read_catalogue(data, "c.csv"), SYSTEM, rules_of, **more)


def refused(database: Database, data: bytes) -> list[tuple[int, str]]:
    with pytest.raises(FileError) as error:
        load(database, data)
    return [(place.line, place.key) for place in error.value.places]


def stored(database: Database) -> dict[str, dict[str, Any]]:
    with database.transaction(write=False) as session:
        return {one.code: one.as_fact() | entries.content(one) for one in entries.find(session, limit=200).items}


def versions(database: Database) -> int:
    with database.transaction(write=False) as session:
        return session.scalar(select(func.count()).select_from(ResourceVersion)) or 0


@pytest.mark.usefixtures("departments")
def test_a_csv_file_is_loaded_with_all_its_columns(database: Database) -> None:
    assert load(database, as_csv(*GOOD)) == Loaded(added=3, changed=0, unchanged=0)
    found = stored(database)
    assert found["YM-1"]["items"] == [
        {"code": "name", "name": "姓名", "type": "C"},
        {"code": "idno", "name": "身份证号"},
    ]
    assert (found["YM-1"]["modes"], found["YM-1"]["sensitive"]) == (["interface", "query"], True)
    assert [found[code]["published"] for code in ("YM-1", "YM-2", "JS-1")] == [True, False, True]
    assert found["YM-2"]["provider"] == "minzheng"


@pytest.mark.usefixtures("departments")
def test_the_same_file_twice_makes_no_new_versions(database: Database) -> None:
    load(database, as_csv(*GOOD))
    assert load(database, as_csv(*GOOD)) == Loaded(added=0, changed=0, unchanged=3)
    assert versions(database) == 3


@pytest.mark.usefixtures("departments")
def test_what_differs_becomes_a_new_version(database: Database) -> None:
    load(database, as_csv(*GOOD))
    changed = [GOOD[0].replace("户籍", "户籍人口"), GOOD[1].replace("minzheng", "gongan"), GOOD[2]]
    assert load(database, as_csv(*changed)) == Loaded(added=0, changed=2, unchanged=1)
    with database.transaction(write=False) as session:
        old, new = entries.versions_of(session, "YM-1")
        assert (old.snapshot["name"], new.snapshot["name"], new.actor) == ("户籍", "户籍人口", "system")
        assert entries.versions_of(session, "YM-2")[1].snapshot["provider"] == "gongan"


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_a_loaded_version_is_like_a_published_one(database: Database, owner: Department) -> None:
    load(database, as_csv(GOOD[0]))
    change = {"resource": "YM-9", "action": "add", **stored(database)["YM-1"]}
    with database.transaction() as session:
        fields = {name: value for name, value in change.items() if name in (*entries.FIELDS, "resource", "action")}
        entries.apply_changes(session, "yima", [fields], "wang", 7, owner_id=owner.id)
        bulk, played = (entries.versions_of(session, code)[0].snapshot for code in ("YM-1", "YM-9"))
    assert {**bulk, "code": "YM-9"} == played


@pytest.mark.usefixtures("departments")
def test_a_dry_run_says_the_same_and_stores_nothing(database: Database) -> None:
    assert load(database, as_csv(*GOOD), dry_run=True) == Loaded(added=3, changed=0, unchanged=0)
    assert stored(database) == {}


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_a_load_stands_in_each_jurisdictions_ledger(database: Database) -> None:
    load(database, as_csv(*GOOD))
    with database.transaction(write=False) as session:
        links = session.scalars(select(HistoryEvent).where(HistoryEvent.stream.like("catalogue:%"))).all()
    assert {link.stream: (link.detail["added"], link.detail["changed"]) for link in links} == {
        "catalogue:yima": (2, 0),
        "catalogue:jiangsu": (1, 0),
    }


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_every_fault_is_named_at_once_and_nothing_is_taken(database: Database) -> None:
    lines = [
        GOOD[0],
        "bad code,yima,nobody,,secret,,,,,maybe,,a",
        "YM-4,yima,gongan,x,conditional,,rule,,teleport,,,a:b;a:c",
        "XX-1,atlantis,gongan,x,unconditional,,,,,,,",
        GOOD[0],
    ]
    assert refused(database, as_csv(*lines)) == [
        (3, "code"),
        (3, "provider"),
        (3, "sensitive"),
        (3, "name"),
        (3, "share_type"),
        (3, "items"),
        (4, "modes"),
        (4, "items"),
        (5, "provider"),
        (5, "jurisdiction"),
        (6, "code"),
    ]
    assert stored(database) == {}


@pytest.mark.usefixtures("departments")
def test_a_code_of_another_jurisdiction_is_a_fault(database: Database) -> None:
    load(database, as_csv(*GOOD))
    assert refused(database, as_csv(GOOD[0].replace("yima", "jiangsu"))) == [(2, "code")]


@pytest.mark.usefixtures("departments")
def test_a_withdrawn_entry_comes_back_with_a_load(database: Database, owner: Department) -> None:
    load(database, as_csv(GOOD[0]))
    with database.transaction() as session:
        withdraw = {"resource": "YM-1", "action": "withdraw"}
        entries.apply_changes(session, "yima", [withdraw], "wang", None, owner_id=owner.id)
    assert load(database, as_csv(GOOD[0])) == Loaded(added=0, changed=1, unchanged=0)
    assert "YM-1" in stored(database)


def rows_of(*lines: str) -> list[list[Any]]:
    return list(csv.reader([HEADER, *lines]))


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_an_xlsx_file_means_the_same_as_the_csv(database: Database) -> None:
    assert load(database, as_csv(*GOOD)).added == 3
    assert load(database, as_xlsx(rows_of(*GOOD))) == Loaded(added=0, changed=0, unchanged=3)


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_items_may_have_a_sheet_of_their_own(database: Database) -> None:
    items = [["resource", "code", "name", "type"], ["YM-2", "a", "名称:全称", None], ["YM-2", 2, "x", "C"]]
    load(database, as_xlsx(rows_of(*GOOD), items))
    assert stored(database)["YM-2"]["items"] == [
        {"code": "a", "name": "名称:全称"},
        {"code": "2", "name": "x", "type": "C"},
    ]


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_an_item_of_no_entry_is_a_fault(database: Database) -> None:
    items = [["resource", "code", "name"], ["YM-7", "a", "x"]]
    assert refused(database, as_xlsx(rows_of(GOOD[1]), items)) == [(2, "resource")]


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_a_formula_in_a_file_is_a_fault_and_never_computed(database: Database) -> None:
    rows = rows_of(*GOOD)
    rows[2][3] = '=HYPERLINK("http://evil.example","x")'
    assert refused(database, as_xlsx(rows)) == [(3, "D")]


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_cells_that_excel_made_numbers_and_truths_are_read_as_text(database: Database) -> None:
    header = ["code", "jurisdiction", "provider", "name", "share_type", "sensitive", "update_cycle"]
    rows = [header, [2026, "yima", "gongan", 3.5, "unconditional", True, 7.0]]
    load(database, as_xlsx(rows))
    found = stored(database)["2026"]
    assert (found["name"], found["sensitive"], found["update_cycle"]) == ("3.5", True, "7")


@pytest.mark.parametrize(
    "data",
    [b"PK", b"PK\x03\x04 not a zip", b"", b"\x00" * 100, b"\xd0\xcf\x11\xe0 old excel", b"<html></html>"],
)
def test_what_is_no_table_is_refused_with_words(data: bytes) -> None:
    with pytest.raises(FileError):
        read_catalogue(data, "c.xlsx")


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(FileError, match="not readable as XLSX"):
        read_catalogue(out.getvalue(), "c.xlsx")


def test_a_zip_bomb_is_refused_before_it_is_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.catalogue.spreadsheets.MOST_UNPACKED", 1_000_000)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * 1_000_001)
    assert len(out.getvalue()) < 3_000
    with pytest.raises(FileError, match="larger than 1,000,000 bytes when unpacked"):
        read_catalogue(out.getvalue(), "c.xlsx")


# writing


@on_sqlite
@pytest.mark.usefixtures("departments")
@pytest.mark.parametrize("write", [write_csv, write_xlsx])
def test_what_is_written_can_be_loaded_again(database: Database, write: Callable[[Any], bytes]) -> None:
    nasty = 'YM-5,yima,gongan,"=cmd|\'/c calc\'!A0",unconditional,"+1,2",,"@x",,,,"a:b\\:c\\;d"'
    load(database, as_csv(*GOOD, nasty))
    with database.transaction(write=False) as session:
        data = write(entries.find(session, limit=200).items)
    assert load(database, data) == Loaded(added=0, changed=0, unchanged=4)


@on_sqlite
@pytest.mark.usefixtures("departments")
def test_no_written_cell_is_a_formula(database: Database) -> None:
    lines = [f"YM-{n},yima,gongan,{start}1+1,unconditional,,,,,,," for n, start in enumerate("=+-@＝")]
    load(database, as_csv(*lines))
    with database.transaction(write=False) as session:
        found = entries.find(session).items
        table = list(csv.reader(io.StringIO(write_csv(found).decode("utf-8-sig"))))
        book = openpyxl.load_workbook(io.BytesIO(write_xlsx(found)))
    cells = [cell for row in table for cell in row]
    assert any(cell == "'=1+1" for cell in cells)
    assert not any(cell.startswith(DANGEROUS) for cell in cells)
    assert book.active is not None
    assert "f" not in {cell.data_type for row in book.active.iter_rows() for cell in row}


@given(st.text())
def test_a_safe_cell_never_begins_a_formula(text: str) -> None:
    assert not safe_cell(text).startswith(DANGEROUS)


NAMES = st.text(st.sampled_from("ab:;名 "), min_size=1).map(str.strip).filter(bool)
ITEM = st.fixed_dictionaries(
    {"code": st.from_regex(r"[a-z]{1,3}", fullmatch=True), "name": NAMES}, optional={"type": NAMES}
)


@given(st.lists(ITEM, max_size=4))
def test_items_survive_being_written_into_one_cell(items: list[dict[str, str]]) -> None:
    assert split_items(join_items(items)) == items


@pytest.mark.usefixtures("departments")
def test_progress_is_told_until_all_is_done(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.catalogue.loading.CHUNK", 2)
    told: list[tuple[int, int]] = []
    load(database, as_csv(*GOOD), progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 3), (3, 3)]
