"""task_without_rule"""

from tests.diagrams.drawing import FORMS, found, small


def test_every_task_names_a_rule():
    assert found("task_without_rule", small()) == []
    without = FORMS.replace("en: Supplement}\n    rule: small.reply\n", "en: Supplement}\n")
    assert found("task_without_rule", small(), without) == ["supplement"]
