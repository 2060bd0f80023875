"""A department is closed in the browser: the bureau chooses, sees what would move, and closes. On a phone it fits."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect
from test_narrow import PHONE, WIDTHS

Open = Callable[..., "Reader"]  # noqa: F821  (tests/e2e/conftest.py)


def test_a_department_is_closed_after_a_look_at_what_moves(reader: Open) -> None:
    page = reader("jiangsu.bureau.supervisor").goes("/inbox/cases")
    page.locator("#nav").get_by_role("link", name="部门", exact=True).click()
    page.locator("#close-department").select_option("jiangsu/shuiwu")
    page.locator("#close-successor").select_option("jiangsu/weijian")
    page.locator("#close-others-0-to").select_option("jiangsu/minzheng")
    page.locator("input[name='others-0-entries']").first.check()
    page.get_by_role("button", name="查看将要移交的事项").click()
    moves = page.locator("section[aria-labelledby=moves]")
    expect(moves).to_contain_text("→ 江苏省民政厅")
    expect(moves).to_contain_text("jiangsu.shuiwu.clerk")
    page.locator("#close-successor").select_option("jiangsu/renshe")  # what was previewed is no longer what is asked
    expect(moves.get_by_role("button", name="撤销部门")).to_have_count(0)
    page.locator("#close-successor").select_option("jiangsu/weijian")
    page.get_by_role("button", name="查看将要移交的事项").click()
    moves.get_by_role("button", name="撤销部门").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销部门").click()
    expect(page.locator("section[aria-labelledby=gone]")).to_contain_text("税务")
    expect(page.locator("#close-department option[value='jiangsu/shuiwu']")).to_have_count(0)


def test_on_a_phone_without_scripts_who_takes_over_is_chosen_by_name(reader: Open) -> None:
    """Signing in needs no script either."""
    page = reader("jiangsu.bureau.supervisor", viewport=PHONE, java_script_enabled=False).goes("/admin/departments")
    page.locator("#close-department").select_option("jiangsu/ziran")
    page.get_by_role("button", name="列出该部门的条目和可选的承接部门").click()
    page.locator("#close-successor").select_option("jiangsu/renshe")
    page.locator("#close-others-0-to").select_option("jiangsu/minzheng")
    page.locator("input[name='others-0-entries']").first.check()
    page.get_by_role("button", name="再加一个接收部门").click()
    expect(page.locator("#close-others-0-to")).to_have_value("jiangsu/minzheng")
    content, window = page.locator("html").evaluate(f"() => {WIDTHS}")
    assert content <= window
    page.get_by_role("button", name="查看将要移交的事项").click()
    expect(page.locator("section[aria-labelledby=moves]")).to_contain_text("→ 江苏省民政厅")
