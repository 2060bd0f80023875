"""A whole catalogue from a file: everything or, on any fault, nothing. The same file twice makes no new versions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from app.accounts import Actor, Loaded, departments
from app.accounts.csv_tables import (
    Faults,
    Line,
    check_pattern,
    check_yes_no,
    no_department,
    no_pack,
    shown,
    twice,
    written,
)
from app.catalogue import responsibility
from app.catalogue.checks import CODE, DEFAULTS, FIELDS, SWITCHES, TEXTS, Rules, check_entry, keeps_list
from app.catalogue.entries import snapshot
from app.catalogue.models import Resource, ResourceVersion
from app.catalogue.spreadsheets import ITEM_PARTS, Sheets, split_items
from app.floor import clock
from app.floor.errors import NotFound
from app.floor.messages import Say, say
from app.history import append, ledger

CHUNK = 1000
WRITTEN = {
    "items": say("Written code:name or code:name:type, with ; between."),
    "modes": say("Several have ; between."),
}
"""How a cell is written that holds more than one value."""
Thing = TypeVar("Thing")
Known = Mapping[str, Any]
"""The catalogue's rows of the file's codes."""
Progress = Callable[[int, int], None]
"""Told how many entries are done, and how many there are."""
InUse = Callable[[Sequence[str]], Mapping[str, Sequence[str]]]
"""Of these codes those about which something is open, each with the numbers of the cases."""
Retyped = Callable[[str, Mapping[str, tuple[str, str]]], None]
"""Told of a place and its entries whose share type is another: what it was, and what it is."""


@dataclass(frozen=True)
class _Entry:
    """One entry of the file: whose it is and all its fields."""

    jurisdiction: str
    code: str
    provider: str
    provider_id: int
    values: dict[str, Any]


def load_catalogue(
    session: Session,
    sheets: Sheets,
    actor: Actor,
    rules_of: Callable[[str], Rules],
    *,
    dry_run: bool = False,
    progress: Progress | None = None,
    in_use: InUse | None = None,
    retyped: Retyped | None = None,
) -> Loaded:
    """Add new entries and change known ones, in bulk. `rules_of(jurisdiction)` gives the rules an entry is checked by
    and raises NotFound for an unknown one. An entry that is `in_use` does not change hands by a file: what is open
    about it would stay behind. `retyped` hears of the entries whose share type is another, place by place. Raises
    FileError with every fault."""
    known = _known(session, sheets, lock=not dry_run)
    entries = _checked(session, sheets, rules_of, known, in_use)
    added = [entry for code, entry in entries.items() if code not in known]
    changed = [entry for code, entry in entries.items() if code in known and _differs(entry, known[code])]
    if not dry_run:
        tell = progress or (lambda done, total: None)
        done = 0
        for part in (*_chunks(added), *_chunks(changed)):
            _store(session, part, known, actor)
            done += len(part)
            tell(done, len(added) + len(changed))
        for jurisdiction in sorted({entry.jurisdiction for entry in (*added, *changed)}):
            detail = {
                "file": sheets.entries.file,
                "added": sum(entry.jurisdiction == jurisdiction for entry in added),
                "changed": sum(entry.jurisdiction == jurisdiction for entry in changed),
            }
            append(session, ledger(session, f"catalogue:{jurisdiction}"), "loaded", actor.username, detail)
            if retyped is not None:
                retyped(jurisdiction, _retyped(jurisdiction, changed, known))
            if keeps_list(rules_of(jurisdiction)):
                touched = [entry.code for entry in (*added, *changed) if entry.jurisdiction == jurisdiction]
                responsibility.publish(session, jurisdiction, touched, actor.username)
    return Loaded(len(added), len(changed), len(entries) - len(added) - len(changed))


def _checked(
    session: Session, sheets: Sheets, rules_of: Callable[[str], Rules], known: Known, in_use: InUse | None
) -> dict[str, _Entry]:
    """The file's entries by code. Raises FileError with all faults of both sheets."""
    faults, items = sheets.entries.faults, _items_by_resource(sheets)
    providers = {(d.jurisdiction, d.code): d.id for d in departments(session)}
    rules: dict[str, Rules | None] = {}
    entries: dict[str, _Entry] = {}
    for line in sheets.entries.lines:
        code, jurisdiction = line.cells["code"], line.cells["jurisdiction"]
        if jurisdiction not in rules:
            rules[jurisdiction] = _rules_or_none(rules_of, jurisdiction)
        entry = _entry(line, providers, items, faults)
        _check(line, entry, rules[jurisdiction], faults)
        if code in entries:
            faults.add(line.number, "code", twice(code))
        if code in known and known[code].jurisdiction != jurisdiction:
            faults.add(line.number, "code", _elsewhere(code))
        entries[code] = entry
    _check_hands(sheets, entries, known, in_use, faults)
    if sheets.items is not None:
        for line in sheets.items.lines:
            if line.cells["resource"] not in entries:
                sheets.items.faults.add(line.number, "resource", _no_entry(line.cells["resource"]))
        faults.places.extend(sheets.items.faults.places)
    faults.raise_any()
    return entries


