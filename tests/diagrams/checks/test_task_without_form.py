"""task_without_form"""

from tests.diagrams.drawing import FORMS, found, small


def test_every_task_has_a_form_and_every_form_a_task():
    assert found("task_without_form", small()) == []
    assert found("task_without_form", small(), FORMS.replace("  supplement:\n", "  supply:\n")) == [
        "supplement",
        "supply",
    ]
