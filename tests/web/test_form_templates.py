"""A form as markup: its errors, the answers that come back, the fields that do not apply."""

from __future__ import annotations

from flask import Flask

from app.floor.messages import Text
from tests.web.markup import shown, words
from tests.web.page_samples.inbox import task_page


def test_the_error_summary_leads_to_the_field_and_the_field_names_its_error(chinese: Flask) -> None:
    page = shown("inbox/task.html")
    [link] = page.xpath("//*[@data-errors]//a")
    [control] = page.xpath(f"//*[@id='{link.get('href')[1:]}']")
    assert control.get("name") == "basis"
    assert control.get("aria-invalid") == "true"
    errors = [page.get_element_by_id(one) for one in control.get("aria-describedby").split()]
    assert "请填写依据" in " ".join(words(one) for one in errors)


def test_what_was_answered_is_still_there_when_the_form_comes_back(chinese: Flask) -> None:
    page = shown("inbox/task.html")
    assert page.xpath("//input[@name='decision' and @checked]/@value") == ["approve_partly"]
    assert page.xpath("//input[@name='items' and @checked]/@value") == ["M01", "M02", "M07", "M08"]
    assert page.xpath("//textarea[@name='reason']")[0].text.startswith("核定")
    assert page.xpath("//input[@name='period_months']/@value") == ["12"]


def test_a_field_that_does_not_apply_is_still_sent_to_readers_without_script(chinese: Flask) -> None:
    [ground] = shown("inbox/task.html").xpath("//input[@name='ground']")
    assert "disabled" not in ground.attrib
    assert ground.xpath("ancestor::*[@data-field]")[0].get("class").endswith("is-away")


def test_rows_of_changes_are_named_by_their_number(chinese: Flask) -> None:
    page = shown("inbox/start.html")
    assert page.xpath("//input[@type='text']/@name") == ["changes-0-resource", "changes-1-resource"]
    assert page.xpath("//input[@name='changes-0-action' and @checked]/@value") == ["change"]
    assert page.xpath("//button[@name='more']/@value") == ["changes"]


def test_a_boolean_keeps_the_no_that_was_given(chinese: Flask) -> None:
    assert shown("inbox/start.html").xpath("//input[@name='agreed' and @checked]/@value") == ["false"]


def test_what_a_person_typed_cannot_become_markup(chinese: Flask) -> None:
    bad = "<script>alert(1)</script>"
    page = task_page()
    page["form"]["answers"]["reason"] = bad
    page["facts"][0]["rows"] = [{"title": Text("用途", "Purpose"), "value": bad}]
    shown_again = shown("inbox/task.html", **page)
    assert words(shown_again).count("alert(1)") == 2
    assert not [one for one in shown_again.iter("script") if not one.get("src")]
