"""The one text of a dispute as both sides and the bureau see it: who signed, what a version changed, signing."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect
from test_sharing import ask_for_it, rests_on

Open = Callable[..., "Reader"]  # noqa: F821  (tests/e2e/conftest.py)


def disputed(reader: Open) -> tuple[Any, Any, str]:
    """A refused application in dispute: both sides, and the address of the case."""
    applicant = reader("yima.shichang.clerk")
    case = ask_for_it(applicant.goes("/catalogue/YM-RS-002")).removeprefix(applicant.site)
    provider = reader("yima.renshe.clerk")
    page = provider.opens(case)
    page.get_by_text("不予共享", exact=True).click()
    page.locator("textarea[name=reason]").fill("超出职责")
    rests_on(page, "rule", "某某规定", "第三条")
    page.locator("[data-send]").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))
    page = applicant.goes(case)
    page.get_by_role("link", name="办理", exact=True).click()
    page.locator("input[name=response][value=dispute]").check()
    page.locator("textarea[name=position]").fill("该信息项为办理业务所必需")
    page.locator("[data-send]").click()
    return applicant, provider, case


def puts_forward(reader: Any, case: str, conditions: str) -> None:
    page = reader.goes(case)
    page.get_by_role("link", name="办理", exact=True).click()
    page.locator("input[type=radio][name=agreed][value=true]").check()
    page.locator("textarea[name=conditions]").fill(conditions)
    page.locator("[data-send]").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))


def is_narrow(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth") <= 390)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_text_is_countered_compared_and_signed(reader: Open, scripts: bool) -> None:
    applicant, provider, case = disputed(reader)
    puts_forward(applicant, case, "只返回核验结果，每日不超过一百次。")
    text = applicant.page.locator("section[aria-labelledby=text]")
    expect(text).to_contain_text("协商文本 第 1 稿")
    expect(text).to_contain_text("待义马市人力资源和社会保障局签署")
    expect(text.get_by_role("link", name="签署或者答复")).to_have_count(0)

    page = provider.goes(case)
    expect(page.locator("section[aria-labelledby=text]")).to_contain_text("待本部门签署")
    page.get_by_role("link", name="签署或者答复").click()
    with page.expect_response(re.compile("/fields$")):
        page.get_by_text("不签署现稿，另行提出本方文本").click()
    conditions = page.locator("textarea[name=conditions]")
    expect(conditions).to_be_visible()
    expect(conditions).to_have_value("只返回核验结果，每日不超过一百次。")
    expect(page.locator("input[name=items]:checked").first).to_be_visible()
    conditions.fill("只返回核验结果，每日不超过五十次。")
    with page.expect_response(re.compile("/fields$")):
        page.get_by_text("不同意，提请协调").click()
    expect(conditions).to_be_hidden()
    with page.expect_response(re.compile("/fields$")):
        page.get_by_text("不签署现稿，另行提出本方文本").click()
    expect(conditions).to_have_value("只返回核验结果，每日不超过五十次。")
    page.locator("[data-send]").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))

    bureau = reader("yima.bureau.clerk").goes(case)
    changed = bureau.locator("section[aria-labelledby=text-changes]")
    expect(changed.locator("del")).to_contain_text("一百")
    expect(changed.locator("ins")).to_contain_text("五十")
    expect(bureau.get_by_role("button", name="签署第 2 稿")).to_have_count(0)
    bureau.get_by_text("此前 1 稿").click()
    expect(bureau.locator("section[aria-labelledby=text-1]")).to_contain_text("一百次")

    signing = reader("yima.shichang.clerk", java_script_enabled=scripts, viewport={"width": 390, "height": 844})
    page = signing.goes(case)
    assert not scripts or is_narrow(page)
    page.get_by_role("link", name="签署或者答复").click()
    assert not scripts or is_narrow(page)
    page.get_by_role("button", name="签署第 2 稿").click()
    if scripts:
        page.get_by_role("dialog").get_by_role("button", name="签署第 2 稿").click()
    expect(page).to_have_url(re.compile(r"/cases/\d+$"))
    expect(page.locator("section[aria-labelledby=text]")).to_contain_text("双方已经签署本稿")
    expect(page.locator(".gw-sub, .gw-head").first).to_contain_text("同意共享")


def test_a_version_that_was_overtaken_is_not_signed(reader: Open) -> None:
    applicant, provider, case = disputed(reader)
    puts_forward(applicant, case, "只返回核验结果。")
    late = provider.goes(case)
    late.get_by_role("link", name="签署或者答复").click()
    puts_forward(applicant, case, "只返回核验结果，每月不超过十次。")
    late.get_by_role("button", name="签署第 1 稿").click()
    late.get_by_role("dialog").get_by_role("button", name="签署第 1 稿").click()
    expect(late.locator("[data-errors]")).to_contain_text("请签署其最新一稿")
    expect(late.locator("section[aria-labelledby=text]")).to_contain_text("每月不超过十次")
    expect(late.get_by_role("button", name="签署第 2 稿")).to_be_visible()
