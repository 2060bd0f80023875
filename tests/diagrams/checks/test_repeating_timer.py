"""repeating_timer"""

from tests.diagrams.drawing import FORMS, found, small

STARTED = FORMS.replace("small.reply: {type: days,", "small.reply: {type: days, starts_on: case,")


def lapsed(target):
    return small().timer("lapsed", "review", "deadline('small.reply')", interrupting=True).flow("lapsed", target)


def test_a_timer_does_not_lead_back_to_its_task_under_the_same_clock():
    assert found("repeating_timer", lapsed("to_review"), STARTED) == ["lapsed"]


def test_it_may_when_the_clock_starts_anew_or_somebody_acts_first():
    assert found("repeating_timer", lapsed("to_review"), FORMS) == []
    assert (
        found(
            "repeating_timer",
            lapsed("to_review"),
            STARTED.replace("starts_on: case,", "starts_on: case, restarts: true,"),
        )
        == []
    )
    assert found("repeating_timer", lapsed("supplement"), STARTED) == []
