"""One form judges the page and the API: what is asked for now, what fits, and every fault at once."""

import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.diagrams.forms import clean_text, from_page, load_forms, shown_fields, validate
from app.floor.errors import EngineError, Invalid
from app.floor.messages import say
from tests.diagrams.drawing import FORMS

ALL = """\
procedure: all
title: {zh: 全, en: All}
startable: false
rules:
  all.modes: {type: choices, of: [file, batch, query], title: {zh: 方式, en: Modes}}
tasks:
  step:
    title: {zh: 步, en: Step}
    fields:
      - {key: line, type: text, title: {zh: a, en: a}}
      - {key: page, type: longtext, title: {zh: a, en: a}, min: 3}
      - key: pick
        type: choice
        title: {zh: a, en: a}
        options:
          - {value: one, title: {zh: 一, en: One}}
          - {value: two, title: {zh: 二, en: Two}, when: "resource.sensitive"}
          - {value: three, title: {zh: 三, en: Three}, when: "step.yes == True"}
      - {key: modes, type: choices, title: {zh: a, en: a}, options_from: all.modes}
      - {key: yes, type: boolean, title: {zh: a, en: a}}
      - {key: count, type: integer, title: {zh: a, en: a}, min: -5, max: 5}
      - {key: day, type: date, title: {zh: a, en: a}}
      - {key: who, type: department, title: {zh: a, en: a}}
      - {key: what, type: resource, title: {zh: a, en: a}}
      - {key: several, type: resources, title: {zh: a, en: a}, max: 3}
      - {key: items, type: items, title: {zh: a, en: a}}
      - {key: drafts, type: changes, title: {zh: a, en: a}}
      - {key: why, type: text, title: {zh: a, en: a}, shown: "step.pick == 'one'", required: "step.count != None"}
      - {key: last, type: text, title: {zh: a, en: a}, shown: "step.why != None"}
    checks:
      - {when: "step.count == 5 and step.yes == True", field: count, say: {zh: 不行, en: Not both.}}
"""
STEP = load_forms(ALL, "all.forms.yaml").tasks["step"]
EMPTY = {field.key: None for field in STEP.fields}
FACTS = {"resource": {"code": "r1", "sensitive": False}}


class Catalogue:
    """A small world: one department, one resource with two items."""

    def __init__(self):
        self.asked = []

    def department(self, code):
        return [] if code == "gongan" else [say("There is no department %(code)s here.", code=code)]

    def basis(self, title):
        return ()

    def resource(self, code):
        return [] if code == "r1" else [say("There is no resource %(code)s.", code=code)]

    def items(self, resource, codes):
        self.asked.append(resource)
        return [say("no item %(code)s", code=code) for code in codes if code not in ("i1", "i2")]

    def item(self, resource, code):
        return {"i1": "姓名", "i2": "住址"}.get(code, code)

    def changes(self, changes):
        return [say("not yours") for change in changes if change["resource"] != "r1"]

    def points(self, points):
        return [say("no item %(code)s", code=one["item"]) for one in points if one["item"] not in ("i1", "i2")]


def functions(modes=("file", "batch"), answered=()):
    return {"rule": lambda key: list(modes), "answered": lambda name: name in answered, "involves": bool, "len": len}


def judged(facts=None, offered=("file", "batch"), **data):
    return validate(STEP, data, facts=facts or FACTS, under="step", functions=functions(offered), lookup=Catalogue())


def refused(**data):
    with pytest.raises(Invalid) as error:
        judged(**data)
    return {name: [str(sentence) for sentence in sentences] for name, sentences in error.value.errors.items()}


def test_what_is_left_out_is_there_as_none():
    assert judged() == EMPTY
    assert judged(line=None, page="", offered=("file",)) == EMPTY
    assert judged(line="  ", several=[], items=[], count="", yes="") == EMPTY


