"""A whole installation for tests: all that is shipped, the ground of the demonstration, the app on it, and a clock.

It is made once and copied for each test: as a file on SQLite, by CREATE DATABASE … TEMPLATE on PostgreSQL. User names
are those of the demonstration; the token of a test account is its user name.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import pytest
from click.testing import Result
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Dialect, Engine, event, select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from app import accounts
from app.accounts import SYSTEM, Demo, digest
from app.accounts.models import Account, ApiToken
from app.cases.commands import timers
from app.catalogue.loading import load_catalogue
from app.catalogue.spreadsheets import read_catalogue
from app.cli.shipped_content import load_shipped
from app.database import migrate
from app.database.transactions import Database, Setting
from app.demo import foundation
from app.floor.clock import OFFICE
from app.jurisdictions.rulebook import editions
from app.jurisdictions.rulebook import rules_today as rules_of
from config import ROOT, Config

LAID_AT = datetime(2025, 9, 1, 9, 0, tzinfo=OFFICE)
"""The ground is laid on this day; tests play later."""
DEMO = Demo(allowed=True)
on_postgres = pytest.mark.parametrize("world", [pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True)
on_both = pytest.mark.parametrize(
    "world", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)

# Beside the demonstration: two departments of a city whose authority does not work here, second clerks, entries that
# are in the catalogue but not on the platform, and entries of the bureaus themselves.
DEPARTMENTS = """jurisdiction,code,name_zh,level,kind,area
jiangsu,sz_gongan,苏州市公安局,city,department,suzhou
jiangsu,sz_minzheng,苏州市民政局,city,department,suzhou
"""
ACCOUNTS = """username,name,roles,jurisdiction,department
jiangsu.sz_gongan.clerk,甲,clerk,jiangsu,sz_gongan
jiangsu.sz_minzheng.clerk,乙,clerk,jiangsu,sz_minzheng
yima.gongan.clerk2,丙,clerk,yima,gongan
"""
ACCOUNTS += "".join(
    f"{place}.bureau.clerk2,丁,clerk,{place},bureau\n"
    for place in ("jiangmen", "yima", "jiangsu", "yinchuan", "yunyang")
)
BASIS = "按人核验,履职部门,核验身份,law,《个人信息保护法》第三十四条,name:姓名:字符串;permit:证号:字符串"
ENTRIES = "code,jurisdiction,provider,name,share_type,published,conditions,scope,purpose,basis_kind,basis_text,items\n"
ENTRIES += f"JS-NJ-002,jiangsu,nj_gongan,南京市居住证登记信息,conditional,yes,{BASIS}\n"
ENTRIES += f"JS-SZ-002,jiangsu,sz_gongan,苏州市居住证登记信息,conditional,yes,{BASIS}\n"
ENTRIES += f"JS-NJB-002,jiangsu,nj_bureau,南京市共享平台调用记录,conditional,yes,{BASIS}\n"
for code, place in {"JM": "jiangmen", "YM": "yima", "JS": "jiangsu", "YC": "yinchuan", "YY": "yunyang"}.items():
    ENTRIES += f"{code}-UN-002,{place},gongan,未发布信息,conditional,no,{BASIS}\n"
    ENTRIES += f"{code}-ZG-002,{place},bureau,共享平台调用记录,conditional,yes,{BASIS}\n"


class Caller:
    """Somebody who calls the JSON API with a token; or nobody, without one."""

    def __init__(self, client: FlaskClient, token: str | None):
        self._client, self._headers = client, {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> TestResponse:
        return self._client.get(f"/api/v1{path}", query_string=query, headers=self._headers)

    def post(self, path: str, body: Any = None, headers: dict[str, str] | None = None) -> TestResponse:
        return self._client.post(f"/api/v1{path}", json=body or {}, headers={**self._headers, **(headers or {})})


def done(response: TestResponse, status: int = 200) -> Any:
    """The answer of a call that must have succeeded."""
    assert response.status_code == status, f"{response.status_code}: {response.get_data(as_text=True)}"
    return response.json


@contextmanager
def counting(database: Database) -> Iterator[list[str]]:
    """The statements that reach the database inside the block; BEGIN is none."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.startswith("BEGIN"):
            sent.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield sent
    event.remove(database.engine, "before_cursor_execute", note)


