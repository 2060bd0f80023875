"""Definitions: known by their text, loaded once, and nothing in them that could not run."""

import pytest

from app.engine import bundle as bundles
from app.engine.bundle import Bundle
from app.engine.expressions import ExpressionError, read_timer
from app.errors import EngineError
from tests.engine.play import files

SHARE = ("conditional_share", "dispute")


def refused(process, texts):
    with pytest.raises(EngineError) as caught:
        Bundle.load(process, texts)
    assert caught.value.reason == "bad-diagram"
    return caught.value


def test_the_same_texts_are_one_bundle_in_any_order_and_another_text_is_another():
    one, two = files(*SHARE)
    first = Bundle.load("conditional_share", [one, two])
    assert Bundle.load("conditional_share", [two, one]) is first
    assert Bundle.get(first.key) is first
    assert Bundle.load("conditional_share", [one, two + b"\n"]).key != first.key
    assert Bundle.load("dispute", [one, two]).key != first.key
    assert Bundle.get("unknown") is None


def test_few_bundles_are_kept_and_those_least_used_can_be_loaded_again(monkeypatch):
    monkeypatch.setattr(bundles, "_known", type(bundles._known)())
    monkeypatch.setattr(bundles, "MAX_KNOWN", 2)
    [text] = files("catalogue_update")
    keys = [Bundle.load("catalogue_update", [text + b"\n" * n]).key for n in range(3)]
    assert [Bundle.get(key) is not None for key in keys] == [False, True, True]
    assert Bundle.load("catalogue_update", [text]).key == keys[0]


def test_a_bundle_knows_its_tasks_their_process_and_who_asks_for_an_action():
    bundle = Bundle.load("conditional_share", files(*SHARE))
    assert {"provider_review", "coordinate"} <= bundle.user_tasks
    assert bundle.process_of("coordinate") == "dispute"
    assert bundle.process_of("applicant_signs") == "conditional_share"
    assert bundle.elements_with("ladder.raise") == ["raise_level"]
    assert {"coordinate", "hearing_wanted", "raise_level"} <= bundle.inside["dispute"]
    assert "withdraw" not in Bundle.load("data_error", files("data_error", "dispute")).inside["verification"]


CATALOGUE = files("catalogue_update")[0]


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        (b'<bpmn:userTask id="publish"', b'<bpmn:scriptTask id="publish"', "publish"),
        (b'<bpmn:userTask id="publish"', b'<bpmn:manualTask id="publish"', "publish"),
        (b'<bpmn:exclusiveGateway id="returned_q"', b'<bpmn:inclusiveGateway id="returned_q"', "returned_q"),
        (b"bureau_review.decision == 'return'", b"__import__('os')", None),
        (b"bureau_review.decision == 'return'", b"'false'", None),
        (b"bureau_review.decision == 'return'", b"", None),
        (b"deadline('catalogue_update.review')", b"'P10D'", None),
        (b"deadline('catalogue_update.review')", b"rule('catalogue_update.review')", None),
        (b'value="draft_change.entries"', b'value="open(1)"', None),
        (b"terminateEventDefinition", b"messageEventDefinition", "end"),
        (b'<bpmn:startEvent id="start"/>', b"", "catalogue_update"),
        (b'<bpmn:startEvent id="start"/>', b'<bpmn:startEvent id="start"/><bpmn:startEvent id="two"/>', None),
        (b'id="publish"', b'id="draft_change"', "draft_change"),
        (b"</bpmn:definitions>", b"", None),
        (b"<bpmn:definitions", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><bpmn:definitions', None),
        (b"<bpmn:timeDate>", b"<bpmn:timeDuration>", None),
        (b'isExecutable="true"', b'isExecutable="false"', None),
    ],
)
def test_what_cannot_run_is_refused_with_its_element(old, new, element):
    text = CATALOGUE
    if b"scriptTask" in new or b"manualTask" in new:
        tag = new.split(b" ")[0].removeprefix(b"<")
        text = text.replace(b"bpmn:userTask", tag)
    elif b"inclusiveGateway" in new:
        text = text.replace(b"exclusiveGateway", b"inclusiveGateway")
    elif b"timeDuration" in new:
        text = text.replace(b"timeDate>", b"timeDuration>")
    elif b"DOCTYPE" in new:
        text = text.replace(old, new, 1).replace(b"draft_change.entries", b"&e;", 1)
    else:
        assert old in text
        text = text.replace(old, new)
    assert text != CATALOGUE
    error = refused("catalogue_update", [text])
    if element and element in ("draft_change", "end", "catalogue_update"):
        assert error.element == element


def test_ids_that_would_mix_facts_up_are_refused():
    one, two = files(*SHARE)
    assert refused("conditional_share", [one, two.replace(b'"coordinate"', b'"provider_review"')]).element
    assert refused("dispute", [two.replace(b'name="hearing_wanted"', b'name="hearing"')]).element == "hearing"


def test_a_missing_call_and_a_call_in_a_circle_are_refused():
    one, two = files(*SHARE)
    refused("conditional_share", [one])
    refused("unknown", [one, two])
    circle = two.replace(
        b'<bpmn:userTask id="coordinate">', b'<bpmn:callActivity id="coordinate" calledElement="dispute">'
    )
    circle = circle.replace(b"</bpmn:userTask>", b"</bpmn:callActivity>", 4).replace(
        b"<bpmn:userTask", b"<bpmn:callActivity calledElement='dispute'"
    )
    assert refused("dispute", [circle])


def test_the_sketches_of_refused_shapes_are_known():
    assert refused("inc_in_loop", files("refused/inc_in_loop")).element == "fork"


@pytest.mark.parametrize(
    ("source", "timer"),
    [("deadline('a.b')", ("a.b", "deadline")), (' before_deadline("a.b") ', ("a.b", "before_deadline"))],
)
def test_a_timer_is_a_rule_and_a_kind(source, timer):
    assert read_timer(source) == timer


@pytest.mark.parametrize(
    "source", ["deadline()", "deadline('a') if x else deadline('b')", "'2030-01-01'", "deadline(x)", "x", "deadline(1)"]
)
def test_nothing_else_is_a_timer(source):
    with pytest.raises(ExpressionError):
        read_timer(source)
