"""unsafe_drawing"""

import pytest

from tests.diagrams.drawing import changed, found, small

BOUNDS = 'x="100" y="100" width="100"'


@pytest.mark.parametrize(
    "bounds",
    ['x="NaN" y="1" width="1"', 'x="1e309" y="1" width="1"', 'x="1" y="1" width="-5"', 'x="a" y="1" width="1"'],
)
def test_what_cannot_be_drawn_is_refused(bounds):
    assert found("unsafe_drawing", changed(small(), BOUNDS, bounds)) == ["begin"]


def test_a_colour_is_a_colour():
    for colour, good in (
        ("#fff", True),
        ("red", True),
        ("rgb(1, 2, 3)", True),
        ("url(http://x)", False),
        ("expression(1)", False),
    ):
        colours = f'xmlns:b="http://bpmn.io/schema/bpmn/biocolor/1.0" b:stroke="{colour}"'
        text = changed(small(), 'bpmnElement="review"', f'bpmnElement="review" {colours}')
        assert found("unsafe_drawing", text) == ([] if good else ["review"]), colour


def test_a_drawing_holds_shapes_and_edges_only():
    assert found("unsafe_drawing", changed(small(), "</bpmndi:BPMNPlane>", "<bpmndi:Script/></bpmndi:BPMNPlane>"))
