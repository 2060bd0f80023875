"""missing_outcome"""

from tests.diagrams.drawing import FORMS, changed, found, properties, small


def test_every_end_of_the_main_path_has_an_outcome():
    assert found("missing_outcome", small()) == []
    assert "end_granted" in found("missing_outcome", changed(small(), properties(outcome="granted"), ""))


def test_the_outcome_has_its_words_and_each_word_an_end():
    assert "end_granted" in found("missing_outcome", changed(small(), 'value="granted"', 'value="given"'))
    assert found(
        "missing_outcome", small(), FORMS.replace("outcomes:", "outcomes:\n  withdrawn: {zh: 撤回, en: Withdrawn}")
    ) == ["small"]


def test_the_end_of_a_reminder_has_none():
    text = changed(
        small(), '<bpmn:endEvent id="review_told">', '<bpmn:endEvent id="review_told">' + properties(outcome="granted")
    )
    assert found("missing_outcome", text) == ["review_told"]
