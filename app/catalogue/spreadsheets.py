"""Catalogue files as people keep them, CSV and XLSX: read with formulas never evaluated, written so that no cell of
ours becomes one in their program."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.accounts.csv_tables import MOST_BYTES, Faults, Table, as_table, read_csv, shown, too_large
from app.catalogue.checks import SWITCHES, TEXTS
from app.catalogue.models import Resource
from app.floor.errors import FileError, Place
from app.floor.messages import Say, say

REQUIRED = ("code", "jurisdiction", "provider", "name", "share_type")
OPTIONAL = (*(name for name in TEXTS if name != "name"), "basis_kind", "modes", *SWITCHES, "items")
ITEM_REQUIRED, ITEM_OPTIONAL = ("resource", "code", "name"), ("type",)
ITEM_PARTS = ("code", "name", "type")
MOST_ROWS, MOST_UNPACKED = 200_000, 1_000_000_000
DANGEROUS = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
"""What a spreadsheet program may take for the beginning of a formula."""


@dataclass(frozen=True)
class Sheets:
    """A file as read: its entries, and its items where they have a sheet of their own."""

    entries: Table
    items: Table | None = None


def read_catalogue(data: bytes, file: str) -> Sheets:
    """Read a CSV or XLSX file, told apart by their first bytes. Raises FileError when it is neither, or its header is
    not right; other faults are kept in the tables."""
    if data[:2] != b"PK":
        table = read_csv(data, file, REQUIRED, OPTIONAL)
        _unescape(table)
        return Sheets(table)
    return _read_xlsx(data, file)


def _read_xlsx(data: bytes, file: str) -> Sheets:
    import openpyxl

    _refuse_bomb(data, file)
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        first, *others = book.worksheets
        entries = _sheet(first, Faults(file), REQUIRED, OPTIONAL)
        second = next((sheet for sheet in others if sheet.title == "items"), None)
        items = _sheet(second, Faults(f"{file} (items)"), ITEM_REQUIRED, ITEM_OPTIONAL) if second is not None else None
    except FileError:
        raise
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, SyntaxError, OSError) as error:
        raise FileError([Place(file, 0, "", _no_xlsx(type(error).__name__))]) from None
    return Sheets(entries, items)


def _refuse_bomb(data: bytes, file: str) -> None:
    try:
        unpacked = sum(part.file_size for part in zipfile.ZipFile(io.BytesIO(data)).infolist())
    except zipfile.BadZipFile as error:
        raise FileError([Place(file, 0, "", _no_xlsx(type(error).__name__))]) from None
    if len(data) > MOST_BYTES:
        raise FileError([Place(file, 0, "", too_large())])
    if unpacked > MOST_UNPACKED:
        large = say("larger than %(most)s bytes when unpacked; part the file in several", most=f"{MOST_UNPACKED:,}")
        raise FileError([Place(file, 0, "", large)])


def _no_xlsx(kind: str) -> Say:
    return say("not readable as XLSX (%(kind)s); save it anew from the spreadsheet program", kind=kind)


def _sheet(sheet: Any, faults: Faults, required: Sequence[str], optional: Sequence[str]) -> Table:
    sheet.reset_dimensions()
    table = as_table(_rows(sheet, faults), faults, required, optional)
    _unescape(table)
    return table


def _rows(sheet: Any, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    width = 0
    for number, row in enumerate(sheet.iter_rows(), start=1):
        if number > MOST_ROWS:
            faults.add(number, "", say("more than %(most)s rows; part the file in several", most=f"{MOST_ROWS:,}"))
            return
        cells = [_text(cell, number, faults) for cell in row]
        while cells and not cells[-1]:
            cells.pop()
        width = width or len(cells)
        yield number, cells + [""] * (width - len(cells))


def _text(cell: Any, row: int, faults: Faults) -> str:
    """A cell's value as text. A formula is a fault: nobody here computes it, and its last result may be stale."""
    kind, value = cell.data_type, cell.value
    if kind in ("f", "e"):
        faults.add(row, cell.column_letter, _no_value(kind, shown(str(value))))
        return "?"
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _no_value(kind: str, value: str) -> Say:
    if kind == "f":
        return say("%(value)s is a formula; write its result as plain text", value=value)
    return say("%(value)s is an error of the spreadsheet; write the value itself", value=value)


def _unescape(table: Table) -> None:
    for line in table.lines:
        for column, cell in line.cells.items():
            if cell.startswith("'") and cell[1:].startswith(DANGEROUS):
                line.cells[column] = cell[1:]


def safe_cell(text: str) -> str:
    """The text so that a spreadsheet program shows it instead of running it."""
    return f"'{text}" if text.startswith(DANGEROUS) else text


def split_items(text: str) -> list[dict[str, str]]:
    """The items of a cell `code:name:type;code:name`; a colon or semicolon inside a name has a backslash before it."""
    items = []
    for part in re.split(r"(?<!\\);", text):
        if part.strip():
            texts = [re.sub(r"\\([:;])", r"\1", piece).strip() for piece in re.split(r"(?<!\\):", part)]
            items.append({field: text for field, text in zip(ITEM_PARTS, texts, strict=False) if text})
            if len(texts) > len(ITEM_PARTS):
                items[-1]["too much"] = texts[-1]
    return items


def join_items(items: Iterable[Mapping[str, str]]) -> str:
    """The cell that `split_items` takes apart again."""
    cells = ([re.sub(r"([:;])", r"\\\1", item[field]) for field in ITEM_PARTS if item.get(field)] for item in items)
    return ";".join(map(":".join, cells))


def write_csv(resources: Iterable[Resource]) -> bytes:
    """Entries as a CSV file that `read_catalogue` takes back; with a byte order mark, so that Excel reads UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow((*REQUIRED, *OPTIONAL))
    writer.writerows([safe_cell(cell) for cell in _cells(resource)] for resource in resources)
    return out.getvalue().encode("utf-8-sig")


def write_xlsx(resources: Iterable[Resource]) -> bytes:
    """Entries as an XLSX file that `read_catalogue` takes back; every cell is text."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("resources")
    sheet.append((*REQUIRED, *OPTIONAL))
    for resource in resources:
        cells = [WriteOnlyCell(sheet, value=safe_cell(cell)) for cell in _cells(resource)]
        for cell in cells:
            cell.data_type = "s"
        sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _cells(resource: Resource) -> list[str]:
    made = {"provider": resource.provider.code, "modes": ";".join(resource.modes), "items": join_items(resource.items)}
    made |= {name: "yes" if getattr(resource, name) else "no" for name in SWITCHES}
    return [made[name] if name in made else getattr(resource, name) for name in (*REQUIRED, *OPTIONAL)]
