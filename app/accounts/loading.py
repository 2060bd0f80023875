"""Departments and accounts from CSV: everything or, on any fault, nothing. The same file twice changes nothing."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.actor import Actor
from app.accounts.csv_tables import (
    Faults,
    Line,
    Table,
    check_choice,
    check_pattern,
    check_text,
    no_department,
    no_pack,
    read_csv,
    twice,
    written,
)
from app.accounts.directory import departments, renew_directory
from app.accounts.models import KINDS, Account, Department
from app.accounts.passwords import NO_DEMO, Demo, hash_password, password_fault
from app.accounts.people import account_faults, particulars, record
from app.floor import clock
from app.floor.messages import LEVELS, say

CODE = re.compile(r"[a-z][a-z0-9_]{0,39}")
AREA = re.compile(r"(?:[a-z][a-z0-9_]{0,39}(?:\.[a-z][a-z0-9_]{0,39}){0,3})?")
DEPARTMENT_COLUMNS = ("jurisdiction", "code", "name_zh", "level"), ("name_en", "kind", "area")
SEVERAL_ROLES = say("Several have a space between.")
ACCOUNT_COLUMNS = ("username", "name", "roles"), ("jurisdiction", "department", "password")


@dataclass(frozen=True)
class Loaded:
    """What a load did, or with `dry_run` would do."""

    added: int
    changed: int
    unchanged: int


def read_departments(data: bytes, file: str) -> Table:
    return read_csv(data, file, *DEPARTMENT_COLUMNS)


def read_accounts(data: bytes, file: str) -> Table:
    return read_csv(data, file, *ACCOUNT_COLUMNS)


def load_departments(
    session: Session,
    table: Table,
    actor: Actor,
    *,
    jurisdictions: Collection[str] | None = None,
    dry_run: bool = False,
) -> Loaded:
    """Add new departments and change known ones. `jurisdictions`: those that exist, where the caller knows them.
    Raises FileError with every fault."""
    faults = table.faults
    known = {(d.jurisdiction, d.code): d for d in departments(session)}
    wanted: dict[tuple[str, str], dict[str, str]] = {}
    for line in table.lines:
        values = _department_values(line, faults, jurisdictions)
        key = values["jurisdiction"], values["code"]
        if key in known and not values["area"]:  # files without the column leave it as it is
            values["area"] = known[key].area
        if key in wanted:
            faults.add(line.number, "code", twice(key[1]))
        wanted[key] = values
    faults.raise_any()
    added = [values for key, values in wanted.items() if key not in known]
    changed = [values for key, values in wanted.items() if key in known and _differs(known[key], values)]
    if not dry_run:
        new = [Department(**values) for values in added]
        session.add_all(new)
        session.flush()
        for department, values in zip(new, added, strict=True):
            record(session, "department_added", actor, {**values, "id": department.id})
        for values in changed:
            _set(known[values["jurisdiction"], values["code"]], values)
            here = known[values["jurisdiction"], values["code"]]
            record(session, "department_changed", actor, {**values, "id": here.id})
        session.flush()
        if added or changed:
            renew_directory(session)
    return Loaded(len(added), len(changed), len(wanted) - len(added) - len(changed))


def _department_values(line: Line, faults: Faults, jurisdictions: Collection[str] | None) -> dict[str, str]:
    a_code = say("a code (a-z, 0-9, _)")
    jurisdiction = check_pattern(line, "jurisdiction", CODE.fullmatch, a_code, faults)
    if jurisdictions is not None and jurisdiction not in jurisdictions:
        faults.add(line.number, "jurisdiction", no_pack(jurisdiction))
    return {
        "jurisdiction": jurisdiction,
        "code": check_pattern(line, "code", CODE.fullmatch, a_code, faults),
        "name_zh": check_text(line, "name_zh", 120, faults),
        "name_en": check_text(line, "name_en", 120, faults, needed=False) or line.cells["name_zh"],
        "level": check_choice(line, "level", LEVELS, faults),
        "kind": check_choice(line, "kind", KINDS, faults, default="department"),
        "area": check_pattern(line, "area", _is_area, say("an area (codes with a dot between, at most 80)"), faults),
    }


def _is_area(written: str) -> bool:
    return len(written) <= 80 and AREA.fullmatch(written) is not None


def hash_passwords(table: Table, *, demo: Demo = NO_DEMO) -> dict[str, str]:
    """User name → hash for every password of the table that may be set. Slow on purpose: call it before the writing
    transaction. The demo's accounts share one hash, because their password is public anyway."""
    hashed: dict[str, str] = {}
    shared = None
    for line in table.lines:
        username, password = line.cells["username"], line.cells["password"]
        if not password or password_fault(password, username, demo=demo):
            continue
        if password == demo.password:
            hashed[username] = shared = shared or hash_password(password, username, demo=demo)
        else:
            hashed[username] = hash_password(password, username, demo=demo)
    return hashed


