"""A deadline as markup: its strip of days, its head, its law and its lamp."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from lxml import html

from tests.web.markup import piece, words
from tests.web.page_samples.deadlines import (
    deadline,
    extended_and_met_late,
    internal_overdue,
    long_one,
    paused,
    provisional,
)


def strip_of(one: dict[str, Any], weeks: bool = False) -> html.HtmlElement:
    source = '{% from "macros/_deadline.html" import strip %}{{ strip(deadline, weeks) }}'
    return piece(source, deadline=one, weeks=weeks)


def test_the_strip_has_one_cell_a_day_each_with_its_date(chinese: Flask) -> None:
    cells = strip_of(deadline()).xpath(".//ol/li")
    assert [cell.find(".//time").get("datetime") for cell in cells] == [f"2026-02-{n}" for n in range(12, 29)]


def test_hidden_words_say_what_each_day_means(chinese: Flask) -> None:
    said = {
        cell.find(".//time").get("datetime")[-2:]: "".join(cell.xpath(".//*[@class='visually-hidden']//text()"))
        for cell in strip_of(deadline()).xpath(".//ol/li")
    }
    assert "当日不计" in said["12"]
    assert "第 1 个工作日，计入" in said["13"]
    assert "调休" in said["14"]
    assert "春节" in said["15"]
    assert "暂停" in said["25"]
    assert "今天" in said["27"]
    assert "到期" in said["28"]


def test_a_statutory_and_an_internal_deadline_never_wear_the_same_mark(reading: Flask) -> None:
    statutory = strip_of(deadline())
    internal = strip_of(internal_overdue())
    assert statutory.xpath(".//b[@class='is-law']")
    assert not internal.xpath(".//b[@class='is-law']")
    assert internal.xpath(".//b[@class='is-own']")
    assert not set(statutory.xpath(".//b[@class='is-law']/text()")) & set(internal.xpath(".//b/text()"))


def test_an_internal_target_names_no_statutory_number(reading: Flask) -> None:
    source = '{% from "macros/_deadline.html" import law %}{{ law(deadline) }}'
    said = piece(source, deadline=internal_overdue())
    assert said.find(".//p").get("class") == "gw-law is-own"
    assert ("内部目标" if reading.config["language"] == "zh" else "Internal target") in words(said)


def test_a_deadline_of_more_than_25_days_is_drawn_as_weeks(chinese: Flask) -> None:
    assert "is-weeks" in strip_of(long_one()).find("div").get("class")
    assert "is-weeks" not in strip_of(deadline()).find("div").get("class")
    assert "is-weeks" in strip_of(deadline(), weeks=True).find("div").get("class")


def test_the_brackets_under_the_strip_cover_every_cell(chinese: Flask) -> None:
    for one in (deadline(), internal_overdue(), provisional()):
        brackets = strip_of(one).xpath(".//ul[@class='gw-strip-n']/li/@class")
        assert sum(int(look.rsplit("gw-x", 1)[1]) for look in brackets) == len(one["explanation"].rows) + len(
            one["late_days"]
        )


HEAD = '{% from "macros/_deadline.html" import due_head %}{{ due_head(deadline, "x") }}'


@pytest.mark.parametrize(("kind", "hour"), [("statutory", False), ("ordered", False), ("internal", True)])
def test_the_head_of_what_the_law_or_a_body_has_set_names_its_day_and_no_hour(
    chinese: Flask, kind: str, hour: bool
) -> None:
    said = words(piece(HEAD, deadline={**deadline(), "kind": kind}))
    assert ("17:30" in said, "24时届满" in said) == (hour, not hour)


def test_the_unpaused_day_stays_visible_beside_the_paused_one(chinese: Flask) -> None:
    assert strip_of(deadline()).xpath(".//b[@class='is-old']")
    head = piece(HEAD, deadline=deadline())
    assert "2月26日" in words(head)
    assert "2月28日" in words(head)


def test_a_provisional_day_is_dotted_and_said_to_be_provisional(chinese: Flask) -> None:
    strip = strip_of(provisional())
    assert len(strip.xpath(".//li[contains(@class, 'is-soft')]")) == 8
    assert "暂定" in words(strip)


def test_a_paused_clock_shows_no_due_day(chinese: Flask) -> None:
    said = words(piece(HEAD, deadline=paused()))
    assert "暂停" in said
    assert "到期" not in said


def test_what_was_met_late_says_so_in_red(reading: Flask) -> None:
    head = piece(HEAD, deadline=extended_and_met_late())
    assert head.xpath(".//span[@class='gw-lamp is-red']")
    assert ("2月26日" if reading.config["language"] == "zh" else "26 February") in words(head)


def test_a_period_in_months_is_told_and_not_drawn(chinese: Flask) -> None:
    assert not strip_of(deadline(unit="months", length=6)).xpath(".//ol")


LAMP = '{% from "macros/_lamp.html" import lamp %}{{ lamp(colour, left, kind, paused) }}'


@pytest.mark.parametrize(
    ("colour", "left", "said", "sign"),
    [
        ("red", -2, "逾期 2 个工作日", "alert-triangle-f"),
        ("amber", 0, "今日到期", "clock-f"),
        ("amber", 1, "剩 1 个工作日", "clock-f"),
        ("green", 5, "剩 5 个工作日", "circle-f"),
    ],
)
def test_a_lamp_always_has_words_and_a_filled_icon_when_statutory(
    chinese: Flask, colour: str, left: int, said: str, sign: str
) -> None:
    lamp = piece(LAMP, colour=colour, left=left, kind="statutory", paused=False)
    assert words(lamp) == said
    assert lamp.find(".//use").get("href").endswith("#" + sign)
    outlined = piece(LAMP, colour=colour, left=left, kind="internal", paused=False)
    assert outlined.find(".//use").get("href").endswith("#" + sign.removesuffix("-f"))
