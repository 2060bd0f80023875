"""The commands of the demonstration: load, and the table of accounts that `make run` prints."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from app.accounts import Account, Demo, Department, sign_in
from app.cli.demo import load_first_demo, register, show_accounts
from app.database.transactions import Database
from app.entry import open_doors
from app.floor.errors import Unauthenticated
from config import Config
from tests.demo.conftest import made_from


@pytest.fixture
def settings(shipped_file: Path, tmp_path: Path) -> Config:
    file = shutil.copy(shipped_file, tmp_path / "commands.sqlite3")
    return Config(f"sqlite:///{file}", "x" * 32, clock="simulated", demo=True)


@pytest.fixture
def flask(settings: Config) -> Iterator[Flask]:
    app = Flask("commands")
    app.config["SHULIU"] = settings
    open_doors(app, Database(settings.database_url, simulated_clock=True))
    register(app)
    yield app
    database_of(app).engine.dispose()


def database_of(app: Flask) -> Database:
    found: Database = app.extensions["shuliu.database"]
    return found


def test_so_many_cases_are_loaded_as_the_command_is_asked_for(flask: Flask) -> None:
    said = flask.test_cli_runner().invoke(args=["demo", "load", "--cases", "2", "--seed", "3"])
    assert (said.exit_code, said.stdout.splitlines()[-1]) == (0, "demonstration: 2 cases, 0 of them copies")
    refused = flask.test_cli_runner().invoke(args=["demo", "load", "--cases", "0"])
    assert refused.exit_code != 0


def test_the_demonstration_password_lets_in_only_where_the_demonstration_is_allowed(flask: Flask) -> None:
    assert flask.test_cli_runner().invoke(args=["demo", "load", "--cases", "1"]).exit_code == 0
    demo = Demo(allowed=True)
    actor, _ = sign_in(database_of(flask), "yima.minzheng.clerk", demo.password, "127.0.0.1", demo=demo)
    assert actor.department_code == "minzheng"
    with pytest.raises(Unauthenticated):
        sign_in(database_of(flask), "yima.minzheng.clerk", demo.password, "127.0.0.1")


def test_a_first_start_loads_nothing_where_somebody_has_begun_to_work(flask: Flask) -> None:
    database = database_of(flask)
    with database.transaction() as session:
        session.add(Department(jurisdiction="yima", code="own", name_zh="自有部门", name_en="Own", level="city"))
    with flask.app_context():
        load_first_demo()
    with database.transaction(write=False) as session:
        assert session.scalars(select(Department.code)).all() == ["own"]


def test_the_printed_accounts_exist_and_the_password_is_said(
    flask: Flask, settings: Config, told_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with flask.app_context():
        show_accounts()
    printed = capsys.readouterr().out
    assert settings.demo_password in printed
    named = {word.strip(",") for word in printed.split() if word.strip(",").count(".") and "<" not in word}
    with made_from(told_file, tmp_path) as database, database.transaction(write=False) as session:
        assert named <= set(session.scalars(select(Account.username)))
    assert len(printed.splitlines()) < 15
