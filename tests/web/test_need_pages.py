"""What has no entry in the catalogue can be asked for on the page, too."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.web.markup import words
from tests.world import World

START = "/start?procedure=conditional_share"
NEED = {
    "wanted_description": "残疾评定结果",
    "wanted_fields": "姓名\n评定等级",
    "purpose": "发放护理补贴",
    "scope": "全市",
    "share_mode": "interface",
}


def test_whoever_does_not_find_it_in_the_catalogue_says_what_is_needed(here: World, reader: Callable[..., Any]) -> None:
    clerk = reader("yima.renshe.clerk")
    [way] = clerk.gets(START).xpath("//a[contains(@href, 'without=entry')]/@href")
    assert "目录中没有的数据" in words(clerk.gets(way))
    refused = clerk.sends(way, {**NEED, "wanted_fields": ""})
    assert refused.status_code == 422
    assert "wanted_fields" in refused.text
    sent = clerk.sends(way, NEED)
    assert sent.status_code == 303
    case = here.case(int(sent.headers["Location"].rsplit("/", 1)[-1]))
    assert [(one["key"], one["department"]) for one in case["tasks"]] == [("find_holder", "bureau")]


def test_a_need_is_not_asked_for_an_entry(here: World, reader: Callable[..., Any]) -> None:
    clerk = reader("yinchuan.renshe.clerk")
    [way] = clerk.gets(START).xpath("//a[contains(@href, 'without=entry')]/@href")
    assert not clerk.gets(way).xpath("//*[@name='resource']")
    empty = clerk.sends(way, {**NEED, "wanted_description": "", "wanted_fields": ""})
    assert empty.status_code == 422
    assert "wanted_description" in empty.text
