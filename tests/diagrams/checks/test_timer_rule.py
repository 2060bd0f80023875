"""timer_rule"""

from tests.diagrams.drawing import FORMS, Drawing, found, small


def test_a_task_needs_no_timer_because_its_clock_tells_by_itself():
    task = Drawing().start("s").task("review", rule=None).end("e").flows("s", "review", "e")
    drawing = Drawing().start().box("box", task).end("over", "granted").flows("begin", "box", "over")
    assert found("timer_rule", drawing) == []


def test_the_timer_reads_the_rule_that_the_task_shows():
    two = FORMS.replace("rules:\n", "rules:\n  small.other: {type: days, title: {zh: 另, en: Other}}\n")
    assert found("timer_rule", small(), two.replace("    rule: small.reply", "    rule: small.other")) == [
        "review",
        "supplement",
    ]
    assert (
        found("timer_rule", small(), two.replace("    rule: small.reply", "    rule: [small.other, small.reply]")) == []
    )
