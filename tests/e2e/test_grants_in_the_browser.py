"""A grant in the browser: found in the list, taken back by its provider after a look at what that does, seen by its
holder; and the log of uses. At a desk and on a phone."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect
from test_narrow import PHONE, WIDTHS
from test_sharing import RESOURCE, ask_for_it, rests_on

Open = Callable[..., "Reader"]  # noqa: F821  (tests/e2e/conftest.py)
REASON = "用途已经终止"


def is_narrow(page: Page) -> bool:
    content, window = page.evaluate(WIDTHS)
    return bool(content <= window)


def test_a_grant_is_found_looked_at_and_taken_back(reader: Open) -> None:
    holder, provider = reader("yima.gongan.clerk"), reader("yima.minzheng.clerk")
    page = provider.opens(ask_for_it(holder.goes(f"/catalogue/{RESOURCE}")))
    page.get_by_role("form").get_by_text("同意共享", exact=True).click()
    page.locator("[data-send]").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))

    page.locator("#nav").get_by_role("link", name="共享授权").click()
    page.locator("#by-state").select_option("active")
    page.locator("#by-provider").select_option("minzheng")
    page.get_by_role("button", name="筛选").click()
    expect(page.locator("#list tbody tr").first).to_contain_text("可用")
    page.locator("#list .gw-no").first.click()
    page.get_by_text("撤销授权").click()
    expect(page.locator("form#revoke .gw-note")).to_contain_text("不再允许")
    page.locator("#revoke-reason").fill(REASON)
    rests_on(page, "law", "《个人信息保护法》", "34")
    page.locator("form#revoke button[name=preview]").last.click()
    previewed = page.locator(".gw-tried")
    expect(previewed).to_contain_text(REASON)
    previewed.get_by_role("button", name="撤销").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("撤销共享授权")
    asked.get_by_role("button", name="取消").click()
    expect(page.locator(".gw-note.is-red")).to_have_count(0)
    previewed.get_by_role("button", name="撤销").click()
    asked.get_by_role("button", name="撤销").click()
    expect(page.locator(".gw-note.is-red")).to_contain_text(REASON)

    phone = reader("yima.gongan.clerk", viewport=PHONE)
    shown = phone.goes("/grants?state=revoked")
    expect(shown.locator("#list tbody tr").first).to_contain_text("已撤销")
    assert is_narrow(shown)
    shown.locator("#list .gw-no").first.click()
    expect(shown.locator(".gw-tl li").first).to_contain_text(REASON)
    assert is_narrow(shown)
    shown = phone.goes("/uses")
    assert is_narrow(shown)
