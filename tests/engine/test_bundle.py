"""Definitions: known by their text, loaded once, and nothing in them that could not run."""

import pytest

from app.engine import bundle as bundles
from app.engine.bundle import Bundle
from app.engine.expressions import ExpressionError, read_timer
from app.floor.errors import EngineError
from tests.engine.play import SHARE, files


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
    assert bundle.elements_with("ladder.raise") == ("raise_level",)
    assert {"coordinate", "hearing_wanted", "raise_level"} <= bundle.inside["dispute"]
    assert "withdraw" not in Bundle.load("data_error", files("data_error", "dispute")).inside["verification"]


START = b'<bpmn:startEvent id="start"/>'
REVIEW = b"bureau_review.decision == 'return'"
OVERDUE = b">deadline('catalogue_update.review')"


@pytest.mark.parametrize(
    ("changes", "element", "said"),
    [
        ({b"bpmn:userTask": b"bpmn:scriptTask"}, "draft_change", "scriptTask cannot run here"),
        ({b"bpmn:userTask": b"bpmn:manualTask"}, "draft_change", "manualTask cannot run here"),
        ({b"bpmn:exclusiveGateway": b"bpmn:inclusiveGateway"}, None, "inclusiveGateway cannot run here"),
        ({b"timeDate>": b"timeDuration>"}, None, "empty"),
        (
            {b'id="push">': b'id="push"><bpmn:standardLoopCharacteristics/>'},
            None,
            "standardLoopCharacteristics cannot run",
        ),
        ({REVIEW: b"__import__('os')"}, "passed_q_to_to_draft", "not allowed"),
        ({REVIEW: b"'false'"}, "passed_q_to_to_draft", "not yes or no"),
        ({REVIEW: b""}, "passed_q_to_to_draft", "empty"),
        ({OVERDUE: b">'P10D'"}, "bureau_review_overdue", "A timer is"),
        ({OVERDUE: b">rule('catalogue_update.review')"}, None, "A timer is"),
        ({b'"draft_change.entries"': b'"open(1)"'}, "push", "not allowed"),
        ({b"<bpmn:terminateEventDefinition": b"<bpmn:signalEventDefinition"}, "end", "cannot wait for"),
        ({b"timerEventDefinition": b"signalEventDefinition"}, None, "cannot wait for signal"),
        ({START: b""}, "catalogue_update", "start event"),
        (
            {START: START + START.replace(b"start", b"two", 2).replace(b"twoEvent", b"startEvent")},
            None,
            "start event",
        ),
        ({b'userTask id="publish"': b'userTask id="draft_change"'}, "draft_change", "used twice"),
        ({b"</bpmn:definitions>": b""}, None, "cannot be read"),
        ({b'isExecutable="true"': b'isExecutable="false"'}, None, "executable"),
    ],
)
def test_what_cannot_run_is_refused_with_its_element(changes, element, said):
    [text] = files("catalogue_update")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    error = refused("catalogue_update", [text])
    assert said in str(error.message)
    assert element is None or error.element == element


def test_nothing_outside_the_file_is_read():
    [text] = files("catalogue_update")
    outside = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><bpmn:definitions'
    text = text.replace(b"<bpmn:definitions", outside, 1).replace(b"draft_change.entries", b"&e;", 1)
    refused("catalogue_update", [text])


def test_ids_that_would_mix_facts_up_are_refused():
    one, two = files(*SHARE)
    assert refused("conditional_share", [one, two.replace(b'"coordinate"', b'"provider_review"')]).element
    assert refused("dispute", [two.replace(b'name="hearing_wanted"', b'name="hearing"')]).element == "hearing"


def test_files_may_use_the_same_message_id_for_different_messages():
    one, two = files("data_error", "dispute")
    both = [one.replace(b"m_withdraw", b"m_1"), two.replace(b"m_hearing", b"m_1")]
    bundle = Bundle.load("data_error", both)
    assert bundle.spec.task_specs["withdrawn"].event_definition.name == "withdraw"
    assert bundle.called["coordination"].task_specs["hearing_asked"].event_definition.name == "hearing_wanted"


def test_a_missing_call_and_a_call_in_a_circle_are_refused():
    one, two = files(*SHARE)
    refused("conditional_share", [one])
    refused("unknown", [one, two])
    circle = two.replace(START.replace(b"start", b"dispute_start", 1), b"")
    call = b'<bpmn:callActivity id="once_more" calledElement="dispute"/>'
    flows = b'<bpmn:sequenceFlow id="f" sourceRef="once_more" targetRef="end_no"/>'
    circle = two.replace(b"</bpmn:process>", call + flows + b"</bpmn:process>")
    circle = circle.replace(b'targetRef="end_no"/>', b'targetRef="once_more"/>', 1)
    assert str(refused("dispute", [circle]).message) == "A process calls itself."


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