def load_accounts(
    session: Session,
    table: Table,
    actor: Actor,
    *,
    hashed: Mapping[str, str] | None = None,
    demo: Demo = NO_DEMO,
    dry_run: bool = False,
) -> Loaded:
    """Add new accounts and change known ones; a known account keeps its password. `hashed` comes from
    `hash_passwords`; without it, it is made here. Raises FileError with every fault."""
    faults = table.faults
    places = {(d.jurisdiction, d.code): d for d in departments(session)}
    usernames = [line.cells["username"] for line in table.lines]
    known = {a.username: a for a in session.scalars(select(Account)) if a.username in set(usernames)}
    wanted: dict[str, tuple[Account, Department | None]] = {}
    for line in table.lines:
        account, department = _account_of(line, places, faults, demo)
        if account.username in wanted:
            faults.add(line.number, "username", twice(account.username))
        wanted[account.username] = account, department
    faults.raise_any()
    added = {name: pair for name, pair in wanted.items() if name not in known}
    changed = {name: pair for name, pair in wanted.items() if name in known and _is_other(known[name], pair[0])}
    if not dry_run:
        hashes = hashed if hashed is not None else hash_passwords(table, demo=demo)
        for account, _ in added.values():
            account.password_hash = hashes.get(account.username)
            session.add(account)
        session.flush()
        for account, department in added.values():
            record(session, "account_created", actor, particulars(account, department))
        for account, department in changed.values():
            now = known[account.username]
            now.name, now.roles, now.department_id = account.name, account.roles, account.department_id
            record(session, "account_changed", actor, particulars(now, department))
        session.flush()
    return Loaded(len(added), len(changed), len(wanted) - len(added) - len(changed))


def _account_of(
    line: Line, places: Mapping[tuple[str, str], Department], faults: Faults, demo: Demo
) -> tuple[Account, Department | None]:
    cells = line.cells
    department = places.get((cells["jurisdiction"], cells["department"]))
    roles = sorted(set(cells["roles"].replace(";", " ").split()))
    told = account_faults(cells["username"], cells["name"], roles, department)
    if department is None and cells["department"]:
        told["department"] = [no_department(cells["department"], cells["jurisdiction"])]
    for column, said in told.items():
        for sentence in said:
            faults.add(line.number, column, written(sentence, SEVERAL_ROLES) if column == "roles" else sentence)
    fault = cells["password"] and password_fault(cells["password"], cells["username"], demo=demo)
    if fault:
        faults.add(line.number, "password", fault)
    account = Account(
        username=cells["username"],
        name=cells["name"],
        department_id=department and department.id,
        roles=roles,
        active=True,
        created_at=clock.now(),
    )
    return account, department


def _is_other(known: Account, account: Account) -> bool:
    return (known.name, known.roles, known.department_id) != (account.name, account.roles, account.department_id)


def _differs(row: object, values: Mapping[str, str]) -> bool:
    return any(getattr(row, name) != value for name, value in values.items())


def _set(row: object, values: Mapping[str, str]) -> None:
    for name, value in values.items():
        setattr(row, name, value)
