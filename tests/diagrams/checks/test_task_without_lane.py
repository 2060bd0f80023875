"""task_without_lane"""

from tests.diagrams.drawing import Drawing, changed, found, properties, small


def test_every_task_lies_in_a_lane_that_can_be_resolved():
    assert found("task_without_lane", small()) == []
    assert found("task_without_lane", changed(small(), 'name="provider"', 'name="the_king"')) == ["review"]
    assert found("task_without_lane", changed(small(), "<bpmn:flowNodeRef>review</bpmn:flowNodeRef>", "")) == ["review"]


def test_the_head_of_a_lane_is_a_lane():
    assert found("task_without_lane", changed(small(), 'name="provider"', 'name="provider_head"')) == []


def test_inside_a_box_the_property_says_the_lane():
    def boxed(inside=""):
        task = Drawing().start("s").node("userTask", "review", inside).end("e").flows("s", "review", "e")
        return Drawing().start().box("box", task).end("over", "granted").flows("begin", "box", "over")

    assert found("task_without_lane", boxed(properties(lane="provider"))) == []
    assert found("task_without_lane", boxed()) == ["review"]
