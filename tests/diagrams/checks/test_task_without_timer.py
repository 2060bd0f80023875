"""task_without_timer"""

from tests.diagrams.drawing import FORMS, Drawing, changed, found, small


def test_every_task_has_a_deadline_timer():
    assert found("task_without_timer", small()) == []
    only_reminder = changed(small(), "deadline('small.reply')", "before_deadline('small.reply')")
    assert found("task_without_timer", only_reminder) == ["review", "supplement"]


def test_the_box_around_it_may_carry_it():
    task = Drawing().start("s").task("review", rule=None).end("e").flows("s", "review", "e")
    drawing = Drawing().start().box("box", task).end("over", "granted").flows("begin", "box", "over")
    assert found("task_without_timer", drawing) == ["review"]
    assert found("task_without_timer", drawing.told("box", "small.reply")) == []


def test_the_timer_reads_the_rule_that_the_task_shows():
    two = FORMS.replace("rules:\n", "rules:\n  small.other: {type: days, title: {zh: 另, en: Other}}\n")
    assert found("task_without_timer", small(), two.replace("    rule: small.reply", "    rule: small.other")) == [
        "review",
        "supplement",
    ]
    assert (
        found(
            "task_without_timer", small(), two.replace("    rule: small.reply", "    rule: [small.other, small.reply]")
        )
        == []
    )
