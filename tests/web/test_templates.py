"""The pages as markup: what they say, that both languages are whole, and that nothing in them is inline."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jinja2
import page_samples as samples
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from flask import Flask, Response, render_template, render_template_string, request, url_for
from flask_babel import Babel, format_date
from lxml import html
from markupsafe import Markup

from app.clock import OFFICE, office_date
from app.words import Say, Text

ROOT = Path(__file__).parents[2]
TEMPLATES = ROOT / "app/web/templates"
CATALOGUE = ROOT / "app/translations/zh_CN/LC_MESSAGES/messages.po"
ICONS = set((ROOT / "frontend/icons.txt").read_text().split())
ENDPOINTS = {
    "home": "/",
    "inbox.tasks": "/inbox",
    "inbox.task": "/inbox/tasks/<id>",
    "inbox.claim": "/inbox/tasks/<id>/claim",
    "inbox.release": "/inbox/tasks/<id>/release",
    "inbox.transfer": "/inbox/tasks/<id>/transfer",
    "inbox.cases": "/cases",
    "inbox.case": "/cases/<id>",
    "inbox.start": "/start",
    "inbox.deadline": "/deadlines/<id>",
    "inbox.letter": "/letters/<number>",
    "inbox.notices": "/notices",
    "inbox.read": "/notices/read",
    "catalogue.resources": "/catalogue",
    "catalogue.resource": "/catalogue/<code>",
    "catalogue.grant": "/grants/<id>",
    "admin.rules": "/admin/rules",
    "admin.calendar": "/admin/calendar",
    "admin.retry": "/admin/incidents/<id>/retry",
    "session.signin": "/sign-in",
    "session.signout": "/sign-out",
    "session.language": "/language",
}
LANGUAGES = ("zh", "en")


def door(language: str, translations: Path) -> Flask:
    """An application with the addresses and the functions that the templates ask of the door."""
    app = Flask("shuliu", template_folder=str(TEMPLATES), static_folder=str(ROOT / "app/web/static"))
    app.secret_key = "for tests"
    app.jinja_env.undefined = jinja2.StrictUndefined
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(translations)
    app.config["language"] = language
    Babel(app, locale_selector=lambda: "en" if app.config["language"] == "en" else "zh_CN")
    for endpoint, rule in ENDPOINTS.items():
        app.add_url_rule(rule, endpoint, lambda **_: Response())
    app.jinja_env.globals.update(functions(app))
    return app


def functions(app: Flask) -> dict[str, Callable[..., Any]]:
    def language() -> str:
        return str(app.config["language"])

    def t(text: Any) -> Any:
        if isinstance(text, Say):
            return str(text)
        if isinstance(text, Text):
            return text.in_("en" if language() == "en" else "zh")
        return text.get(language()) if isinstance(text, dict) else text

    def asset(name: str) -> str:
        return f"/static/dist/{name}"

    def icon(name: str) -> Markup:
        assert name in ICONS, f"{name} is missing in frontend/icons.txt"
        return Markup('<svg class="gw-ic" aria-hidden="true"><use href="{}#{}"/></svg>').format(
            asset("icons.svg"), name
        )

    def local(one: date) -> date:
        return office_date(one) if isinstance(one, datetime) else one

    def year_of(one: date) -> str:
        return "" if one.year == samples.TODAY.year else f"{one.year}"

    def day(one: date) -> str:
        one = local(one)
        if language() == "en":
            return f"{format_date(one, 'EEEE d MMMM')} {year_of(one)}".strip()
        return f"{year_of(one)}{'年' if year_of(one) else ''}{format_date(one, 'M月d日 EEEE')}"

    def weekday(one: date) -> str:
        return str(format_date(local(one), "EEE"))

    def short_day(one: date) -> str:
        one = local(one)
        return f"{year_of(one)}{'-' if year_of(one) else ''}{one:%m-%d} {weekday(one)}"

    def hour(moment: datetime) -> str:
        said = f"{moment.astimezone(OFFICE):%H:%M}"
        return "24:00" if said == "00:00" else said

    def moment(one: datetime) -> str:
        return f"{day(one)} {hour(one)}"

    def short_moment(one: datetime) -> str:
        return f"{one.astimezone(OFFICE):%m-%d %H:%M}"

    def here(**changes: Any) -> str:
        values = {**request.args, **changes}
        return url_for(
            request.endpoint or "home",
            **(request.view_args or {}),
            **{k: v for k, v in values.items() if v is not None},
        )

    return {
        "t": t,
        "language": language,
        "asset": asset,
        "icon": icon,
        "day": day,
        "short_day": short_day,
        "weekday": weekday,
        "hour": hour,
        "moment": moment,
        "short_moment": short_moment,
        "here": here,
        "series": lambda parts: ("、" if language() == "zh" else ", ").join(str(t(one)) for one in parts),
        "article": lambda codes: _articles(codes, language()),
        "today": lambda: samples.TODAY,
        "csrf_token": lambda: "a-token",
    }


def _articles(codes: list[str] | str, language: str) -> str:
    codes = codes.split(", ") if isinstance(codes, str) else codes
    if language == "en":
        return "Art. " + ", ".join(codes)
    found = [re.match(r"(\d+)(?:\((\d+)\))?", code) for code in codes]
    return "、".join(f"第{_numeral(int(m[1]))}条" + (f"（{_numeral(int(m[2]))}）" if m[2] else "") for m in found if m)


def _numeral(n: int) -> str:
    digits = "〇一二三四五六七八九"
    tens, ones = divmod(n, 10)
    return (("" if tens == 1 else digits[tens]) + "十" if tens else "") + (digits[ones] if ones or not tens else "")


@pytest.fixture(scope="session")
def translations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Chinese catalogue, compiled where Babel looks for it: to Babel, zh_CN is zh_Hans_CN. Set-up does the same."""
    folder = tmp_path_factory.mktemp("translations")
    compiled = folder / "zh_Hans_CN/LC_MESSAGES/messages.mo"
    compiled.parent.mkdir(parents=True)
    with CATALOGUE.open("rb") as source, compiled.open("wb") as target:
        write_mo(target, read_po(source))
    return folder


