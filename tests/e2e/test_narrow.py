"""On a phone no page scrolls sideways, and a table is read from top to bottom."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from app.web.i18n import LANGUAGE_COOKIE
from tests.procedures.expected import PLACES

Open = Callable[..., "Reader"]  # noqa: F821  (tests/e2e/conftest.py)
PHONE = {"width": 390, "height": 844}
WIDTHS = "[document.documentElement.scrollWidth, window.innerWidth]"
FILES = (".csv",)
"""A link to one of these is saved, not shown: it has no width."""
LINKS = "links => links.map(one => one.href.split('#')[0])"


def kind(address: str) -> str:
    """Pages that differ only in their numbers, codes, places and filters are one."""
    return re.sub(rf"[A-Z]{{2}}-[\w-]+|\d+|{'|'.join(PLACES)}", "*", urlsplit(address).path)


def too_wide(page: Page) -> list[str]:
    """The pages that can be reached from here, one of each kind, which are wider than the window."""
    waiting, seen, found = [page.url], set[str](), list[str]()
    here = urlsplit(page.url).netloc
    while waiting:
        address = waiting.pop(0)
        if urlsplit(address).netloc != here or kind(address) in seen or "/api/" in address:
            continue
        if kind(address).endswith(FILES):
            continue
        seen.add(kind(address))
        page.goto(address)
        content, window = page.evaluate(WIDTHS)
        found += [kind(address)] if content > window else []
        waiting += page.eval_on_selector_all("a[href]", LINKS)
    assert len(seen) > 5
    return found


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("who", ["yima.gongan.clerk", "yima.bureau.supervisor", "admin"])
def test_no_page_scrolls_sideways(reader: Open, who: str, language: str) -> None:
    one = reader(viewport=PHONE)
    one.page.context.add_cookies([{"name": LANGUAGE_COOKIE, "value": language, "url": one.site}])
    page = one.signs_in(who)
    expect(page.locator("html")).to_have_attribute("lang", re.compile(f"^{language}"))
    assert too_wide(page) == []


def test_a_rule_is_a_block_of_its_own(reader: Open) -> None:
    page = reader("admin", viewport=PHONE).goes("/admin/rules?jurisdiction=yunyang")
    rule = page.locator(".gw-rules tbody tr", has_text="data_error.extension")
    for cell in rule.locator("th, td:not(.gw-c-act)").all():
        box = cell.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    expect(rule).to_contain_text("第二十三条")
    expect(page.get_by_role("columnheader", name="条文")).to_be_attached()
