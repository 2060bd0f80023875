"""The rules of a regulation are words in both languages: titles out of the data, no codes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.web.markup import words

Open = Callable[..., Any]
VALUES = "//table[contains(@class, 'gw-rules')]//td[contains(@class, 'gw-value')]"


@pytest.mark.parametrize("place", ["jiangmen", "jiangsu", "yima", "yinchuan", "yunyang"])
def test_no_value_is_shown_as_its_code(reader: Open, place: str) -> None:
    admin = reader("admin")
    shown = [words(one) for one in admin.gets(f"/admin/rules?jurisdiction={place}").xpath(VALUES)]
    assert len(shown) > 40
    assert [one for one in shown if re.search("[a-z]", one)] == []
    admin.sends("/language", {"language": "en", "next": "/"})
    english = [words(one) for one in admin.gets(f"/admin/rules?jurisdiction={place}").xpath(VALUES)]
    assert [one for one in english if "_" in one or one in ("dispute", "sharing", "bureau", "departments")] == []


def test_the_titles_of_codes_come_from_the_procedures(reader: Open) -> None:
    page = words(reader("admin").gets("/admin/rules?jurisdiction=yinchuan"))
    for said in ("共享平台、开放平台", "使用部门、公民、法人和其他组织", "向主管部门反映"):
        assert said in page


def test_a_change_of_an_internal_target_still_to_come_is_announced(reader: Open) -> None:
    admin, form = reader("admin"), {"value": "3", "from_on": "2026-03-16", "source": "办公会议定"}
    assert admin.sends("/admin/rules/yima/data_error.reply", form).status_code == 303
    panel = words(admin.gets("/admin/rules?jurisdiction=yima").xpath("//section[@aria-labelledby='pending-1']")[0])
    assert "办公会议定" in panel
    assert panel.endswith("3个工作日办公会议定")