@pytest.fixture(scope="session")
def doors(translations: Path) -> dict[str, Flask]:
    return {language: door(language, translations) for language in LANGUAGES}


@pytest.fixture(params=LANGUAGES)
def reading(request: pytest.FixtureRequest, doors: dict[str, Flask]) -> Iterator[Flask]:
    with doors[request.param].test_request_context("/inbox"):
        yield doors[request.param]


@pytest.fixture
def chinese(doors: dict[str, Flask]) -> Iterator[Flask]:
    with doors["zh"].test_request_context("/inbox"):
        yield doors["zh"]


def shown(template: str, **changes: Any) -> html.HtmlElement:
    return html.document_fromstring(render_template(template, **(samples.frame() | samples.PAGES[template] | changes)))


def piece(source: str, **context: Any) -> html.HtmlElement:
    return html.fragment_fromstring(render_template_string(source, **context), create_parent="div")


def strip_of(deadline: dict[str, Any], weeks: bool = False) -> html.HtmlElement:
    source = '{% from "macros/_deadline.html" import strip %}{{ strip(deadline, weeks) }}'
    return piece(source, deadline=deadline, weeks=weeks)


def words_of(element: html.HtmlElement) -> str:
    return re.sub(r"\s+", " ", element.text_content()).strip()


@pytest.mark.parametrize("template", samples.PAGES)
def test_every_page_renders_with_what_it_documents_in_both_languages(reading: Flask, template: str) -> None:
    page = shown(template)
    assert words_of(page.find(".//h1"))
    assert len(page.findall(".//main")) == 1
    assert page.get("lang") == {"zh": "zh-CN", "en": "en"}[reading.config["language"]]


@pytest.mark.parametrize("template", samples.PAGES)
def test_no_page_has_anything_inline(chinese: Flask, template: str) -> None:
    for element in shown(template).iter():
        assert element.tag != "style"
        assert "style" not in element.attrib
        assert not [name for name in element.attrib if name.startswith("on")]
        assert element.tag != "script" or element.get("src")