def _check_hands(
    sheets: Sheets, entries: Mapping[str, _Entry], known: Known, in_use: InUse | None, faults: Faults
) -> None:
    """Entries that would change hands while something is open about them."""
    moving = [
        code for code, one in entries.items() if code in known and one.provider_id not in (0, known[code].provider_id)
    ]
    used = in_use(moving) if in_use and moving else {}
    for line in sheets.entries.lines:
        code = line.cells["code"]
        if code in used:
            told = say(
                "%(code)s has open cases (%(cases)s): transfer it by a catalogue update, or close its department.",
                code=shown(code), cases=", ".join(used[code][:3]),
            )  # fmt: skip
            faults.add(line.number, "provider", told)


def _rules_or_none(rules_of: Callable[[str], Rules], jurisdiction: str) -> Rules | None:
    try:
        return cache(rules_of(jurisdiction))
    except NotFound:
        return None


def _entry(
    line: Line, providers: Mapping[tuple[str, str], int], items: Mapping[str, list[dict[str, str]]], faults: Faults
) -> _Entry:
    cells = line.cells
    code = check_pattern(line, "code", CODE.fullmatch, say("a code (letters, digits, . _ / -)"), faults)
    own = (cells["jurisdiction"], cells["provider"])
    if own not in providers:
        faults.add(line.number, "provider", no_department(own[1], own[0]))
    values: dict[str, Any] = {name: cells[name] for name in (*TEXTS, "share_type", "basis_kind")}
    for name in SWITCHES:
        values[name] = check_yes_no(line, name, faults, default=DEFAULTS[name])
    values["modes"] = cells["modes"].replace(";", " ").split()
    values["items"] = split_items(cells["items"]) + items.get(code, [])
    return _Entry(own[0], code, own[1], providers.get(own, 0), values)


def _check(line: Line, entry: _Entry, rules: Rules | None, faults: Faults) -> None:
    if rules is None:
        faults.add(line.number, "jurisdiction", no_pack(entry.jurisdiction))
        return
    for field, sentences in check_entry(entry.values, rules).items():
        for sentence in sentences:
            faults.add(line.number, field, _about(line.cells[field], written(sentence, WRITTEN.get(field))))


def _about(cell: str, fault: Say) -> Say:
    """A fault with the cell that it is about."""
    return say("%(value)s: %(fault)s", value=shown(cell), fault=fault) if cell else fault


def _elsewhere(code: str) -> Say:
    return say("%(code)s belongs to another jurisdiction; give the entry a code of its own", code=shown(code))


def _no_entry(code: str) -> Say:
    return say("%(code)s is no entry of the first sheet; correct the code, or add the entry", code=shown(code))


def _items_by_resource(sheets: Sheets) -> dict[str, list[dict[str, str]]]:
    items: dict[str, list[dict[str, str]]] = {}
    for line in sheets.items.lines if sheets.items is not None else ():
        item = {name: line.cells[name] for name in ITEM_PARTS if line.cells[name]}
        items.setdefault(line.cells["resource"], []).append(item)
    return items


def _known(session: Session, sheets: Sheets, *, lock: bool) -> Known:
    """What the catalogue has of the file's codes; locked, so that no publication comes between."""
    columns = (Resource.id, Resource.code, Resource.jurisdiction, Resource.provider_id, Resource.version)
    fields = [getattr(Resource, name) for name in FIELDS]
    query = select(*columns, Resource.withdrawn, *fields).order_by(Resource.id)
    if lock:
        query = query.with_for_update()
    codes = sorted({line.cells["code"] for line in sheets.entries.lines})
    return {row.code: row for part in _chunks(codes) for row in session.execute(query.where(Resource.code.in_(part)))}


def _differs(entry: _Entry, row: Any) -> bool:
    same = all(getattr(row, name) == entry.values[name] for name in FIELDS)
    return not same or row.withdrawn or row.provider_id != entry.provider_id


def _retyped(jurisdiction: str, changed: Sequence[_Entry], known: Known) -> dict[str, tuple[str, str]]:
    """The changed entries of that place whose share type is another: what it was, and what it is."""
    types = {
        one.code: (known[one.code].share_type, one.values["share_type"])
        for one in changed
        if one.jurisdiction == jurisdiction
    }
    return {code: (was, now) for code, (was, now) in types.items() if was != now}


def _store(session: Session, part: Sequence[_Entry], known: Known, actor: Actor) -> None:
    """Write some entries that are all new or all known, each with its version."""
    rows = [
        {
            "code": entry.code,
            "jurisdiction": entry.jurisdiction,
            "provider_id": entry.provider_id,
            "withdrawn": False,
            "version": known[entry.code].version + 1 if entry.code in known else 1,
            **entry.values,
        }
        for entry in part
    ]
    if part[0].code in known:
        ids = [known[entry.code].id for entry in part]
        session.execute(update(Resource), [{"id": i, **row} for i, row in zip(ids, rows, strict=True)])
    else:
        ids = list(session.scalars(insert(Resource).returning(Resource.id, sort_by_parameter_order=True), rows))
    now = clock.now()
    versions = [
        {
            "resource_id": resource_id,
            "version": row["version"],
            "snapshot": snapshot(entry.values, entry.code, entry.provider),
            "case_id": None,
            "at": now,
            "actor": actor.username,
        }
        for resource_id, row, entry in zip(ids, rows, part, strict=True)
    ]
    session.execute(insert(ResourceVersion), versions)


def _chunks(things: Sequence[Thing]) -> Iterator[Sequence[Thing]]:
    return (things[start : start + CHUNK] for start in range(0, len(things), CHUNK))
