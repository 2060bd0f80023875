"""missing_shape"""

from tests.diagrams.drawing import changed, findings, found, small


def test_everything_that_runs_is_drawn():
    assert found("missing_shape", small()) == []
    assert found("missing_shape", changed(small(), 'bpmnElement="review"', 'bpmnElement="plane"')) == ["review"]
    assert found("missing_shape", changed(small(), 'bpmnElement="review"', 'bpmnElement="ghost"')) == [
        "review",
        "ghost",
    ]


def test_a_file_without_a_drawing_is_only_warned_about():
    text = small().text()
    bare = text[: text.index("<bpmndi:BPMNDiagram")] + "</bpmn:definitions>"
    assert [finding.level for finding in findings(bare)] == ["warn"]
