"""What stands before the first case: departments, accounts, the catalogue, and regulations that must be carried on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from app import accounts
from app.accounts import Actor, Demo
from app.accounts.csv_tables import Table
from app.catalogue.loading import load_catalogue
from app.catalogue.spreadsheets import OPTIONAL, REQUIRED, Sheets, read_catalogue
from app.demo.files import DEPARTMENTS, as_csv, read_departments, read_yaml
from app.floor import clock
from app.jurisdictions import overrides
from app.jurisdictions.rulebook import editions, rulebook

POSTS = {
    "bureau": ("clerk", "supervisor"),
    "department": ("clerk", "head"),
    "body": ("clerk",),
    "platform": ("platform",),
}
"""Who works where, by kind of department."""
ADMINISTRATORS = ("admin", "admin2")
DOCUMENT = "演示数据：虚构的延续执行文件（演示第1号），不是真实文件"
"""By what the demonstration carries on a regulation that is out of force; nobody may take it for a real document."""


def username(jurisdiction: str, department: str, post: str) -> str:
    return f"{jurisdiction}.platform" if post == "platform" else f"{jurisdiction}.{department}.{post}"


def account_table(password: str) -> Table:
    """All accounts: two administrators, and for each department its posts, with invented names."""
    names = _names()
    rows = [{"username": one, "roles": "administrator"} for one in ADMINISTRATORS]
    for one in read_departments():
        place = {"jurisdiction": one["jurisdiction"], "department": one["code"]}
        for post in POSTS[one["kind"]]:
            rows.append({"username": username(one["jurisdiction"], one["code"], post), "roles": post, **place})
    for row in rows:
        row |= {"name": "共享交换平台" if row["roles"] == "platform" else next(names), "password": password}
    columns = ("username", "name", "roles", "jurisdiction", "department", "password")
    return accounts.read_accounts(as_csv(columns, rows), "demo accounts")


def _names() -> Iterator[str]:
    parts = read_yaml("names.yaml")
    surnames, given = parts["surnames"], parts["given"]
    for number in range(len(surnames) * len(given)):
        yield surnames[number % len(surnames)] + given[number % len(given)]


def catalogue_sheets(rules_of: Callable[[str], Mapping[str, Any]]) -> Sheets:
    """Every entry for each jurisdiction that knows its share type. `rules_of` answers `code` (its number code),
    `types` and `modes` for a jurisdiction."""
    templates = read_yaml("catalogue.yaml")
    rows = []
    for jurisdiction in dict.fromkeys(one["jurisdiction"] for one in read_departments()):
        rules = rules_of(jurisdiction)
        for entry in templates["entries"]:
            row = {**templates["defaults"], **entry, "jurisdiction": jurisdiction}
            if row["share_type"] not in rules["types"]:
                continue
            row["published"] = jurisdiction not in row.pop("published_not_in", ())
            row["code"] = resource_code(rules["code"], row["code"])
            row["modes"] = ";".join(mode for mode in row["modes"] if mode in rules["modes"])
            rows.append({name: _cell(value) for name, value in row.items()})
    return read_catalogue(as_csv((*REQUIRED, *OPTIONAL), rows), "demo catalogue")


def resource_code(number_code: str, code: str) -> str:
    return f"{number_code}-{code}"


def _cell(value: Any) -> Any:
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else value


def lay_ground(session: Session, actor: Actor, demo: Demo, hashed: Mapping[str, str]) -> list[str]:
    """Departments, accounts and catalogue, each loaded as a file of the owner's would be; says what was added."""
    departments = accounts.read_departments(DEPARTMENTS.read_bytes(), DEPARTMENTS.name)
    added = {"departments": accounts.load_departments(session, departments, actor, jurisdictions=editions(session))}
    table = account_table(demo.password)
    added["accounts"] = accounts.load_accounts(session, table, actor, hashed=hashed, demo=demo)
    rules = _Rules(session)
    added["catalogue entries"] = load_catalogue(session, catalogue_sheets(rules.for_catalogue), actor, rules.of)
    return [f"{loaded.added} {what}" for what, loaded in added.items()]


class _Rules:
    """The rules in force today, as the catalogue asks for them."""

    def __init__(self, session: Session):
        self._session, self._today = session, clock.today()

    def of(self, jurisdiction: str) -> Callable[[str], Any]:
        book = rulebook(self._session, jurisdiction)
        return lambda key: book.value(key, self._today).plain

    def for_catalogue(self, jurisdiction: str) -> dict[str, Any]:
        answer = self.of(jurisdiction)
        code = rulebook(self._session, jurisdiction).pack.number_code
        return {"code": code, "types": answer("entry.share_types"), "modes": answer("share.modes")}


def carry_on(session: Session, actor: Actor) -> list[str]:
    """Extend every regulation that is out of force today, so that its cases can be shown; returns which ones."""
    today = clock.today()
    places = dict.fromkeys(one["jurisdiction"] for one in read_departments())
    ended = [one for one in places if rulebook(session, one).opens_cases(today) is not None]
    for jurisdiction in ended:
        overrides.extend(session, jurisdiction, date(today.year + 1, 12, 31), DOCUMENT, actor)
    return ended
