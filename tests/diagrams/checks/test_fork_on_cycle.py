"""fork_on_cycle"""

from tests.diagrams.drawing import Drawing, found


def forked():
    inside = Drawing().start("inner_start").parallel("fork").task("one").task("two").parallel("join").end("inner_end")
    return inside.flows("inner_start", "fork", "one", "join", "inner_end").flows("fork", "two", "join")


def test_a_loop_through_a_fork_is_refused():
    drawing = Drawing().start().gateway("again").parallel("fork").task("one").task("two").parallel("join")
    drawing.gateway("enough", "out").end("over", "granted").flows("begin", "again", "fork", "one", "join", "enough")
    drawing.flows("fork", "two", "join").flow("enough", "over", name="out").flow("enough", "again", "answered('one')")
    assert sorted(found("fork_on_cycle", drawing, None)) == ["fork", "join"]


def test_a_loop_may_go_round_the_box_that_holds_the_fork():
    drawing = Drawing().start().gateway("again").box("box", forked()).gateway("enough", "out").end("over", "granted")
    drawing.flows("begin", "again", "box", "enough").flow("enough", "over", name="out")
    assert found("fork_on_cycle", drawing.flow("enough", "again", "answered('one')"), None) == []
