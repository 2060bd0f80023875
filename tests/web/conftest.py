"""The pages on a whole installation (tests/world.py), read as a browser without scripts would."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from app import create_app
from tests import world
from tests.world import World

TODAY = "2026-02-12T10:00:00+08:00"


@dataclass
class Reader:
    """A signed-in reader, or a stranger."""

    client: FlaskClient

    def gets(self, path: str, status: int = 200) -> html.HtmlElement:
        response = self.client.get(path)
        assert response.status_code == status, (path, response.status_code)
        return html.document_fromstring(response.text)

    def sends(self, path: str, data: dict[str, Any] | None = None, *, token: bool = True) -> TestResponse:
        """Post a form with the token that the pages carry."""
        sent = dict(data or {})
        if token:
            shown = self.client.get("/follow").text
            found = re.search(r'name="csrf_token" value="([^"]+)"', shown)
            assert found is not None
            sent["csrf_token"] = found[1]
        return self.client.post(path, data=sent)


@pytest.fixture(scope="session")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ground") / "ground.sqlite3"
    world.lay_out(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def pages_app(laid_out: Path) -> Flask:
    return create_app(replace(world.settings(f"sqlite:///{laid_out}"), demo=True))


@pytest.fixture
def here(pages_app: Flask, laid_out: Path, tmp_path: Path) -> Iterator[World]:
    """An installation of this test's own, on a Thursday before the Spring Festival."""
    copy = tmp_path / "copy.sqlite3"
    shutil.copy(laid_out, copy)
    with world.opened(pages_app, f"sqlite:///{copy}") as opened:
        opened.at(TODAY)
        yield opened


@pytest.fixture
def reader(here: World) -> Callable[[str | None], Reader]:
    def signed_in(username: str | None = None) -> Reader:
        one = Reader(here.app.test_client())
        if username is not None:
            answered = one.sends("/sign-in", {"username": username, "password": world.DEMO.password})
            assert answered.status_code == 303, answered.status_code
        return one

    return signed_in
