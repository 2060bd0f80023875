"""unboxed_side_task"""

from tests.diagrams.drawing import Drawing, found


def asking(*, boxed, terminate=True, more=False):
    inside = Drawing("small").start("s").task("review").end("e", terminate=terminate)
    inside.message("asked", "review", "ask").task("consent").end("consented").flows("asked", "consent", "consented")
    steps = ["s", "review", "more", "e"] if more else ["s", "review", "e"]
    inside = inside.task("more") if more else inside
    inside.flows(*steps)
    if not boxed:
        return inside
    return Drawing().start().box("box", inside).end("over", "granted").flows("begin", "box", "over")


def test_a_task_beside_another_lies_with_it_in_a_box_that_terminates():
    assert found("unboxed_side_task", asking(boxed=True)) == []
    assert found("unboxed_side_task", asking(boxed=True, terminate=False)) == ["asked"]


def test_it_must_not_outlive_its_task():
    assert found("unboxed_side_task", asking(boxed=True, more=True)) == ["asked"]


def test_the_last_task_of_a_process_may_have_one_when_the_process_terminates():
    assert found("unboxed_side_task", asking(boxed=False)) == []
    assert found("unboxed_side_task", asking(boxed=False, terminate=False)) == ["asked"]
