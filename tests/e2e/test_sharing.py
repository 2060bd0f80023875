"""A share is asked for, refused for want of a basis, approved, and followed: two departments, two browsers."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., "Reader"]  # noqa: F821  (tests/e2e/conftest.py)
BASIS = ("kind", "title", "article")
RESOURCE = "YM-MZ-002"
PURPOSE = "户籍窗口核验保障状态"


def ask_for_it(page: Page) -> str:
    """Start a conditional share from the catalogue; returns the case's address."""
    page.get_by_role("link", name="有条件共享申请").click()
    page.locator("input[name=items]").nth(0).check()
    page.locator("input[name=items]").nth(1).check()
    for name, words in {"purpose": PURPOSE, "scope": "全市户籍窗口", "legal_duty": "户籍管理"}.items():
        page.locator(f"textarea[name={name}]").fill(words)
    page.locator("input[name=share_mode]").first.check()
    page.locator("[data-send]").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))
    return page.url


def rests_on(page: Page, kind: str, title: str, article: str = "") -> None:
    """Say what a refusal rests on."""
    page.locator("select[name=basis-kind]").select_option(kind)
    page.locator("input[name=basis-title]").fill(title)
    page.locator("input[name=basis-article]").fill(article)


def test_a_share_from_the_catalogue_to_the_grant(reader: Open) -> None:
    applicant = reader("yima.gongan.clerk")
    page = applicant.goes(f"/catalogue/{RESOURCE}")
    case = ask_for_it(page)
    expect(page.get_by_text("规定到期")).to_be_visible()

    provider = reader("yima.minzheng.clerk").opens(case)
    expect(provider.locator(".gw-lines-kept").get_by_text(PURPOSE)).to_be_visible()
    provider.locator("label").get_by_text("不予共享", exact=True).click()
    for part in BASIS:
        expect(provider.locator(f"[name=basis-{part}]")).to_be_visible()
    provider.locator("textarea[name=reason]").fill("超出职责")
    provider.locator("[data-send]").click()
    expect(provider.locator("[data-errors]")).to_be_visible()
    expect(provider.locator("[data-errors]")).to_be_focused()
    expect(provider.locator("textarea[name=reason]")).to_have_value("超出职责")

    provider.locator("label").get_by_text("同意共享", exact=True).click()
    for part in BASIS:
        expect(provider.locator(f"[name=basis-{part}]")).to_be_hidden()
    provider.locator("input[name=period_months]").fill("12")
    provider.locator("[data-send]").click()
    expect(provider).to_have_url(re.compile(r"/cases/\d+$"))

    page.goto(case)
    expect(page.locator("#grants")).to_be_visible()
    expect(page.get_by_text(PURPOSE).first).to_be_visible()
    page.locator("[data-diagram]").first.scroll_into_view_if_needed()
    expect(page.locator("[data-diagram] svg .djs-element, [data-diagram] .djs-container").first).to_be_visible()
    expect(page.locator("[data-diagram] .djs-shape[data-element-id=lane_provider] text")).to_have_text("提供部门")
    page.locator(".gw-docs a").last.click()
    expect(page.locator(".gw-letter")).to_contain_text("最低生活保障对象信息")


def test_the_pages_change_their_language_at_once(reader: Open) -> None:
    page = reader("yima.gongan.clerk").page
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("My tasks")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("我的待办")


def test_a_task_is_done_without_scripts(reader: Open) -> None:
    applicant = reader("yima.renshe.clerk", java_script_enabled=False)
    case = ask_for_it(applicant.goes(f"/catalogue/{RESOURCE}"))
    provider = reader("yima.minzheng.clerk", java_script_enabled=False).opens(case)
    provider.locator("[data-send]").click()
    expect(provider.locator("[data-errors]")).to_contain_text("审核意见")
    provider.locator("input[name=decision][value=refuse]").check()
    provider.locator("textarea[name=reason]").fill("与职责无关")
    rests_on(provider, "rule", "《婚姻登记档案管理办法》")
    provider.locator("[data-send]").click()
    expect(provider).to_have_url(re.compile(r"/cases/\d+$"))
    expect(provider.locator(".gw-tl")).to_contain_text("不予共享")


@pytest.mark.parametrize(
    "path", ["/inbox", "/cases", "/start", "/catalogue", "/admin/rules", "/admin/calendar", "/notices"]
)
def test_no_page_is_wider_than_a_phone(reader: Open, path: str, tmp_path: Path) -> None:
    page = reader("yima.minzheng.clerk", viewport={"width": 390, "height": 844}).goes(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_citizen_reports_follows_and_is_answered(reader: Open) -> None:
    citizen = reader()
    page = citizen.goes("/report")
    page.get_by_role("link", name="云阳县").click()
    page.locator(".gw-lines a").first.click()
    page.locator("input[name=items]").first.check()
    page.locator("textarea[name=doubt]").fill("面积与证书不符")
    page.locator("[data-send]").click()
    code = page.locator(".gw-code").inner_text()
    number = re.search(r"YY-\w+-\d+-\d+", page.locator("h1").inner_text())
    assert number is not None
    page.reload()
    expect(page.locator(".gw-code")).to_have_count(0)

    page = reader().goes("/follow")
    page.locator("#number").fill(number[0])
    page.locator("#code").fill("0000-0000-0000-0000")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.locator("#code").fill(code.lower())
    page.get_by_role("button", name="查询").click()
    expect(page.locator("h1")).to_contain_text(number[0])
