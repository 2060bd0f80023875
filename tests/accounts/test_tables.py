"""Reading CSV strictly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.accounts.csv_tables import Faults, check_yes_no, has_hidden, read_csv
from app.floor.errors import FileError


def refused(data: bytes) -> list[str]:
    with pytest.raises(FileError) as error:
        read_csv(data, "f.csv", ("code", "name"), ("note",))
    return [str(place) for place in error.value.places]


def test_columns_may_come_in_any_order_and_optional_ones_may_be_missing() -> None:
    table = read_csv("\ufeffname,code\n 王 ,a\n".encode(), "f.csv", ("code", "name"), ("note",))
    assert [(line.number, line.cells) for line in table.lines] == [(2, {"code": "a", "name": "王", "note": ""})]


def test_every_fault_of_a_header_is_named() -> None:
    assert refused(b"code,code,nmae\n") == [
        "f.csv:1: name: the column is missing; add it to the header",
        "f.csv:1: code: the column is given twice; keep one of the two",
        "f.csv:1: nmae: the column is not known; known are code, name, note; did you mean name?",
    ]


def test_an_empty_file_has_no_header() -> None:
    assert refused(b"") == [
        "f.csv:1: code: the column is missing; add it to the header",
        "f.csv:1: name: the column is missing; add it to the header",
    ]


def test_a_file_in_another_encoding_is_refused_with_its_line() -> None:
    assert refused(b"code,name\na,b\nc,\xcd\xf5\n") == ["f.csv:3: : not UTF-8; save the file as 'CSV UTF-8'"]


def test_lines_are_counted_as_an_editor_counts_them() -> None:
    table = read_csv(b'code,name\n\na,"x\ny"\n\nb,z,too much\n', "f.csv", ("code", "name"))
    assert [line.number for line in table.lines] == [3, 6]
    [place] = table.faults.places
    assert (place.line, str(place.message).split(";")[0]) == (6, "3 cells, the header has 2")


def test_a_broken_quote_is_a_fault_and_not_a_crash() -> None:
    table = read_csv(b'code,name\na,"x"y\n', "f.csv", ("code", "name"))
    [place] = table.faults.places
    assert (place.line, str(place.message).split(":")[0]) == (2, "not readable as CSV from here on")


@pytest.mark.parametrize("hidden", ["\x00", "\x07", "\u202e", "\u200b", "\ufeff", "\x7f", "\ud800"])
def test_invisible_characters_are_a_fault(hidden: str) -> None:
    assert has_hidden(f"a{hidden}b")
    assert has_hidden(f"王{hidden}芳")


@given(st.text(st.characters(categories=("L", "N", "P", "S", "Zs"))))
def test_what_can_be_seen_is_no_fault(text: str) -> None:
    assert not has_hidden(text + "\n\t")


@pytest.mark.parametrize(("cell", "meant"), [("是", True), ("Yes", True), ("1", True), ("否", False), ("FALSE", False)])
def test_yes_and_no_are_understood_in_both_languages(cell: str, meant: bool) -> None:
    table = read_csv(f"code,name\n{cell},{cell}\n".encode(), "f.csv", ("code", "name"))
    faults = Faults("f.csv")
    assert check_yes_no(table.lines[0], "code", faults, default=not meant) is meant
    assert not faults.places


def test_an_unclear_answer_is_a_fault_and_an_empty_one_the_default() -> None:
    table = read_csv(b"code,name\nmaybe,\n", "f.csv", ("code", "name"))
    faults = Faults("f.csv")
    check_yes_no(table.lines[0], "code", faults)
    assert [(place.line, place.key) for place in faults.places] == [(2, "code")]
    assert check_yes_no(table.lines[0], "name", faults, default=True) is True
