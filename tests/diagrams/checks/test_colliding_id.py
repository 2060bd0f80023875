"""colliding_id"""

from tests.diagrams.drawing import FORMS, Drawing, called, changed, found, small


def test_no_element_is_called_like_a_parameter_or_an_action():
    assert found("colliding_id", changed(small(), "end_granted", "kind")) == ["kind"]


def test_a_step_and_a_message_have_different_names():
    drawing = small().message("asked", "review", "review", interrupting=True).flow("asked", "end_refused")
    assert found("colliding_id", drawing) == ["review"]


def test_a_called_process_has_other_steps():
    other = Drawing("other").start().task("review").end("over", "granted").flows("begin", "review", "over")
    drawing = small().call("again", "other").flow("again", "end_refused")
    assert found("colliding_id", drawing, library=called(other, FORMS)) == ["review"]
