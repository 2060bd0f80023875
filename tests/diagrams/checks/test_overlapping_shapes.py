"""overlapping_shapes"""

from tests.diagrams.drawing import changed, found, small


def test_steps_do_not_lie_on_one_another():
    assert found("overlapping_shapes", small()) == []
    assert found("overlapping_shapes", changed(small(), 'x="250"', 'x="120"')) == ["begin"]
