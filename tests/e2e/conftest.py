"""The pages in a real browser: the app on a fresh installation, served by a thread of this process."""

from __future__ import annotations

import os
import re
import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect
from werkzeug.serving import make_server

from app import create_app
from tests import world

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TODAY = "2026-02-12T10:00:00+08:00"
"""A Thursday before the Spring Festival: the next days are a make-up Saturday and nine days off."""

expect.set_options(timeout=10_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(
                    pytest.mark.skip(reason="no Chromium is installed (Debian: chromium and fonts-noto-cjk)")
                )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": FLAGS}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running installation."""
    url = f"sqlite:///{tmp_path_factory.mktemp('site') / 'site.sqlite3'}"
    world.lay_out(url)
    app = create_app(replace(world.settings(url), demo=True))
    world.World(app, app.extensions["shuliu.database"]).at(TODAY)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["shuliu.database"].engine.dispose()


@dataclass
class Reader:
    """Somebody in front of a browser."""

    page: Page
    site: str

    def goes(self, path: str) -> Page:
        self.page.goto(self.site + path)
        return self.page

    def opens(self, case: str) -> Page:
        """The reader's open step in that case. Their list also holds what other tests have left."""
        self.goes("/cases/" + case.rpartition("/")[2])
        self.page.get_by_role("link", name="办理", exact=True).click()
        expect(self.page).to_have_url(re.compile(r"/tasks/\d+"))
        return self.page

    def signs_in(self, username: str) -> Page:
        self.goes("/sign-in")
        self.page.locator("#username").fill(username)
        self.page.locator("#password").fill(world.DEMO.password)
        self.page.locator("form button.gw-big").click()
        expect(self.page.locator(".gw-acct")).to_be_visible()
        return self.page


@pytest.fixture
def reader(browser: Browser, site: str) -> Iterator[Callable[..., Reader]]:
    """Opens a browser window for one more reader. What a page complains of fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not any(f"status of {one}" in message.text for one in (404, 422)):
            complaints.append(message.text)

    def broken(error: Error) -> None:
        complaints.append(str(error))

    def opened(username: str | None = None, **options: Any) -> Reader:
        context = browser.new_context(**{"locale": "zh-CN", "viewport": {"width": 1440, "height": 900}, **options})
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", broken)
        one = Reader(page, site)
        if username is not None:
            one.signs_in(username)
        return one

    yield opened
    for context in contexts:
        context.close()
    assert complaints == []
