"""doubled_call"""

from tests.diagrams.drawing import Drawing, called, found

OTHER = Drawing("other").start("os").task("person").end("oe", "granted").flows("os", "person", "oe")


def test_two_branches_do_not_call_the_same_process():
    drawing = (
        Drawing()
        .start()
        .parallel("fork")
        .call("one", "other")
        .call("two", "other")
        .parallel("join")
        .end("over", "granted")
    )
    drawing.flows("begin", "fork", "one", "join", "over").flows("fork", "two", "join")
    assert found("doubled_call", drawing, library=called(OTHER)) == ["fork"]


def test_not_even_inside_a_box():
    inside = Drawing().start("s").call("two", "other").end("e").flows("s", "two", "e")
    drawing = (
        Drawing()
        .start()
        .parallel("fork")
        .call("one", "other")
        .box("box", inside)
        .parallel("join")
        .end("over", "granted")
    )
    drawing.flows("begin", "fork", "one", "join", "over").flows("fork", "box", "join")
    assert found("doubled_call", drawing, library=called(OTHER)) == ["fork"]


def test_one_after_the_other_is_allowed():
    drawing = (
        Drawing()
        .start()
        .call("one", "other")
        .call("two", "other")
        .end("over", "granted")
        .flows("begin", "one", "two", "over")
    )
    assert found("doubled_call", drawing, library=called(OTHER)) == []
