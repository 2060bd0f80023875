"""missing_default"""

from tests.diagrams.drawing import changed, found, small


def test_a_gateway_that_divides_has_a_default():
    assert found("missing_default", small()) == []
    assert "decided" in found("missing_default", changed(small(), ' default="decided_to_supplement"', ""))
    assert "decided" in found(
        "missing_default", changed(small(), 'default="decided_to_supplement"', 'default="begin_to_to_review"')
    )


def test_every_other_flow_has_a_condition():
    plain = "<bpmn:conditionExpression>review.decision == 'refuse'</bpmn:conditionExpression>"
    assert found("missing_default", changed(small(), plain, "")) == ["decided_to_end_refused"]
