"""missing_forms"""

from tests.diagrams.drawing import found, small


def test_a_published_diagram_has_its_forms():
    assert found("missing_forms", small()) == []
    assert found("missing_forms", small(), None) == ["small"]


def test_a_draft_may_wait_for_them():
    assert found("missing_forms", small(), None, level="draft") == []
