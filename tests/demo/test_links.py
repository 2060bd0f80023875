"""Everybody finds their way: no page has a link that its reader may not follow, nor a value as programs read it."""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from lxml import html

from app import accounts, create_app
from app.database.transactions import Database
from app.entry import COOKIE
from app.floor import clock
from config import Config

READERS = (
    "admin", "yima.platform", "yima.bureau.clerk", "yima.bureau.supervisor", "yima.minzheng.clerk",
    "yima.minzheng.head", "yunyang.bureau.clerk", "yunyang.government.clerk", "jiangsu.leading_group.clerk",
    "jiangsu.shuiwu.head", "yinchuan.bureau.clerk", "jiangmen.gongan.clerk",
)  # fmt: skip
OF_A_KIND = 3
"""So many pages of a kind are read: what differs between two cases shows within a few."""
MANGLED = re.compile(r"\{'|\[\{|\bNone\b|\bTrue\b|\bFalse\b|Undefined|%\(\w+\)s|<\w+\.\w+ object")


def signed_in(database: Database, username: str) -> FlaskClient:
    browser = create_app(Config(str(database.engine.url), secret_key="test", clock="simulated")).test_client()
    with database.transaction() as session:
        actor = accounts.actor_by_username(session, username)
        assert actor is not None
        assert actor.account_id is not None
        browser.set_cookie(COOKIE, accounts.open_session(session, actor.account_id, clock.wall()))
    return browser


def pages(browser: FlaskClient) -> Iterator[tuple[str, str, int, html.HtmlElement]]:
    """Every page that can be reached, a few of each kind: where its link stood, its address, status and content."""
    waiting, seen, kinds = deque([("", "/")]), {"/"}, Counter[str]()
    while waiting:
        found_on, path = waiting.popleft()
        kinds[kind := re.sub(r"\d+", "N", path.partition("?")[0])] += 1
        if kinds[kind] > OF_A_KIND:
            continue
        response = browser.get(path, follow_redirects=True)
        if response.mimetype != "text/html":
            assert response.status_code == 200, (found_on, path)
            continue
        page = html.document_fromstring(response.text)
        yield found_on, path, response.status_code, page
        for link in page.xpath("//a/@href"):
            address = link.partition("#")[0]
            if address.startswith("/") and not address.startswith(("/static", "/api")) and address not in seen:
                seen.add(address)
                waiting.append((path, address))


@pytest.mark.parametrize("username", READERS)
def test_no_page_shows_its_reader_a_link_that_leads_nowhere(told: Database, username: str) -> None:
    read, closed, mangled = 0, [], []
    for found_on, path, status, page in pages(signed_in(told, username)):
        read += 1
        if status != 200:
            closed.append(f"{found_on}: {path} {status}")
        for part in page.xpath("//script | //style"):
            part.drop_tree()
        mangled += [(path, found) for found in MANGLED.findall(page.text_content())]
    assert (closed, mangled) == ([], [])
    assert read > 12
