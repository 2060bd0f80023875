"""bad_timer"""

import pytest

from tests.diagrams.drawing import changed, found, small


@pytest.mark.parametrize(
    "when",
    [
        "'R/PT0S'",
        "2030-01-01",
        "None",
        "",
        "deadline('nowhere.known')",
        "deadline('small.limit')",
        "deadline(purpose)",
        "rule('small.reply')",
        "deadline('small.reply') if True else deadline('small.reply')",
        "__import__('os').system('x')",
    ],
)
def test_a_timer_is_a_date_of_a_rule_and_nothing_else(when):
    assert "review_overdue" in found("bad_timer", changed(small(), "deadline('small.reply')", when))


@pytest.mark.parametrize("kind", ["timeDuration", "timeCycle"])
def test_durations_and_repetitions_are_refused(kind):
    assert "review_overdue" in found("bad_timer", small().text().replace("timeDate", kind))


def test_a_rule_of_days_passes_also_before_its_end():
    assert found("bad_timer", changed(small(), "deadline('small.reply')", "before_deadline('small.reply')")) == []


def test_without_forms_any_key_may_stand():
    assert found("bad_timer", changed(small(), "deadline('small.reply')", "deadline('later.declared')"), None) == []
