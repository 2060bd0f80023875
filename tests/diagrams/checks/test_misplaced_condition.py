"""misplaced_condition"""

from tests.diagrams.drawing import changed, found, small


def test_a_condition_elsewhere_than_after_a_gateway_is_refused():
    assert found("misplaced_condition", small().flow("end_granted", "end_refused", "True")) == [
        "end_granted_to_end_refused"
    ]


def test_the_default_flow_has_no_condition():
    assert found(
        "misplaced_condition", changed(small(), 'default="decided_to_supplement"', 'default="decided_to_end_refused"')
    ) == ["decided_to_end_refused"]
    assert found("misplaced_condition", small()) == []