@pytest.mark.parametrize(
    ("key", "given", "kept"),
    [
        ("line", " a\nb\tc ", "a b c"),
        ("page", "a\r\nb\u2028c", "a\nb\nc"),
        ("line", "x\u202eevorppA\u0007\u200b\ufeff", "xevorppA"),
        ("line", "𠮷野 \u200dé", "𠮷野 \u200dé"),
        ("pick", "one", "one"),
        ("yes", True, True),
        ("yes", "false", False),
        ("yes", "on", True),
        ("count", "３", 3),
        ("count", -5, -5),
        ("count", 4.0, 4),
        ("day", "2026-02-28", "2026-02-28"),
        ("who", "gongan", "gongan"),
        ("several", ["r1"], ["r1"]),
        ("items", ["i2", "i1"], ["i2", "i1"]),
        (
            "drafts",
            [{"resource": "r1", "action": "add", "items": [{"code": "a", "name": "b\0"}]}],
            [{"resource": "r1", "action": "add", "items": [{"code": "a", "name": "b"}]}],
        ),
    ],
)
def test_a_fitting_value_is_kept_clean(key, given, kept):
    answer = judged(**{key: given, **({"why": "w"} if key in ("pick", "count") else {})})
    assert answer[key] == kept


@pytest.mark.parametrize(
    ("key", "given"),
    [
        ("line", 7),
        ("line", "x" * 201),
        ("line", ["x"]),
        ("page", "ab"),
        ("page", "x" * 4001),
        ("page", "x" * 10**6),
        ("pick", "four"),
        ("pick", "two"),
        ("pick", 1),
        ("pick", ["one"]),
        ("modes", "file"),
        ("modes", ["query"]),
        ("modes", ["file", "file"]),
        ("modes", [{}]),
        ("modes", ["file"] * 600),
        ("yes", "maybe"),
        ("yes", 2),
        ("yes", {}),
        ("yes", []),
        ("count", 6),
        ("count", True),
        ("count", 1.5),
        ("count", "1e3"),
        ("count", float("inf")),
        ("count", float("nan")),
        ("count", "9" * 5000),
        ("count", []),
        ("day", "2026-02-30"),
        ("day", "20260228"),
        ("day", "28.2.2026"),
        ("day", 20260228),
        ("day", "0001-01-01"),
        ("day", "2026-W01-1"),
        ("who", "nobody"),
        ("who", 5),
        ("what", "r9"),
        ("what", "x" * 121),
        ("several", ["r1", "r9"]),
        ("several", ["a", "b", "c", "d"]),
        ("items", ["i9"]),
        ("items", "i1"),
        ("drafts", "x"),
        ("drafts", [1]),
        ("drafts", [{"resource": "r1"}]),
        ("drafts", [{"resource": "r9", "action": "add"}]),
        ("drafts", [{"resource": "r1", "action": "drop"}]),
        ("drafts", [{"resource": "r1", "action": "add", "x": [[[[1]]]]}]),
        ("drafts", [{"resource": "r1", "action": "add", 1: 2}]),
        ("drafts", [{"resource": "r1", "action": "add", "x": 1e400}]),
    ],
)
def test_what_does_not_fit_is_refused_at_its_field(key, given):
    found = refused(**{key: given})
    assert list(found) == [key]
    assert all(found[key])


def test_all_faults_come_at_once_and_unknown_fields_too():
    found = refused(line=7, count=9, surprise=1, day="x")
    assert set(found) == {"line", "count", "surprise", "day"}
    assert found["surprise"] == ["unknown"]


def test_fields_are_asked_for_only_where_they_are_shown():
    assert judged(why="because", last="x") == EMPTY
    assert judged(pick="one", why="because", last="x")["last"] == "x"
    assert judged(line="a", why=7)["why"] is None


def test_a_field_can_be_required_by_another_answer():
    assert refused(pick="one", count=1) == {"why": ["Please answer this."]}
    assert judged(count=1)["count"] == 1


def test_options_follow_facts_rules_and_the_answer():
    assert judged(facts={"resource": {"sensitive": True}}, pick="two")["pick"] == "two"
    assert judged(pick="three", yes=True)["pick"] == "three"
    assert "pick" in refused(pick="three", yes=False)
    assert judged(offered=("query",)) == EMPTY
    with pytest.raises(Invalid):
        validate(
            STEP, {"modes": ["file"]}, facts=FACTS, under="step", functions=functions(("query",)), lookup=Catalogue()
        )


def test_a_check_that_is_true_stands_at_its_field():
    assert refused(count=5, yes=True) == {"count": ["Not both."]}
    assert judged(count=5, yes=False)["count"] == 5


def test_items_are_those_of_the_answers_or_the_cases_resource():
    catalogue = Catalogue()
    for data in ({"items": ["i1"]}, {"what": "r1", "items": ["i1"]}):
        validate(STEP, data, facts=FACTS, under="step", functions=functions(), lookup=catalogue)
    validate(STEP, {"items": ["i1"]}, facts={"resource": {}}, under="step", functions=functions(), lookup=catalogue)
    assert catalogue.asked == ["r1", "r1", None]