@dataclass
class World:
    app: Flask
    database: Database

    def api(self, username: str | None) -> Caller:
        return Caller(self.app.test_client(), username)

    def at(self, moment: datetime | str) -> None:
        """Set the simulated clock for every process, as `flask clock set` does."""
        with self.database.transaction() as session:
            _set_clock(session, moment if isinstance(moment, str) else moment.isoformat())

    def tick(self) -> timers.Ticked:
        return timers.run_due(self.database)

    def flask(self, *command: str) -> Result:
        """A command of the operator, in this process."""
        return self.app.test_cli_runner().invoke(args=command)

    def open_case(self, username: str, procedure: str, data: dict[str, Any], **more: Any) -> Any:
        """The case as answered; the user name begins with the jurisdiction."""
        body = {"procedure": procedure, "jurisdiction": username.partition(".")[0], "data": data, **more}
        return done(self.api(username).post("/cases", body), 201)

    def case(self, case_id: int) -> Any:
        return done(self.api("admin").get(f"/cases/{case_id}"))

    def events(self, case_id: int, kind: str = "") -> list[Any]:
        """The whole history of a case, or what is of one kind."""
        found, after = [], {}
        while after is not None:
            page = done(self.api("admin").get(f"/cases/{case_id}/events", limit=200, **after))
            found += [one for one in page["items"] if one["kind"].startswith(kind)]
            after = {"after": page["next"]} if page["next"] else None
        return found

    def open_tasks(self, case_id: int) -> dict[str, Any]:
        """The open tasks of a case by their keys."""
        return {task["key"]: task for task in self.case(case_id)["tasks"] if task["status"] == "open"}

    def holder(self, task: dict[str, Any]) -> str:
        """The user name of somebody who may do a task."""
        return f"{task['jurisdiction']}.{task['department']}.{'head' if task['role'] == 'head' else 'clerk'}"

    def complete(self, case_id: int, key: str, data: dict[str, Any]) -> Any:
        """Answer an open task as whoever holds it."""
        task = self.open_tasks(case_id)[key]
        return done(self.api(self.holder(task)).post(f"/tasks/{task['id']}/complete", {"data": data}))

    @contextmanager
    def counting(self) -> Iterator[list[str]]:
        """The statements that reach the database inside the block; BEGIN is none."""
        with counting(self.database) as sent:
            yield sent


_ALIKE: dict[str, tuple[Dialect, dict[Any, Any]]] = {}


def _share_compiled(engine: Engine) -> None:
    """What was compiled for one test's database serves that of the next: compiling anew is a sixth of a test."""
    dialect, compiled = _ALIKE.setdefault(engine.dialect.name, (engine.dialect, {}))
    engine.dialect = dialect
    engine.update_execution_options(compiled_cache=compiled)


@contextmanager
def opened(app: Flask, url: str) -> Iterator[World]:
    """The app on another database, for as long as the block lasts."""
    database, before = Database(url, simulated_clock=True), app.extensions["shuliu.database"]
    _share_compiled(database.engine)
    app.extensions["shuliu.database"] = database
    try:
        yield World(app, database)
    finally:
        app.extensions["shuliu.database"] = before
        database.engine.dispose()


def settings(url: str) -> Config:
    return Config(database_url=url, secret_key="test", clock="simulated")


def lay_out(url: str) -> None:
    """Fill an empty database: what ships with the code, then departments, accounts, tokens and the catalogue."""
    database = Database(url, simulated_clock=True)
    migrate.upgrade(database)
    with database.transaction() as session:
        _set_clock(session, LAID_AT.isoformat())
    for _ in load_shipped(database, ROOT):
        pass
    hashed = accounts.hash_passwords(foundation.account_table(DEMO.password), demo=DEMO)
    with database.transaction() as session:
        foundation.carry_on(session, SYSTEM)
        foundation.lay_ground(session, SYSTEM, DEMO, hashed)
        _add_beside(session)
        _give_tokens(session)
    if database.is_sqlite:
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()


def _set_clock(session: Session, moment: str) -> None:
    row = session.get(Setting, "clock") or Setting(name="clock", value="")
    row.value = moment
    session.add(row)


def _add_beside(session: Session) -> None:
    departments = accounts.read_departments(DEPARTMENTS.encode(), "departments")
    accounts.load_departments(session, departments, SYSTEM, jurisdictions=editions(session))
    accounts.load_accounts(session, accounts.read_accounts(ACCOUNTS.encode(), "accounts"), SYSTEM, hashed={})
    load_catalogue(session, read_catalogue(ENTRIES.encode(), "entries"), SYSTEM, rules_of(session))


def _give_tokens(session: Session) -> None:
    for account in session.scalars(select(Account)):
        row = ApiToken(account_id=account.id, digest=digest(account.username), name="test", created_at=LAID_AT)
        session.add(row)
