"""The pages as markup: what they say, that both languages are whole, and that nothing in them is inline."""

from __future__ import annotations

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po
from flask import Flask

from tests.web.bare_door import CATALOGUE, TEMPLATES
from tests.web.markup import shown, words
from tests.web.page_samples import PAGES, frame


@pytest.mark.parametrize("template", PAGES)
def test_every_page_renders_with_what_it_documents_in_both_languages(reading: Flask, template: str) -> None:
    page = shown(template)
    assert words(page.find(".//h1"))
    assert len(page.findall(".//main")) == 1
    assert page.get("lang") == {"zh": "zh-CN", "en": "en"}[reading.config["language"]]


@pytest.mark.parametrize("template", PAGES)
def test_no_page_has_anything_inline(chinese: Flask, template: str) -> None:
    for element in shown(template).iter():
        assert element.tag != "style"
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]
        assert element.tag != "script" or element.get("src")


@pytest.mark.parametrize("template", PAGES)
def test_ids_are_unique_and_every_reference_leads_to_one(chinese: Flask, template: str) -> None:
    page = shown(template)
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in page.iter():
        for attribute in ("aria-labelledby", "aria-describedby", "for", "popovertarget", "list"):
            assert set((element.get(attribute) or "").split()) <= set(ids), (attribute, element.get(attribute))
        if element.tag == "a" and len(element.get("href", "")) > 1 and element.get("href", "").startswith("#"):
            assert element.get("href")[1:] in ids


@pytest.mark.parametrize("template", PAGES)
def test_every_form_that_changes_something_carries_the_token(chinese: Flask, template: str) -> None:
    for form in shown(template).iter("form"):
        if form.get("method") == "post":
            assert form.xpath(".//input[@name='csrf_token']/@value") == ["a-token"]


def test_every_sentence_of_the_templates_is_in_the_chinese_catalogue() -> None:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    method = [("**.html", "jinja2.ext:babel_extract")]
    asked = {message for _, _, message, _, _ in extract_from_dir(TEMPLATES, method, {"**.html": {"silent": "false"}})}
    missing = [
        message
        for message in asked
        if not (known := catalogue.get(message if isinstance(message, str) else message[0])) or not known.string
    ]
    assert missing == []


def test_the_act_of_the_system_is_never_booked_to_a_person(chinese: Flask) -> None:
    first = shown("inbox/case.html").xpath("//ol[@class='gw-tl']/li")[0]
    assert "is-sys" in first.get("class")
    assert "系统" in words(first)


def test_an_empty_list_tells_a_filter_from_nothing_at_all(chinese: Flask) -> None:
    filtered = shown("inbox/list.html", groups=[], chosen=None, page=frame.page(filtered=True))
    nothing = shown("inbox/list.html", groups=[], chosen=None)
    assert "清除筛选" in words(filtered)
    assert "清除筛选" not in words(nothing)
    assert "没有待办" in words(nothing)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 500])
def test_an_error_page_says_what_why_and_what_next(reading: Flask, status: int) -> None:
    page = shown("error.html", status=status)
    assert str(status) in words(page)
    assert all(words(one) for one in page.xpath("//dl/dd"))
    assert len(page.xpath("//dl/dd")) == 2
    assert page.xpath("//main//a[contains(@class, 'btn-primary')]")


def test_the_sort_link_turns_the_order_round(chinese: Flask) -> None:
    heads = shown("inbox/cases.html").xpath("//th[@aria-sort='descending']")
    assert [words(one) for one in heads] == ["收到日期 ↓"]
    assert heads[0].find(".//a").get("href").endswith("sort=opened_at")
