"""An adverse answer carries what the regulation demands of a refusal: a reason that can be seen, and a basis that bears
it."""

import pytest

from app.diagrams.forms import from_page, load_forms, validate
from app.floor.errors import FormsError, Invalid
from tests.diagrams.forms.test_forms_answer import FACTS, Catalogue, functions

ADVERSE_TEXT = """\
procedure: adverse
title: {zh: 不利, en: Adverse}
startable: false
rules:
  adverse.days: {type: days, title: {zh: 日, en: Days}}
  refusal.carries: {type: choices, of: [reason, basis], title: {zh: 载明, en: Carries}}
  refusal.basis_kinds: {type: choices, of: [law, rule], title: {zh: 种类, en: Kinds}}
tasks:
  step:
    title: {zh: 步, en: Step}
    rule: adverse.days
    adverse: step.no == True
    fields:
      - {key: no, type: boolean, required: true, title: {zh: a, en: a}}
      - {key: reason, type: longtext, title: {zh: a, en: a}}
      - {key: basis, type: basis, options_from: refusal.basis_kinds, title: {zh: a, en: a}}
"""
ADVERSE = load_forms(ADVERSE_TEXT, "adverse.forms.yaml").tasks["step"]
LAW = {"kind": "law", "title": "《数据安全法》", "article": "第三十八条"}


def decided(carries, **data):
    rules = {"refusal.carries": carries, "refusal.basis_kinds": ["law"]}
    asked = functions() | {"rule": rules.__getitem__}
    return validate(ADVERSE, data, facts=FACTS, under="step", functions=asked, lookup=Catalogue())


def test_an_adverse_answer_carries_a_reason_always_and_a_basis_where_the_regulation_says_so():
    assert decided(["reason", "basis"], no=False) == {"no": False, "reason": None, "basis": None}
    assert decided(["reason"], no=True, reason="无关")["basis"] is None
    for carries, missing in ((["reason"], {"reason"}), (["reason", "basis"], {"reason", "basis"})):
        with pytest.raises(Invalid) as refused:
            decided(carries, no=True)
        assert set(refused.value.errors) == missing
    assert decided(["reason", "basis"], no=True, reason="无关", basis=LAW)["basis"] == LAW


@pytest.mark.parametrize("blank", ["\u3164", "\u2800", "\u200d", "\u00ad", "\ufe0f", "\u115f", " \u3000\u200b"])
def test_what_nobody_can_see_is_neither_reason_nor_title(blank):
    with pytest.raises(Invalid) as refused:
        decided(["reason", "basis"], no=True, reason=blank, basis={"kind": "law", "title": blank})
    assert set(refused.value.errors) == {"reason", "basis"}


@pytest.mark.parametrize(
    "basis",
    ["《数据安全法》第三十八条", {"kind": "law"}, {"title": "《数据安全法》"}, {"kind": "rule", "title": "某规章"},
     {"kind": "internal", "title": "本局办法"}, {**LAW, "more": 1}, {**LAW, "article": 38}, [LAW], 7,
     {**LAW, "title": "长" * 201}],
)  # fmt: skip
def test_a_basis_is_a_text_of_a_kind_that_bears_the_decision(basis):
    with pytest.raises(Invalid) as refused:
        decided(["reason", "basis"], no=True, reason="无关", basis=basis)
    assert set(refused.value.errors) == {"basis"}


def test_a_page_sends_a_basis_in_three_parts():
    sent = {"no": ["true"], "basis-kind": ["law"], "basis-title": ["《数据安全法》"], "basis-article": [" "]}
    assert from_page(ADVERSE, sent) == {"no": "true", "basis": {"kind": "law", "title": "《数据安全法》"}}
    assert "basis" not in from_page(ADVERSE, {"basis-kind": [""], "basis-title": [" "]})


@pytest.mark.parametrize(
    "faulty",
    [
        ADVERSE_TEXT.replace("key: reason", "key: why"),
        ADVERSE_TEXT.replace("key: basis,", "key: ground,"),
        ADVERSE_TEXT.replace("refusal.carries", "refusal.bears"),
    ],
)
def test_an_adverse_answer_has_somewhere_to_put_what_it_carries(faulty):
    with pytest.raises(FormsError):
        load_forms(faulty, "adverse.forms.yaml")


BY_ITEM = load_forms(
    ADVERSE_TEXT
    + """\
      - {key: items, type: items, title: {zh: a, en: a}}
      - key: own
        type: item_reasons
        options_from: refusal.basis_kinds
        apart_from: items
        title: {zh: a, en: a}
""",
    "adverse.forms.yaml",
).tasks["step"]


def test_an_item_that_is_refused_may_have_a_reason_and_a_basis_of_its_own():
    rules = {"refusal.carries": ["reason", "basis"], "refusal.basis_kinds": ["law"]}
    asked = functions() | {"rule": rules.__getitem__}

    def said(**data):
        whole = {"no": True, "reason": "无关", "basis": LAW, **data}
        return validate(BY_ITEM, whole, facts=FACTS, under="step", functions=asked, lookup=Catalogue())["own"]

    assert said(own=[{"item": "i2", "reason": "另有规定"}]) == [{"item": "i2", "reason": "另有规定", "basis": None}]
    assert said(own=[{"item": "i2", "reason": "另有规定", "basis": LAW}])[0]["basis"] == LAW
    assert said(own=[]) is None
    with pytest.raises(Invalid) as refused:
        said(items=["i1"], own=[{"item": "i1", "reason": "已经同意"}])
    assert [str(one) for one in refused.value.errors["own"]] == ["姓名 is not refused; it needs no reason."]
    assert said(no=False, reason=None, basis=None, own=[{"item": "i2", "reason": "没有被拒绝"}]) is None


def test_a_page_sends_what_stands_beside_each_item():
    sent = {
        "no": ["true"],
        "own-i-1-reason": ["另有规定"],
        "own-i-1-kind": ["law"],
        "own-i-1-title": ["《数据安全法》"],
    }
    sent |= {"own-i2-reason": [" "], "own-i2-kind": [""]}
    own = [{"item": "i-1", "reason": "另有规定", "basis": {"kind": "law", "title": "《数据安全法》"}}]
    assert from_page(BY_ITEM, sent) == {"no": "true", "own": own}
