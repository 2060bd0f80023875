"""clashing_types"""

import pytest

from tests.diagrams.drawing import changed, found, small

CONDITION = "review.decision == 'refuse'"


@pytest.mark.parametrize(
    "source",
    [
        "application.purpose &gt; 5",
        "application.months == 'three'",
        "application.purpose",
        "review.decision in application.months",
        "rule('small.modes') == 'file'",
        "rule('small.limit') == 'x'",
    ],
)
def test_unlike_things_are_not_compared(source):
    assert found("clashing_types", changed(small(), CONDITION, source)) == ["decided_to_end_refused"]


@pytest.mark.parametrize(
    "source",
    [
        "application.months &gt; 5",
        "application.purpose == 'x'",
        "'file' in rule('small.modes')",
        "review.reason == None or review.reason == 'x'",
    ],
)
def test_like_things_are(source):
    assert found("clashing_types", changed(small(), CONDITION, source)) == []
