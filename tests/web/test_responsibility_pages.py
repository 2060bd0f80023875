"""The responsibility list on a page and in a file."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.web.markup import words

Open = Callable[..., Any]


def test_a_clerk_reads_who_collects_what_and_filters_by_department(reader: Open) -> None:
    page = reader("yunyang.gongan.clerk").gets("/responsibility?department=minzheng")
    text = words(page)
    assert "责任清单" in text
    assert "社会组织登记信息" in text
    assert "机动车检验合格信息" not in text
    assert page.xpath("//a[contains(@href, '/responsibility.csv') and contains(@href, 'department=minzheng')]")


def test_the_file_holds_every_line_of_the_edition_that_was_asked_for(reader: Open) -> None:
    answered = reader("yunyang.bureau.clerk").client.get("/responsibility.csv?edition=1")
    assert (answered.status_code, answered.mimetype) == (200, "text/csv")
    head, *lines = answered.data.decode("utf-8-sig").splitlines()
    assert head.split(",")[:3] == ["edition", "resource", "resource_name"]
    assert len(lines) > 150
    assert {line.split(",")[0] for line in lines} == {"1"}


def test_where_there_is_no_list_the_page_says_so_and_offers_no_file(reader: Open) -> None:
    one = reader("yima.bureau.clerk")
    assert "还没有责任清单" in words(one.gets("/responsibility"))
    assert one.client.get("/responsibility.csv").status_code == 404
    assert reader("yunyang.bureau.clerk").client.get("/responsibility.csv?edition=99").status_code == 404
