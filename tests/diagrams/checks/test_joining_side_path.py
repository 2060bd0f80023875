"""joining_side_path"""

from tests.diagrams.drawing import changed, found, small


def test_the_path_of_a_reminder_does_not_join_the_main_path():
    assert found("joining_side_path", small()) == []
    assert found("joining_side_path", changed(small(), 'targetRef="review_told"', 'targetRef="end_refused"')) == [
        "review_overdue"
    ]


def test_the_path_of_an_interrupting_event_may():
    text = changed(small(), 'targetRef="review_told"', 'targetRef="end_refused"')
    assert found("joining_side_path", text.replace('cancelActivity="false"', 'cancelActivity="true"')) == []
