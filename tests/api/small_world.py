"""A small world behind the API: two regulations, their departments, some resources, a token for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import accounts
from app.accounts import SYSTEM, Department
from app.accounts.actor import digest
from app.accounts.models import Account, ApiToken
from app.catalogue import entries
from app.cli.shipped_content import load_shipped
from app.database.transactions import Database, Setting
from app.floor import clock
from config import ROOT, Config

NOON = "2026-03-10T12:00:00+08:00"
PLACES = ("yima", "yunyang")
DEPARTMENTS = "jurisdiction,code,name_zh,level,kind\n" + "".join(
    f"{place},bureau,主管部门,city,bureau\n{place},platform,交换平台,city,platform\n"
    + "".join(f"{place},{code},{code},city,department\n" for code in ("gongan", "minzheng", "renshe"))
    for place in PLACES
)
PEOPLE = {
    "gongan.clerk": ("gongan", ["clerk"]),
    "gongan.clerk2": ("gongan", ["clerk"]),
    "gongan.head": ("gongan", ["head"]),
    "minzheng.clerk": ("minzheng", ["clerk"]),
    "minzheng.head": ("minzheng", ["head"]),
    "renshe.clerk": ("renshe", ["clerk"]),
    "bureau.clerk": ("bureau", ["clerk"]),
    "platform": ("platform", ["platform"]),
}
ITEMS = [{"code": "name", "name": "姓名"}, {"code": "born", "name": "出生日期"}, {"code": "address", "name": "住址"}]
BASIS = {"basis_kind": "law", "basis_text": "《中华人民共和国统计法》第九条"}


class Caller:
    """Somebody who calls the API with a token."""

    def __init__(self, client: FlaskClient, token: str | None):
        self.client, self.token = client, token

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **options: Any) -> TestResponse:
        sent = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        path = path if path.startswith("/api") else f"/api/v1{path}"
        return self.client.open(path, method=method, headers={**sent, **(headers or {})}, **options)

    def get(self, path: str, **query: Any) -> TestResponse:
        return self.call("GET", path, **({"query_string": query} if query else {}))

    def post(self, path: str, body: Any = None, **headers: str) -> TestResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.call("POST", path, headers=named, **({} if body is None else {"json": body}))


@dataclass
class World:
    app: Flask
    database: Database
    """Resource codes are `<place>.<share type>`; user names `<place>.<department>.<role>`, and `admin`, `admin2`."""

    def as_(self, username: str | None) -> Caller:
        return Caller(self.app.test_client(), username)

    def at(self, moment: str) -> None:
        """Set the simulated clock."""
        with self.database.transaction() as session:
            row = session.get(Setting, "clock") or Setting(name="clock", value="")
            row.value = moment
            session.add(row)

    def apply(self, place: str = "yima", *, by: str = "minzheng.clerk", **more: Any) -> dict[str, Any]:
        """Open a conditional application for the police's resource; returns the case."""
        data = {"resource": f"{place}.conditional", "items": ["name"], "purpose": "核对低保", "scope": "全市"} | more
        body = {"procedure": "conditional_share", "jurisdiction": place, "data": data}
        answer = self.as_(f"{place}.{by}").post("/cases", body)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        opened: dict[str, Any] = answer.json
        return opened

    def report(self, place: str = "yunyang", *, by: str = "minzheng.clerk") -> dict[str, Any]:
        """Report a doubt about the police's resource; returns the case."""
        data = {"resource": f"{place}.conditional", "items": ["name"], "doubt": "出生日期与户口簿不一致"}
        body = {"procedure": "data_error", "jurisdiction": place, "data": data}
        answer = self.as_(f"{place}.{by}").post("/cases", body)
        assert answer.status_code == 201, answer.get_data(as_text=True)
        opened: dict[str, Any] = answer.json
        return opened

    def open_task(self, case: dict[str, Any], key: str) -> dict[str, Any]:
        asked = self.as_("admin").get(f"/cases/{case['id']}").json
        return next(task for task in asked["tasks"] if task["key"] == key and task["status"] == "open")


def config_for(url: str) -> Config:
    return Config(database_url=url, secret_key="test", clock="simulated")


def fill(database: Database) -> None:
    clock.stop_at(datetime.fromisoformat(NOON).astimezone(UTC))
    for _ in load_shipped(database, ROOT):
        pass
    with database.transaction() as session:
        session.add(Setting(name="clock", value=NOON))
        accounts.load_departments(session, accounts.read_departments(DEPARTMENTS.encode(), "d.csv"), SYSTEM)
        for place in PLACES:
            known = {one.code: one for one in accounts.departments(session, place)}
            for name, (department, roles) in PEOPLE.items():
                _add_account(session, f"{place}.{name}", roles, known[department])
            changes = [_entry(f"{place}.{share}", share) for share in ("conditional", "unconditional", "withheld")]
            entries.apply_changes(session, place, changes, "system", None, owner_id=known["gongan"].id)
        for name in ("admin", "admin2"):
            _add_account(session, name, ["administrator"], None)
    clock.stop_at(None)


def _add_account(session: Any, username: str, roles: list[str], department: Department | None) -> None:
    """The token of a test account is its user name."""
    account = Account(
        username=username, name=username, roles=roles, department_id=department and department.id, active=True,
        created_at=clock.now(),
    )  # fmt: skip
    session.add(account)
    session.flush()
    session.add(ApiToken(account_id=account.id, digest=digest(username), name="test", created_at=clock.now()))


def _entry(code: str, share: str) -> dict[str, Any]:
    conditional = {"conditions": "限业务办理"} if share == "conditional" else {}
    return (
        {"resource": code, "action": "add", "name": f"人口信息 {code}", "share_type": share, "items": ITEMS}
        | ({} if share == "unconditional" else BASIS)
        | conditional
    )


def opened(app: Flask, url: str) -> Iterator[World]:
    database = Database(url, simulated_clock=True)
    before = app.extensions["shuliu.database"]
    app.extensions["shuliu.database"] = database
    yield World(app, database)
    app.extensions["shuliu.database"] = before
    database.engine.dispose()
