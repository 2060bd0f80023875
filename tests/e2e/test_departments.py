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
    page.get_by_role("button", name="查看将要移交的事项").click()
    moves = page.locator("section[aria-labelledby=moves]")
    expect(moves).to_contain_text("目录条目")
    expect(moves).to_contain_text("jiangsu.shuiwu.clerk")
    page.locator("#close-successor").select_option("jiangsu/renshe")  # what was previewed is no longer what is asked
    expect(moves.get_by_role("button", name="撤销部门")).to_have_count(0)
    page.locator("#close-successor").select_option("jiangsu/weijian")
    page.get_by_role("button", name="查看将要移交的事项").click()
    moves.get_by_role("button", name="撤销部门").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销部门").click()
    expect(page.locator("section[aria-labelledby=gone]")).to_contain_text("税务")
    expect(page.locator("#close-department option[value='jiangsu/shuiwu']")).to_have_count(0)
    phone = reader("jiangsu.bureau.supervisor", viewport=PHONE).goes("/admin/departments")
    content, window = phone.evaluate(WIDTHS)
    assert content <= window
