"""unsupported_element"""

import pytest

from tests.diagrams.drawing import changed, found, small

INSTEAD = (
    "task manualTask sendTask receiveTask businessRuleTask adHocSubProcess transaction complexGateway teleportTask"
)


@pytest.mark.parametrize("kind", [*INSTEAD.split(), "inclusiveGateway", "eventBasedGateway", "intermediateThrowEvent"])
def test_what_the_engine_passes_over_or_cannot_run_is_refused(kind):
    text = (
        small()
        .text()
        .replace('<bpmn:userTask id="review"></bpmn:userTask>', f'<bpmn:{kind} id="review"></bpmn:{kind}>')
    )
    assert "review" in found("unsupported_element", text)


@pytest.mark.parametrize("kind", ["signal", "error", "escalation", "conditional", "link", "compensate", "cancel"])
def test_other_events_than_timers_and_messages_are_refused(kind):
    text = small().text().replace("timerEventDefinition", f"{kind}EventDefinition")
    assert "review_overdue" in found("unsupported_element", text)


def test_repetition_of_a_task_is_refused():
    for kind in ("multiInstanceLoopCharacteristics", "standardLoopCharacteristics"):
        text = changed(small(), '<bpmn:userTask id="review">', f'<bpmn:userTask id="review"><bpmn:{kind}/>')
        assert found("unsupported_element", text) == ["review"]


def test_attributes_that_change_what_an_element_is_are_refused():
    for attribute in ('triggeredByEvent="true"', 'isForCompensation="true"', 'startQuantity="2"'):
        text = changed(small(), '<bpmn:userTask id="review"', f'<bpmn:userTask id="review" {attribute}')
        assert found("unsupported_element", text) == ["review"], attribute


def test_an_event_waits_for_one_thing():
    two = changed(small(), "</bpmn:timerEventDefinition>", "</bpmn:timerEventDefinition><bpmn:messageEventDefinition/>")
    assert "review_overdue" in found("unsupported_element", two)
    none = small().boundary("idle", "review", "").end("idle_end").flow("idle", "idle_end")
    assert found("unsupported_element", none) == ["idle"]


def test_notes_of_the_draughtsman_are_no_elements_that_run():
    note = '<bpmn:textAnnotation id="note"><bpmn:text>x</bpmn:text></bpmn:textAnnotation></bpmn:process>'
    assert found("unsupported_element", changed(small(), "</bpmn:process>", note)) == []
