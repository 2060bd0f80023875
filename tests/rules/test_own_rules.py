"""Jiangmen, Art. 18(3): a department's own rules are no ground for not sharing, whatever they are called."""

from __future__ import annotations

import pytest

from app.rules.loader import check_pack, load_pack
from app.rules.own_rules import OwnRules
from config import ROOT
from tests.rules.declared import DECLARED

NAME, PLACE = "江门市公安局", "江门市"
OWN = OwnRules(("本局", "本单位", "内部管理", "内部规定"), ("18",))


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("本局内部数据管理办法", "本局"),
        ("本 局数据管理办法", "本局"),
        ("《江门市公安局数据管理办法》", "公安局"),
        ("《江门市公安局数据管理办法》（江公发〔2020〕3号）", "公安局"),
        ("《公安局数据管理办法》", "公安局"),
        ("关于印发江门市公安局数据管理办法的通知", NAME),
        ("数据内部管理规定", "内部管理"),
    ],
)
def test_a_text_of_the_department_itself_shows_by_its_words(title: str, word: str) -> None:
    found = OWN.shown_by(title, NAME, PLACE)
    assert found in (word, NAME)


@pytest.mark.parametrize(
    "title",
    [
        "《中华人民共和国个人信息保护法》",
        "《企业事业单位内部治安保卫条例》",
        "《审计署关于内部审计工作的规定》",
        "《公安机关办理行政案件程序规定》",
        "《广东省公共数据管理办法》",
        "《江门市扬尘污染防治条例》",
    ],
)
def test_a_published_law_regulation_or_rule_is_none(title: str) -> None:
    assert OWN.shown_by(title, NAME, PLACE) is None
    assert shipped().shown_by(title, NAME, PLACE) is None


@pytest.mark.parametrize(
    "title", ["《局内管理制度》", "《局内数据使用办法》", "《科室工作规则》", "《信息处室职责规定》"]
)
def test_what_governs_the_rooms_of_an_office_is_its_own(title: str) -> None:
    """The words that the pack ships with, not those of this test alone."""
    assert shipped().shown_by(title, NAME, PLACE)


def shipped() -> OwnRules:
    file = ROOT / "rules" / "jiangmen.yaml"
    found = load_pack(file.read_text("utf-8"), file.name, DECLARED, lambda _: []).own_rules
    assert found is not None
    return found


def test_a_rule_of_the_government_is_no_rule_of_its_own() -> None:
    """Whoever asks with no name, as for a government that decides, is judged by the words alone."""
    assert OWN.shown_by("《江门市人民政府数据管理规定》", "", PLACE) is None


def test_only_jiangmens_text_speaks_of_them() -> None:
    for file in sorted((ROOT / "rules").glob("*.yaml")):
        text = file.read_text("utf-8")
        assert ("own_rules:" in text) == (file.stem == "jiangmen")
        assert not [one for one in check_pack(text, file.name, DECLARED, lambda _: []) if "own_rules" in one.key]