@pytest.mark.parametrize("template", samples.PAGES)
def test_ids_are_unique_and_every_reference_leads_to_one(chinese: Flask, template: str) -> None:
    page = shown(template)
    ids = [element.get("id") for element in page.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in page.iter():
        for attribute in ("aria-labelledby", "aria-describedby", "for", "popovertarget", "list"):
            assert set((element.get(attribute) or "").split()) <= set(ids), (attribute, element.get(attribute))
        if element.tag == "a" and len(element.get("href", "")) > 1 and element.get("href", "").startswith("#"):
            assert element.get("href")[1:] in ids


@pytest.mark.parametrize("template", samples.PAGES)
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


def test_the_strip_has_one_cell_a_day_each_with_its_date(chinese: Flask) -> None:
    cells = strip_of(samples.deadline()).xpath(".//ol/li")
    assert [cell.find(".//time").get("datetime") for cell in cells] == [f"2026-02-{n}" for n in range(12, 29)]


def test_hidden_words_say_what_each_day_means(chinese: Flask) -> None:
    said = {
        cell.find(".//time").get("datetime")[-2:]: "".join(cell.xpath(".//*[@class='visually-hidden']//text()"))
        for cell in strip_of(samples.deadline()).xpath(".//ol/li")
    }
    assert "当日不计" in said["12"]
    assert "第 1 个工作日，计入" in said["13"]
    assert "调休" in said["14"]
    assert "春节" in said["15"]
    assert "暂停" in said["25"]
    assert "今天" in said["27"]
    assert "到期" in said["28"]


def test_a_statutory_and_an_internal_deadline_never_wear_the_same_mark(reading: Flask) -> None:
    statutory = strip_of(samples.deadline())
    internal = strip_of(samples.internal_overdue())
    assert statutory.xpath(".//b[@class='is-law']")
    assert not internal.xpath(".//b[@class='is-law']")
    assert internal.xpath(".//b[@class='is-own']")
    assert not set(statutory.xpath(".//b[@class='is-law']/text()")) & set(internal.xpath(".//b/text()"))


def test_an_internal_target_names_no_statutory_number(reading: Flask) -> None:
    source = '{% from "macros/_deadline.html" import law %}{{ law(deadline) }}'
    said = piece(source, deadline=samples.internal_overdue())
    assert said.find(".//p").get("class") == "gw-law is-own"
    assert ("内部目标" if reading.config["language"] == "zh" else "Internal target") in words_of(said)


def test_a_deadline_of_more_than_25_days_is_drawn_as_weeks(chinese: Flask) -> None:
    assert "is-weeks" in strip_of(samples.long_one()).find("div").get("class")
    assert "is-weeks" not in strip_of(samples.deadline()).find("div").get("class")
    assert "is-weeks" in strip_of(samples.deadline(), weeks=True).find("div").get("class")


def test_the_brackets_under_the_strip_cover_every_cell(chinese: Flask) -> None:
    for one in (samples.deadline(), samples.internal_overdue(), samples.provisional()):
        brackets = strip_of(one).xpath(".//ul[@class='gw-strip-n']/li/@class")
        assert sum(int(look.rsplit("gw-x", 1)[1]) for look in brackets) == len(one["explanation"].rows) + len(
            one["late_days"]
        )


HEAD = '{% from "macros/_deadline.html" import due_head %}{{ due_head(deadline, "x") }}'


def test_the_unpaused_day_stays_visible_beside_the_paused_one(chinese: Flask) -> None:
    assert strip_of(samples.deadline()).xpath(".//b[@class='is-old']")
    head = piece(HEAD, deadline=samples.deadline())
    assert "2月26日" in words_of(head)
    assert "2月28日" in words_of(head)


def test_a_provisional_day_is_dotted_and_said_to_be_provisional(chinese: Flask) -> None:
    strip = strip_of(samples.provisional())
    assert len(strip.xpath(".//li[contains(@class, 'is-soft')]")) == 8
    assert "暂定" in words_of(strip)


def test_a_paused_clock_shows_no_due_day(chinese: Flask) -> None:
    said = words_of(piece(HEAD, deadline=samples.paused()))
    assert "暂停" in said
    assert "到期" not in said


def test_what_was_met_late_says_so_in_red(reading: Flask) -> None:
    head = piece(HEAD, deadline=samples.extended_and_met_late())
    assert head.xpath(".//span[@class='gw-lamp is-red']")
    assert ("2月26日" if reading.config["language"] == "zh" else "26 February") in words_of(head)


def test_a_period_in_months_is_told_and_not_drawn(chinese: Flask) -> None:
    assert not strip_of(samples.deadline(unit="months", length=6)).xpath(".//ol")


LAMP = '{% from "macros/_lamp.html" import lamp %}{{ lamp(colour, left, kind, paused) }}'


@pytest.mark.parametrize(
    ("colour", "left", "words", "sign"),
    [
        ("red", -2, "逾期 2 个工作日", "alert-triangle-f"),
        ("amber", 0, "今日到期", "clock-f"),
        ("amber", 1, "剩 1 个工作日", "clock-f"),
        ("green", 5, "剩 5 个工作日", "circle-f"),
    ],
)
def test_a_lamp_always_has_words_and_a_filled_icon_when_statutory(
    chinese: Flask, colour: str, left: int, words: str, sign: str
) -> None:
    lamp = piece(LAMP, colour=colour, left=left, kind="statutory", paused=False)
    assert words_of(lamp) == words
    assert lamp.find(".//use").get("href").endswith("#" + sign)
    outlined = piece(LAMP, colour=colour, left=left, kind="internal", paused=False)
    assert outlined.find(".//use").get("href").endswith("#" + sign.removesuffix("-f"))


def test_the_error_summary_leads_to_the_field_and_the_field_names_its_error(chinese: Flask) -> None:
    page = shown("inbox/task.html")
    [link] = page.xpath("//*[@data-errors]//a")
    [control] = page.xpath(f"//*[@id='{link.get('href')[1:]}']")
    assert control.get("name") == "basis"
    assert control.get("aria-invalid") == "true"
    errors = [page.get_element_by_id(one) for one in control.get("aria-describedby").split()]
    assert "请填写依据" in " ".join(words_of(one) for one in errors)


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


def test_the_act_of_the_system_is_never_booked_to_a_person(chinese: Flask) -> None:
    first = shown("inbox/case.html").xpath("//ol[@class='gw-tl']/li")[0]
    assert "is-sys" in first.get("class")
    assert "系统" in words_of(first)


def test_what_a_person_typed_cannot_become_markup(chinese: Flask) -> None:
    bad = "<script>alert(1)</script>"
    page = samples.task_page()
    page["form"]["answers"]["reason"] = bad
    page["facts"][0]["rows"] = [{"title": Text("用途", "Purpose"), "value": bad}]
    shown_again = shown("inbox/task.html", **page)
    assert words_of(shown_again).count("alert(1)") == 2
    assert not [one for one in shown_again.iter("script") if not one.get("src")]


def test_an_empty_list_tells_a_filter_from_nothing_at_all(chinese: Flask) -> None:
    filtered = shown("inbox/list.html", groups=[], chosen=None, page=samples.page(filtered=True))
    nothing = shown("inbox/list.html", groups=[], chosen=None)
    assert "清除筛选" in words_of(filtered)
    assert "清除筛选" not in words_of(nothing)
    assert "没有待办" in words_of(nothing)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 429, 500])
def test_an_error_page_says_what_why_and_what_next(reading: Flask, status: int) -> None:
    page = shown("error.html", status=status)
    assert str(status) in words_of(page)
    assert all(words_of(one) for one in page.xpath("//dl/dd"))
    assert len(page.xpath("//dl/dd")) == 2
    assert page.xpath("//main//a[contains(@class, 'btn-primary')]")


def test_the_sort_link_turns_the_order_round(chinese: Flask) -> None:
    heads = shown("inbox/cases.html").xpath("//th[@aria-sort='descending']")
    assert [words_of(one) for one in heads] == ["受理日期 ↓"]
    assert heads[0].find(".//a").get("href").endswith("sort=opened_at")
