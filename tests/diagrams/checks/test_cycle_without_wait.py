"""cycle_without_wait"""

from tests.diagrams.drawing import Drawing, called, found, small


def looped(*between):
    drawing = Drawing().start().gateway("again").gateway("enough", "back").end("over", "granted")
    for name in between:
        drawing.service(name, "holders.tell", kind="'granted'")
    drawing.flows("begin", "again", *between, "enough").flow("enough", "again", name="back")
    return drawing.flow("enough", "over", "application.months > 1")


def test_a_loop_of_gateways_and_actions_is_refused():
    assert found("cycle_without_wait", looped()) == ["again"]
    assert found("cycle_without_wait", looped("telling")) == ["again"]


def test_a_loop_with_a_person_in_it_passes():
    assert found("cycle_without_wait", small()) == []


def boxed(inside):
    drawing = Drawing().start().gateway("again").box("box", inside).gateway("enough", "back").end("over", "granted")
    drawing.flows("begin", "again", "box", "enough").flow("enough", "again", name="back")
    return drawing.flow("enough", "over", "application.months > 1")


def test_a_sub_process_waits_only_when_every_way_through_it_does():
    def inside(*, around):
        drawing = Drawing().start("s").gateway("way", "wait").task("person").end("e").end("f")
        drawing.flows("s", "way").flow("way", "person", name="wait").flow("person", "e")
        return drawing.flow("way", "f", "application.months > 1") if around else drawing

    assert found("cycle_without_wait", boxed(inside(around=False))) == []
    assert found("cycle_without_wait", boxed(inside(around=True))) == ["again"]


def test_a_called_process_waits_when_its_tasks_do():
    waiting = Drawing("other").start("os").task("person").end("oe", "granted").flows("os", "person", "oe")
    quick = Drawing("other").start("os").end("oe", "granted").flows("os", "oe")
    drawing = (
        Drawing().start().gateway("again").call("calling", "other").gateway("enough", "back").end("over", "granted")
    )
    drawing.flows("begin", "again", "calling", "enough").flow("enough", "again", name="back")
    drawing.flow("enough", "over", "application.months > 1")
    assert found("cycle_without_wait", drawing, library=called(waiting)) == []
    assert found("cycle_without_wait", drawing, library=called(quick)) == ["again"]
