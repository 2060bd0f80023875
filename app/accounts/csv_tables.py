"""Tables that people fill in (CSV): strict about their header, and every fault named with line and column at once."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from app.floor.errors import FileError, Place
from app.floor.messages import Say, say, visible
from app.floor.yaml_reader import did_you_mean

YES, NO = ("yes", "true", "1", "是"), ("no", "false", "0", "否")
MOST_BYTES = 50_000_000
LONGEST_SHOWN = 60


@dataclass(frozen=True)
class Line:
    """One row below the header; `number` is its line in the file, counted from 1."""

    number: int
    cells: dict[str, str]


@dataclass
class Faults:
    """Collects what is wrong with a file, so that all of it is said at once."""

    file: str
    places: list[Place] = field(default_factory=list)

    def add(self, line: int, column: str, message: Say) -> None:
        self.places.append(Place(self.file, line, column, message))

    def raise_any(self) -> None:
        if self.places:
            raise FileError(sorted(self.places, key=lambda place: place.line))


@dataclass(frozen=True)
class Table:
    """A file as read: its lines, cells stripped, columns that were left out empty."""

    file: str
    lines: list[Line]
    faults: Faults


def read_csv(data: bytes, file: str, required: Sequence[str], optional: Sequence[str] = ()) -> Table:
    """Read UTF-8 CSV (with or without a byte order mark). Raises FileError when the header is not right; other faults
    are in the table's `faults`, to be raised together with those of the contents."""
    faults = Faults(file)
    if len(data) > MOST_BYTES:
        raise FileError([Place(file, 0, "", too_large())])
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileError([Place(file, line, "", say("not UTF-8; save the file as 'CSV UTF-8'"))]) from None
    return as_table(_records(text, faults), faults, required, optional)


def _records(text: str, faults: Faults) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    start = 1
    try:
        for record in reader:
            yield start, record
            start = reader.line_num + 1
    except csv.Error:
        broken = say(
            "not readable as CSV from here on: a quotation mark is not closed or not doubled, or a cell is longer than "
            "%(most)s characters",
            most=csv.field_size_limit(),
        )
        faults.add(start, "", broken)


def as_table(
    records: Iterator[tuple[int, list[str]]], faults: Faults, required: Sequence[str], optional: Sequence[str]
) -> Table:
    """Make a table of (line number, cells) records, the first of which is the header."""
    known = (*required, *optional)
    first, header = next(records, (1, []))
    header = [name.strip() for name in header]
    for name in required:
        if name not in header:
            faults.add(first, name, say("the column is missing; add it to the header"))
    for position, name in enumerate(header):
        if name not in known:
            faults.add(first, name, _unknown(name, position + 1, known))
        elif name in header[:position]:
            faults.add(first, name, say("the column is given twice; keep one of the two"))
    faults.raise_any()
    lines = [_line(number, record, header, known, faults) for number, record in records if any(map(str.strip, record))]
    return Table(faults.file, lines, faults)


def _line(number: int, record: list[str], header: list[str], known: Sequence[str], faults: Faults) -> Line:
    if len(record) != len(header):
        faults.add(number, "", _uneven(len(record), len(header)))
    cells = dict.fromkeys(known, "")
    for name, cell in zip(header, record, strict=False):
        cells[name] = cell.strip()
        if has_hidden(cell):
            faults.add(
                number, name, say("%(value)s holds characters that nobody sees; type it anew", value=shown(cell))
            )
    return Line(number, cells)


def _unknown(name: str, position: int, known: Sequence[str]) -> Say:
    if not name:
        return say("column %(position)s has no name; name or remove it", position=position)
    hint = did_you_mean(name, known)
    return say("the column is not known; known are %(known)s%(hint)s", known=", ".join(known), hint=hint)


def _uneven(cells: int, columns: int) -> Say:
    return say(
        "%(cells)s cells, the header has %(columns)s; a cell with a comma in it stands between quotation marks",
        cells=cells,
        columns=columns,
    )


def too_large() -> Say:
    return say("larger than %(most)s bytes; part the file in several", most=f"{MOST_BYTES:,}")


def shown(value: str) -> str:
    """A cell as a fault names it: its beginning, between marks, what nobody sees made visible."""
    return repr(value if len(value) <= LONGEST_SHOWN else value[:LONGEST_SHOWN] + "…")


def has_hidden(text: str, allowed: str = "\n\r\t") -> bool:
    """Whether a text holds characters that nobody sees: controls, bidirectional overrides, lone surrogates."""
    if text.isprintable():
        return False
    return any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in text if c not in allowed)


def check_text(line: Line, column: str, most: int, faults: Faults, *, needed: bool = True) -> str:
    """The cell's text; a fault when it is needed and empty, or too long."""
    text = line.cells[column]
    if needed and not visible(text):
        faults.add(line.number, column, say("is empty; fill it in"))
    elif len(text) > most:
        faults.add(
            line.number, column, say("%(length)s characters long, at most %(most)s fit", length=len(text), most=most)
        )
    return text


def check_choice(line: Line, column: str, choices: Sequence[str], faults: Faults, default: str = "") -> str:
    """The cell's value, one of the choices; empty means the default."""
    value = line.cells[column] or default
    if value not in choices:
        one_of = say("%(value)s is none of: %(known)s", value=shown(value), known=", ".join(choices))
        faults.add(line.number, column, one_of)
    return value


def check_pattern(line: Line, column: str, matches: Callable[[str], object], wanted: Say, faults: Faults) -> str:
    value = line.cells[column]
    if not matches(value):
        faults.add(line.number, column, say("%(value)s is not %(wanted)s", value=shown(value), wanted=wanted))
    return value


def check_yes_no(line: Line, column: str, faults: Faults, *, default: bool = False) -> bool:
    """The cell's answer; empty means the default."""
    value = line.cells[column].lower() or ("yes" if default else "no")
    if value not in YES and value not in NO:
        faults.add(line.number, column, say("%(value)s is neither yes nor no", value=shown(value)))
    return value in YES


# faults that several tables know


def twice(code: str) -> Say:
    return say("%(code)s stands twice in this file; keep one of the two", code=shown(code))


def no_pack(jurisdiction: str) -> Say:
    return say(
        "no rules are loaded for %(jurisdiction)s; correct the code, or load them", jurisdiction=shown(jurisdiction)
    )


def no_department(code: str, jurisdiction: str) -> Say:
    return say(
        "there is no department %(code)s in %(jurisdiction)s; correct the code, or load the department",
        code=shown(code),
        jurisdiction=shown(jurisdiction),
    )


def written(fault: Say, how: Say | None) -> Say:
    """A fault in a cell that holds more than one value, with how such a cell is written."""
    return say("%(fault)s %(how)s", fault=fault, how=how) if how is not None else fault
