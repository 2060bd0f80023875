"""unacted_sender"""

from tests.diagrams.drawing import FORMS, Drawing, found


def letter(sender):
    return FORMS + f"letters:\n  note: {{title: {{zh: 函, en: L}}, from: {sender}, text: {{zh: 是, en: x}}}}\n"


def drawing(*, asked):
    drawn = (
        Drawing().start().service("note", "letter.issue", template="'note'", to="'applicant'").end("over", "granted")
    )
    if asked:
        return drawn.task("review").flows("begin", "review", "note", "over")
    return drawn.flows("begin", "note", "over")


def test_a_body_without_a_step_before_the_letter_signs_nothing():
    assert found("unacted_sender", drawing(asked=False), letter("provider")) == ["note"]
    assert found("unacted_sender", drawing(asked=True), letter("bureau")) == ["note"]


def test_whoever_has_a_step_or_has_applied_may_sign_and_so_may_the_system():
    assert found("unacted_sender", drawing(asked=True), letter("provider")) == []
    assert found("unacted_sender", drawing(asked=False), letter("applicant")) == []
    assert found("unacted_sender", drawing(asked=False), letter("system")) == []


def test_a_step_that_comes_after_the_letter_is_none_before_it():
    drawn = Drawing().start().service("note", "letter.issue", template="'note'", to="'applicant'").task("review")
    drawn.end("over", "granted").flows("begin", "note", "review", "over")
    assert found("unacted_sender", drawn, letter("provider")) == ["note"]


def test_a_step_inside_a_box_before_the_letter_counts():
    inside = Drawing().start("s").task("review").end("e").flows("s", "review", "e")
    drawn = Drawing().start().box("box", inside).service("note", "letter.issue", template="'note'", to="'applicant'")
    drawn.end("over", "granted").flows("begin", "box", "note", "over")
    assert found("unacted_sender", drawn, letter("bureau")) == ["note"]
