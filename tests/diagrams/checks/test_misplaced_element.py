"""misplaced_element"""

import pytest

from tests.diagrams.drawing import changed, found, properties, small


@pytest.mark.parametrize(
    ("before", "moved", "element"),
    [
        ('<bpmn:userTask id="review">', '<bpmn:endEvent id="inside"/>', "inside"),
        ('<bpmn:userTask id="review">', '<spiffworkflow:property name="lane" value="x"/>', "review"),
        ('<bpmn:userTask id="review">', "<bpmn:timeDate>1</bpmn:timeDate>", "review"),
        ('<bpmn:exclusiveGateway id="to_review">', "<bpmn:conditionExpression/>", "to_review"),
        ("<bpmndi:BPMNDiagram", '<bpmndi:BPMNShape id="s" bpmnElement="review"/>', "s"),
        ('"notice.send"><spiffworkflow:parameters>', "<bpmn:documentation/>", "review_notice"),
    ],
)
def test_an_element_in_the_wrong_place_is_refused(before, moved, element):
    end = before if before.endswith(">") else ""
    text = small().text().replace(before, f"{end}{moved}{'' if end else before}", 1)
    assert found("misplaced_element", text) == [element]


def test_what_stands_once_stands_once():
    twice = properties(outcome="granted") * 2
    assert found("misplaced_element", changed(small(), properties(outcome="granted"), twice)) == ["end_granted"]


def test_documentation_may_stand_at_every_element():
    text = changed(small(), "</bpmn:userTask>", "<bpmn:documentation>x</bpmn:documentation></bpmn:userTask>")
    assert found("misplaced_element", text) == []
