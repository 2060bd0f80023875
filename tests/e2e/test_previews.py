"""What an answer will say appears while it is being written: its counts follow each tick, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.e2e.test_sharing import RESOURCE, ask_for_it, rests_on

Open = Callable[..., "Reader"]  # noqa: F821  (tests/e2e/conftest.py)


@pytest.mark.parametrize("width", [1440, 390])
def test_the_preview_follows_what_is_being_written(reader: Open, width: int, tmp_path: Path) -> None:
    applicant = reader("yima.gongan.clerk")
    case = ask_for_it(applicant.goes(f"/catalogue/{RESOURCE}"))
    page = reader("yima.minzheng.clerk", viewport={"width": width, "height": 900}).opens(case)
    page.get_by_text("同意共享部分信息项", exact=True).click()
    page.locator("input[name=items]").first.check()
    page.locator("textarea[name=reason]").fill("与用途无关")
    rests_on(page, "law", "《个人信息保护法》", "第六条")
    page.locator("input[name=basis-article]").blur()
    says = page.locator("#answer-fields [role=status]")
    expect(says).to_contain_text("不予共享1项信息项")
    expect(says).to_contain_text("可以在本办件中提出")
    own = page.locator("details.gw-own textarea")
    expect(own).to_have_count(1)
    own.fill("该项可以由姓名核验代替")
    own.blur()
    expect(says).to_contain_text("另列理由的信息项")
    expect(own).to_have_value("该项可以由姓名核验代替")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=tmp_path / f"preview-{width}.png", full_page=True)
    page.locator("[data-send]").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))
    applicant.page.reload()
    applicant.page.locator(".gw-docs a").last.click()
    letter = applicant.page.locator(".gw-letter")
    expect(letter).to_contain_text("不予共享1项信息项")
    expect(letter).to_contain_text("该项可以由姓名核验代替")
