"""What people read is in the words of their regulation (PROCEDURES, Words); no word claims too much."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from babel.messages.pofile import read_po
from ruamel.yaml import YAML

from app.diagrams.forms import check_forms
from app.floor.messages import Text
from app.rules.terms import TERMS, in_terms, terms_of, unknown_terms
from config import ROOT
from tests.web.bare_door import CATALOGUE, TEMPLATES
from tests.web.markup import words
from tests.world import World, done

Open = Callable[..., Any]
FORBIDDEN = {
    "惯例": "系统约定: a practice of the authority is not ours to claim",
    "产品约定": "系统约定",
    "本法规": "本办法, from the pack",
    "受理日期": "收到日期: nothing was accepted, only received",
    "反映人": "反馈 / 申请校核",
    "反映": "反馈 / 申请校核",
    "争议处理意见书": "协调意见书, 评判意见书, 决定",
    "请双方遵照执行": "who coordinates orders nothing",
    "职能变化后目录更新": "目录更新",
    "规章修订": "none of the five names 规章",
    "涉敏": "涉及商业秘密、个人隐私",
    "确认协议": "签订安全保密协议",
    "在线查询": "one word a regulation: {word.query}",
    "不得以该事由": "规定没有列明该事由",
    "进入待办": "系统：转至…",
    "同意达成一致": "同意按下列内容共享 / 不同意，提请协调",
    "前一层级": "协商不成的",
    "条文要求的项数": "a developer's note",
    "依惯例": "按系统约定",
}
"""The words of FAULTS' list that nobody may read here, and what is said in their place."""
OF_PACKS = ("信息资源", "信息项", "使用部门", "提供部门")
"""What the words of a pack say: texts for all regulations leave it to them."""


def read_by_people() -> Iterator[tuple[str, str]]:
    """Every Chinese text that somebody may be shown, and where it stands."""
    with CATALOGUE.open("rb") as file:
        for message in read_po(file):
            if message.id:
                for text in [message.string] if isinstance(message.string, str) else message.string:
                    yield f"messages.po: {message.id}", text
    for path in (*sorted((ROOT / "bpmn").glob("*.forms.yaml")), *sorted((ROOT / "rules").rglob("*.yaml"))):
        if "calendars" not in path.parts:
            for text in chinese(YAML(typ="safe").load(path.read_text("utf-8"))):
                yield path.name, text
    for path in sorted(TEMPLATES.rglob("*.html")):
        yield path.name, re.sub(r"\{#.*?#\}", "", path.read_text("utf-8"), flags=re.DOTALL)


def chinese(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name == "zh" and isinstance(value, str):
                yield value
            else:
                yield from chinese(value)
    elif isinstance(data, list):
        for value in data:
            yield from chinese(value)


@pytest.mark.parametrize("word", FORBIDDEN)
def test_no_word_that_claims_too_much_is_read_anywhere(word: str) -> None:
    assert [(where, text) for where, text in read_by_people() if word in text] == [], FORBIDDEN[word]


@pytest.mark.parametrize("word", OF_PACKS)
def test_what_a_regulation_calls_its_own_way_is_left_to_its_pack(word: str) -> None:
    """But within 政务信息资源, which is a name."""
    with CATALOGUE.open("rb") as file:
        said = [
            (m.id, text)
            for m in read_po(file)
            if m.id
            for text in ([m.string] if isinstance(m.string, str) else m.string)
        ]
    assert [one for one in said if re.search(f"(?<!政务){word}", one[1])] == []


def test_every_word_that_is_left_to_the_pack_is_known() -> None:
    assert [(where, unknown_terms(text)) for where, text in read_by_people() if unknown_terms(text)] == []


def test_a_word_that_nobody_knows_is_refused_in_a_forms_file() -> None:
    text = (ROOT / "bpmn/dispute.forms.yaml").read_text()
    [place] = check_forms(
        text.replace("title: {zh: ", 'title: {zh: "{word.resorce}", en: x} #', 1), "dispute.forms.yaml"
    )
    assert "resource" in str(place.message)


def test_a_text_takes_the_words_of_the_regulation_and_the_general_ones_elsewhere() -> None:
    own = terms_of({"resource": Text("城市数据", "city data")}, "normative_document")
    text = Text("申请{word.resource}的{word.item}", "{word.resource}")
    assert in_terms(text, own) == Text("申请城市数据的信息项", "city data")
    assert in_terms((text,), TERMS) == (Text("申请信息资源的信息项", "resource"),)


@pytest.mark.parametrize("rank", ["law", "administrative_regulation"])
def test_statutory_is_said_by_the_rank_of_the_text(rank: str) -> None:
    assert terms_of({}, "normative_document")["statutory_deadline"].zh == "规定时限"
    assert terms_of({}, rank)["statutory_deadline"].zh == "法定时限"


SPOKEN = {
    "yinchuan": ("城市数据", "数据项", "数据需求方", "数据提供方"),
    "jiangmen": ("政务数据资源", "数据项", "政务数据使用部门", "政务数据提供部门"),
    "yunyang": ("政务数据资源", "信息项", "使用部门", "政务数据提供部门"),
    "jiangsu": ("信息资源", "信息项", "使用部门", "提供部门"),
    "yima": ("信息资源", "信息项", "使用部门", "提供部门"),
}


@pytest.mark.parametrize("place", SPOKEN)
def test_the_catalogue_speaks_the_words_of_the_regulation(reader: Open, place: str) -> None:
    resource, _, _, provider = SPOKEN[place]
    page = words(reader(f"{place}.renshe.clerk").gets("/catalogue"))
    assert f"{resource}目录" in page
    assert provider in page


def test_every_regulation_has_the_rank_of_a_normative_document(here: World) -> None:
    listed = done(here.api("admin").get("/jurisdictions"))["items"]
    assert {one["code"]: one["regulation"]["rank"] for one in listed} == dict.fromkeys(SPOKEN, "normative_document")


def test_a_number_of_a_normative_document_is_no_statutory_one_on_pages(here: World, reader: Open) -> None:
    here.at("2026-02-12T10:00:00+08:00")
    data = {
        "resource": "YM-GA-002",
        "items": ["name"],
        "purpose": "核验居住年限",
        "scope": "全市",
        "share_mode": "interface",
    }
    case = here.open_case("yima.renshe.clerk", "conditional_share", data)
    page = words(reader("yima.renshe.clerk").gets(f"/deadlines/{case['deadlines'][0]['id']}"))
    assert "规定时限" in page
    assert "法定" not in page
    calls = "/jurisdictions/yima/rules/proposals"
    figure = {
        "key": "conditional_share.reply", "value": 3, "superior": "order_809", "article": ["12"],
        "source": "国务院公报", "from_on": "2025-08-01",
    }  # fmt: skip
    number = done(here.api("admin").post(calls, figure), 202)["id"]
    done(here.api("admin2").post(f"{calls}/{number}/confirm"))
    page = words(reader("yima.renshe.clerk").gets(f"/deadlines/{case['deadlines'][0]['id']}"))
    for said in ("法定时限", "《政务数据共享条例》", "第十二条", "《义马市政务信息资源共享管理暂行办法》", "第十五条"):
        assert said in page
