"""dangling_flow"""

from tests.diagrams.drawing import Drawing, changed, found, small


def test_a_flow_to_or_from_nothing_is_refused():
    assert found("dangling_flow", changed(small(), 'targetRef="end_refused"', 'targetRef="ghost"')) == [
        "decided_to_end_refused"
    ]
    assert found("dangling_flow", changed(small(), 'sourceRef="supplement"', "")) == ["supplement_to_to_review"]


def test_a_flow_stays_on_its_level():
    inside = (
        Drawing().start("inner_start").end("inner_end").flows("inner_start", "inner_end").flow("inner_start", "review")
    )
    assert found("dangling_flow", small().box("box", inside)) == ["inner_start_to_review"]


def test_no_flow_leaves_an_end_or_enters_a_boundary_event():
    assert found("dangling_flow", small().flow("end_refused", "review")) == ["end_refused"]
    assert found("dangling_flow", small().flow("supplement_notice", "review_overdue")) == ["review_overdue"]
    assert found("dangling_flow", small()) == []
