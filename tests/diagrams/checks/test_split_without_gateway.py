"""split_without_gateway"""

from tests.diagrams.drawing import Drawing, found, small


def test_two_flows_out_of_a_step_are_refused():
    assert found("split_without_gateway", small().flow("review", "end_refused")) == ["review"]
    assert found("split_without_gateway", small().flow("review_overdue", "end_refused")) == ["review_overdue"]


def test_two_flows_to_the_same_element_are_refused():
    fork = Drawing().start().parallel("fork").end("over", "granted").flow("begin", "fork")
    fork.flow("fork", "over", name="one").flow("fork", "over", name="two")
    assert found("split_without_gateway", fork) == ["fork"]


def test_gateways_may_divide():
    assert found("split_without_gateway", small()) == []
