"""A dispute as both sides and the bodies see it, and a notice that is tried out before it counts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import FloatRect, Locator, expect
from test_sharing import ask_for_it, rests_on

Open = Callable[..., "Reader"]  # noqa: F821  (tests/e2e/conftest.py)


def box(of: Locator) -> FloatRect:
    found = of.bounding_box()
    assert found is not None
    return found


def test_a_refusal_is_disputed_and_climbs(reader: Open) -> None:
    applicant = reader("yima.shichang.clerk")
    case = ask_for_it(applicant.goes("/catalogue/YM-RS-002")).removeprefix(applicant.site)
    provider = reader("yima.renshe.clerk").opens(case)
    provider.get_by_text("不予共享", exact=True).click()
    provider.locator("textarea[name=reason]").fill("超出职责")
    rests_on(provider, "rule", "某某规定", "第三条")
    provider.locator("[data-send]").click()
    expect(provider).to_have_url(re.compile(r"/cases/\d+$"))

    page = applicant.goes(case)
    page.get_by_role("link", name="办理", exact=True).click()
    page.locator("input[name=response][value=dispute]").check()
    page.locator("textarea[name=position]").fill("该信息项为办理业务所必需")
    page.locator("[data-send]").click()
    expect(page.locator(".gw-ladder .is-now")).to_contain_text("双方协商")
    beside = page.locator(".gw-positions > section")
    expect(beside.nth(0)).to_contain_text("该信息项为办理业务所必需")
    expect(beside.nth(1)).to_contain_text("超出职责")
    first, second = box(beside.nth(0)), box(beside.nth(1))
    assert first["y"] == second["y"]

    page.set_viewport_size({"width": 390, "height": 844})
    first, second = box(beside.nth(0)), box(beside.nth(1))
    assert second["y"] >= first["y"] + first["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scripts", [True, False])
def test_a_notice_is_tried_out_then_entered(reader: Open, scripts: bool) -> None:
    ask_for_it(reader("yinchuan.gongan.clerk").goes("/catalogue/YC-MZ-002"))
    page = reader("admin", java_script_enabled=scripts).goes("/admin/calendar")
    page.get_by_role("link", name="录入放假通知或者地方安排").click()
    page.locator("input[name=kind][value=local]").check()
    page.locator("select[name=jurisdiction]").select_option("yinchuan")
    page.locator("input[name=title]").fill("机房割接")
    page.locator("textarea[name=days]").fill("2026-02-13 闭口 机房割接")
    page.locator("[data-send]").click()
    expect(page.locator("[data-errors]")).to_contain_text("第 1 行")
    day = "2026-02-13" if scripts else "2026-02-24"
    page.locator("textarea[name=days]").fill(f"{day} 闭 机房割接")
    page.locator("[data-send]").click()
    moves = page.locator("section[aria-labelledby=moves]")
    expect(moves).to_contain_text("尚未改动")
    expect(moves.locator("tbody tr").first).to_contain_text("YC-GX-")
    moves.get_by_role("button", name="启用并重算").click()
    expect(page).to_have_url(re.compile(r"/admin/calendar\?scope=yinchuan&year=2026$"))
    expect(page.locator("section[aria-labelledby=local]")).to_contain_text("机房割接")
