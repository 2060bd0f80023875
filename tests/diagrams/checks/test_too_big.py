"""too_big"""

from tests.diagrams.drawing import Drawing, found, small


def nested(depth):
    drawing = Drawing().start(f"s{depth}").end(f"e{depth}").flows(f"s{depth}", f"e{depth}")
    for level in range(depth):
        outer = Drawing().start(f"s{level}").box(f"box{level}", drawing).end(f"e{level}")
        drawing = outer.flows(f"s{level}", f"box{level}", f"e{level}")
    return drawing


def test_sub_processes_are_at_most_four_deep():
    assert found("too_big", nested(4), None) == []
    assert found("too_big", nested(5), None) == ["box0"]


def test_a_level_has_at_most_two_hundred_elements():
    drawing = small()
    for number in range(200):
        drawing.end(f"extra_{number}")
    assert found("too_big", drawing) == ["small"]
