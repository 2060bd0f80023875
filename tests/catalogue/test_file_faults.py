"""What is wrong with a file of entries, departments or accounts is told in the reader's language: where, which value,
what to do."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask
from shelves import as_xlsx, rules_with

from app import accounts
from app.accounts import SYSTEM
from app.api.problems import from_ours as as_problem
from app.catalogue.loading import load_catalogue
from app.catalogue.spreadsheets import read_catalogue
from app.database.transactions import Database
from app.entry import words
from app.floor.errors import FileError, NotFound, Place
from app.web.errors import from_ours as as_page
from tests.world import World

HAN = re.compile("[\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b(?:the|is|are|not|cannot|needed|must|there|which|nothing|characters)\b")
HEADER = "code,jurisdiction,provider,name,share_type,basis_kind,modes,sensitive,items"
GOOD = "YM-1,yima,gongan,x,unconditional,,,,"
WRONG: list[tuple[str, str, str]] = [
    ("bad code,yima,gongan,x,unconditional,,,,", "code", "'bad code'"),
    ("YM-2,yima,nobody,x,unconditional,,,,", "provider", "'nobody'"),
    ("YM-2,atlantis,gongan,x,unconditional,,,,", "jurisdiction", "'atlantis'"),
    ("YM-2,yima,gongan,,unconditional,,,,", "name", ""),
    ("YM-2,yima,gongan,x\u200b,unconditional,,,,", "name", r"'x\u200b'"),
    ("YM-2,yima,gongan,x,secret,,,,", "share_type", "'secret'"),
    ("YM-2,yima,gongan,x,unconditional,hearsay,,,", "basis_kind", "'hearsay'"),
    ("YM-2,yima,gongan,x,unconditional,,teleport,,", "modes", "'teleport'"),
    ("YM-2,yima,gongan,x,unconditional,,,maybe,", "sensitive", "'maybe'"),
    ("YM-2,yima,gongan,x,unconditional,,,,a:b;a:c", "items", "'a:b;a:c'"),
    ("YM-2,yima,gongan,x,withheld,,,,", "basis_kind", ""),
    (GOOD, "code", "'YM-1'"),
    ("YM-2,yima,gongan,x,unconditional,,,,,,", "", "11"),
]
"""A line, the column that is wrong, and how its value is named."""


def rules_of(jurisdiction: str) -> Callable[[str], Any]:
    if jurisdiction == "atlantis":
        raise NotFound("no such jurisdiction")
    return rules_with()


def faults_of(database: Database, data: bytes) -> FileError:
    with pytest.raises(FileError) as error, database.transaction() as session:
        load_catalogue(session, read_catalogue(data, "c.csv"), SYSTEM, rules_of)
    return error.value


def told(app: Flask, places: Sequence[Place], language: str | None) -> list[str]:
    with app.test_request_context("/api/v1/cases", headers={"Accept-Language": language} if language else None):
        return [words(place.message) for place in places]


def judged(app: Flask, places: Sequence[Place]) -> None:
    """Chinese unless English is asked for, each wholly in its language."""
    for chinese in (told(app, places, None), told(app, places, "zh-CN"), told(app, places, "fr")):
        assert [text for text in chinese if not HAN.search(text) or ENGLISH.search(text)] == []
    assert [text for text in told(app, places, "en") if HAN.search(text)] == []
    assert told(app, places, "en") == [str(place.message) for place in places]


@pytest.mark.usefixtures("departments")
@pytest.mark.parametrize(("line", "column", "value"), WRONG, ids=[f"{line}-{at}" for line, at, _ in WRONG])
def test_a_wrong_cell_is_told_with_line_column_and_value(
    one_app: Flask, database: Database, line: str, column: str, value: str
) -> None:
    error = faults_of(database, "\n".join([HEADER, GOOD, line]).encode())
    about = [place for place in error.places if place.key == column]
    assert {place.line for place in error.places} == {3}
    assert [value in text for text in told(one_app, about, None)] == [True] * len(about) != []
    judged(one_app, error.places)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"code,code,jurisdicton,,name\n",
        b"code,name\na,\xcd\xf5\n",
        b"PK\x03\x04 no workbook",
    ],
)
def test_a_file_that_is_no_table_is_told(one_app: Flask, data: bytes) -> None:
    with pytest.raises(FileError) as error:
        read_catalogue(data, "c.csv")
    judged(one_app, error.value.places)


@pytest.mark.usefixtures("departments")
def test_a_quotation_mark_that_stays_open_is_told(one_app: Flask, database: Database) -> None:
    judged(one_app, faults_of(database, f'{HEADER}\n{GOOD}\nYM-2,yima,gongan,"x\n'.encode()).places)


@pytest.mark.parametrize("limit", ["app.accounts.csv_tables.MOST_BYTES", "app.catalogue.spreadsheets.MOST_UNPACKED"])
def test_a_file_that_is_too_large_is_told(one_app: Flask, monkeypatch: pytest.MonkeyPatch, limit: str) -> None:
    monkeypatch.setattr(limit, 10)
    data = as_xlsx([HEADER.split(",")]) if "UNPACKED" in limit else HEADER.encode()
    with pytest.raises(FileError) as error:
        read_catalogue(data, "c")
    judged(one_app, error.value.places)


@pytest.mark.usefixtures("departments")
def test_what_is_wrong_in_a_workbook_is_told_with_its_sheet_row_and_value(
    one_app: Flask, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.catalogue.spreadsheets.MOST_ROWS", 3)
    rows = list(csv.reader([HEADER, GOOD, GOOD.replace("YM-1", "YM-2"), GOOD]))
    rows[1][3], rows[2][3] = "=1+1", "#N/A"
    error = faults_of(database, as_xlsx(rows, [["resource", "code", "name"], ["YM-7", "a", "x"]]))
    assert [(place.file, place.line, place.key) for place in error.places] == [
        ("c.csv", 2, "D"), ("c.csv (items)", 2, "resource"), ("c.csv", 3, "D"), ("c.csv", 4, ""),
    ]  # fmt: skip
    named = zip(told(one_app, error.places, None), ("'=1+1'", "'YM-7'", "'#N/A'", "3"), strict=True)
    assert [text for text, value in named if value not in text] == []
    judged(one_app, error.places)


@pytest.mark.usefixtures("departments")
def test_faults_of_departments_and_accounts_are_told(one_app: Flask, database: Database) -> None:
    lines = b"jurisdiction,code,name_zh,level\nyi ma,Gong,,moon\natlantis,a,%s,city\natlantis,a,x,city\n" % (b"x" * 121)
    table = accounts.read_departments(lines, "d.csv")
    with pytest.raises(FileError) as error, database.transaction() as session:
        accounts.load_departments(session, table, SYSTEM, jurisdictions=["yima"])
    judged(one_app, error.value.places)
    people = b"username,name,roles,jurisdiction,department,password\nwang,,king,,,short\nwang,x,clerk,yima,nobody,\n"
    with pytest.raises(FileError) as refused, database.transaction() as session:
        accounts.load_accounts(session, accounts.read_accounts(people, "a.csv"), SYSTEM)
    assert {place.key for place in refused.value.places} >= {"name", "roles", "department", "password", "username"}
    judged(one_app, refused.value.places)


@pytest.mark.parametrize(
    ("language", "said"), [(None, "请更正代码"), ("zh-CN", "请更正代码"), ("en", "correct the code")]
)
def test_both_doors_tell_it_in_the_readers_language(world: World, language: str | None, said: str) -> None:
    data = f"{HEADER}\nYM-2,yima,nobody,x,unconditional,,,,\n".encode()
    error = faults_of(world.database, data)
    headers = {"Accept-Language": language} if language else None
    with world.app.test_request_context("/api/v1/catalogue/resources", headers=headers):
        problem = as_problem(error)
        assert (problem.status_code, problem.json["places"][0]["line"]) == (422, 2)
        assert said in problem.json["errors"]["provider"][0]
        assert said in problem.json["detail"]
    with world.app.test_request_context("/catalogue", headers={"Cookie": f"language={language}"} if language else None):
        shown, status = as_page(error)  # type: ignore[misc]
        assert status == 422
        assert said in str(shown)
