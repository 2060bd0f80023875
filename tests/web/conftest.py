"""The pages on a whole installation (tests/world.py), read as a browser without scripts would; and templates alone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask
from flask.testing import FlaskClient
from lxml import html
from werkzeug.test import TestResponse

from app import create_app
from tests import world
from tests.web.bare_door import CATALOGUE, door
from tests.world import World

LANGUAGES = ("zh", "en")
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


# templates alone


@pytest.fixture(scope="session")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Chinese catalogue, compiled where Babel looks for it: to Babel, zh_CN is zh_Hans_CN. Set-up does the same."""
    folder = tmp_path_factory.mktemp("translations")
    compiled = folder / "zh_Hans_CN/LC_MESSAGES/messages.mo"
    compiled.parent.mkdir(parents=True)
    with CATALOGUE.open("rb") as source, compiled.open("wb") as target:
        write_mo(target, read_po(source))
    return folder


@pytest.fixture(scope="session")
def doors(translations: Path) -> dict[str, Flask]:
    return {language: door(language, translations) for language in LANGUAGES}


@pytest.fixture(params=LANGUAGES)
def reading(request: pytest.FixtureRequest, doors: dict[str, Flask]) -> Iterator[Flask]:
    with doors[request.param].test_request_context("/inbox"):
        yield doors[request.param]


@pytest.fixture
def chinese(doors: dict[str, Flask]) -> Iterator[Flask]:
    with doors["zh"].test_request_context("/inbox"):
        yield doors["zh"]