def reviewed(forms, **data):
    form = forms.tasks["review"]
    return validate(form, data, facts={}, under="review", functions=functions(), lookup=Catalogue())


def test_a_form_whose_own_expression_fails_says_so():
    forms = load_forms(FORMS.replace("\"review.decision == 'refuse'\"", '"supplement.note == 1"'), "x")
    with pytest.raises(EngineError) as error:
        validate(
            forms.tasks["review"],
            {"decision": "approve"},
            facts={},
            under="review",
            functions=functions(),
            lookup=Catalogue(),
        )
    assert (error.value.reason, error.value.element) == ("expression", "review")


def test_a_faulty_answer_is_named_before_a_failing_expression():
    forms = load_forms(FORMS.replace("\"review.decision == 'refuse'\"", '"supplement.note == 1"'), "x")
    with pytest.raises(Invalid):
        validate(
            forms.tasks["review"],
            {"decision": "no"},
            facts={},
            under="review",
            functions=functions(),
            lookup=Catalogue(),
        )


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inside: st.lists(inside, max_size=4) | st.dictionaries(st.text(max_size=8), inside, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*EMPTY, "surprise"]), JSON, max_size=8) | JSON)
def test_whatever_is_sent_is_an_answer_or_invalid(data):
    with suppress(Invalid):
        answer = validate(STEP, data, facts=FACTS, under="step", functions=functions(), lookup=Catalogue())
        assert answer.keys() == EMPTY.keys()


@given(st.text())
def test_a_clean_text_stays_clean(text):
    once = clean_text(text, lines=True)
    assert clean_text(once, lines=True) == once
    once.encode("utf-8")
    assert not {"\0", "\r", "\u202e"} & set(once)


def test_a_clean_text_has_no_character_that_cannot_be_seen_or_turns_the_reading_direction():
    """Each of Unicode's that is such a one, between two that are not."""
    joining = {"\u200c", "\u200d", "\u00ad"}  # and soft hyphens: scripts need them
    for character in map(chr, range(0x110000)):
        unseen = unicodedata.category(character) in ("Cc", "Cf", "Cs") and character not in joining
        if unseen or ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF:
            kept = character if character in "\n\t" else "\n" if character == "\r" else ""
            assert clean_text(f"甲{character}乙", lines=True) == f"甲{kept}乙", hex(ord(character))


def test_what_can_be_seen_stays_as_it_was_written():
    text = "甲方：\u3000《条例》第十二条\n\t“应当”\u2014\u2014é 𠮷\u200dक\u00ad"
    assert clean_text(text, lines=True) == text


def test_a_page_posts_lists_and_texts():
    drafts = '[{"resource": "r1", "action": "add"}]'
    posted = {
        "line": ["a"],
        "items": ["i1", "i2"],
        "modes": ["file"],
        "drafts": [drafts],
        "yes": [""],
        "csrf_token": ["x"],
        "count": [" "],
    }
    data = from_page(STEP, posted)
    assert data == {
        "line": "a",
        "items": ["i1", "i2"],
        "modes": ["file"],
        "drafts": [{"resource": "r1", "action": "add"}],
    }
    assert judged(**data)["items"] == ["i1", "i2"]
    assert "drafts" in refused(**from_page(STEP, {"drafts": ["[" * 100_000]}))


def test_a_page_shows_what_may_be_asked_and_marks_what_depends():
    shown = {one.field.key: one for one in shown_fields(STEP, facts=FACTS, functions=functions())}
    assert set(shown) == set(EMPTY)
    assert (shown["why"].depends, shown["why"].required, shown["line"].depends) == (True, False, False)
    assert [option.value for option in shown["pick"].options] == ["one", "three"]
    assert [option.value for option in shown["modes"].options] == ["file", "batch"]


def test_a_page_that_was_filled_in_shows_what_follows_from_it():
    answered = shown_fields(STEP, facts=FACTS, functions=functions(), answer={"pick": "one", "count": 2})
    assert {one.field.key: one.required for one in answered}["why"] is True
    assert "why" not in [
        one.field.key for one in shown_fields(STEP, facts=FACTS, functions=functions(), answer={"count": 2})
    ]
