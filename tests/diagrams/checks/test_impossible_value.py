"""impossible_value"""

import pytest

from tests.diagrams.drawing import FORMS, Drawing, called, changed, found, small

CONDITION = "review.decision == 'refuse'"


@pytest.mark.parametrize(
    "source",
    [
        "review.decision == 'refused'",
        "'refused' != review.decision",
        "review.decision in ['refuse', 'deny']",
        "'fax' in rule('small.modes')",
    ],
)
def test_a_value_that_can_never_be_answered_is_named(source):
    assert found("impossible_value", changed(small(), CONDITION, source)) == ["decided_to_end_refused"]


@pytest.mark.parametrize("source", [CONDITION, "'file' in rule('small.modes')", "application.purpose == 'anything'"])
def test_possible_values_pass(source):
    assert found("impossible_value", changed(small(), CONDITION, source)) == []


def test_a_call_ends_with_the_outcomes_of_its_process():
    other = Drawing("other").start("os").end("oe", "granted").flows("os", "oe")
    drawing = (
        small()
        .call("asking", "other")
        .gateway("said", "no")
        .flow("asking", "said")
        .flow("said", "end_refused", name="no")
    )
    good = drawing.flow("said", "end_granted", "asking.outcome == 'granted'")
    assert found("impossible_value", good, library=called(other, FORMS)) == []
    bad = changed(good, "asking.outcome == 'granted'", "asking.outcome == 'given'")
    assert found("impossible_value", bad, library=called(other, FORMS)) == ["said_to_end_granted"]
