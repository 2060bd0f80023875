"""detached_event"""

from tests.diagrams.drawing import changed, found, small


def test_an_event_attached_to_nothing_would_never_fire():
    assert found("detached_event", changed(small(), 'attachedToRef="review"', 'attachedToRef="ghost"')) == [
        "review_overdue"
    ]
    assert found("detached_event", changed(small(), ' attachedToRef="review"', "")) == ["review_overdue"]


def test_an_event_sits_on_something_that_waits():
    assert found("detached_event", changed(small(), 'attachedToRef="review"', 'attachedToRef="decided"')) == [
        "review_overdue"
    ]


def test_something_follows_an_event():
    assert found(
        "detached_event", changed(small(), 'sourceRef="review_overdue"', 'sourceRef="supplement_overdue"')
    ) == ["review_overdue"]
    assert found("detached_event", small()) == []
