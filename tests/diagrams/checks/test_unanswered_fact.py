"""unanswered_fact"""

from tests.diagrams.drawing import FORMS, Drawing, changed, found, small

CONDITION = "review.decision == 'refuse'"


def reading(source):
    return found("unanswered_fact", changed(small(), CONDITION, source))


def test_what_only_one_way_has_answered_is_not_read_unasked():
    assert reading("supplement.note == 'x'") == ["decided_to_end_refused"]


def test_asking_first_is_enough():
    for source in (
        "answered('supplement') and supplement.note == 'x'",
        "not answered('supplement') or supplement.note == 'x'",
        "supplement.note == 'x' if answered('supplement') else False",
        "(True if not answered('supplement') else supplement.note == 'x') and review.decision == 'refuse'",
        "answered('supplement') and (review.decision == 'x' or supplement.note == 'x')",
    ):
        assert reading(source) == [], source


def test_asking_about_something_else_is_not():
    for source in (
        "answered('review') and supplement.note == 'x'",
        "answered('supplement') or supplement.note == 'x'",
        "supplement.note == 'x' and answered('supplement')",
        "supplement.note == 'x' if not answered('supplement') else False",
    ):
        assert reading(source) == ["decided_to_end_refused"], source


def test_a_gateway_that_asks_speaks_for_the_way_behind_it():
    drawing = small().gateway("way", "no").flow("way", "end_refused", name="no")
    drawing.service("telling", "holders.tell", kind="supplement.note").flow("telling", "end_granted")
    drawing.flow("way", "telling", "answered('supplement')")
    text = changed(drawing, 'targetRef="end_refused"><bpmn:condition', 'targetRef="way"><bpmn:condition')
    assert found("unanswered_fact", text) == []
    assert found("unanswered_fact", text.replace("answered('supplement')", "review.decision == 'x'")) == ["telling"]


def test_a_join_has_what_each_of_its_branches_has():
    drawing = (
        Drawing().start().parallel("fork").task("review").task("supplement").parallel("join").end("over", "granted")
    )
    drawing.service("telling", "holders.tell", kind="supplement.note")
    drawing.flows("begin", "fork", "review", "join", "telling", "over").flows("fork", "supplement", "join")
    assert found("unanswered_fact", drawing) == []


def test_a_box_leaves_what_every_way_through_it_answers():
    inside = Drawing().start("s").task("supplement").end("e").flows("s", "supplement", "e")
    drawing = Drawing().start().box("box", inside).end("over", "granted")
    drawing.service("telling", "holders.tell", kind="supplement.note").flows("begin", "box", "telling", "over")
    assert found("unanswered_fact", drawing) == []
    inside = Drawing().start("s").task("supplement").end("e").end("f").gateway("way", "no").flows("s", "way")
    inside.flow("way", "f", name="no").flow("way", "supplement", "application.months > 1").flow("supplement", "e")
    drawing = Drawing().start().box("box", inside).end("over", "granted")
    drawing.service("telling", "holders.tell", kind="supplement.note").flows("begin", "box", "telling", "over")
    assert found("unanswered_fact", drawing) == ["telling"]


def test_after_an_interrupting_event_its_task_is_not_answered():
    drawing = small().message("asked", "review", "withdraw", interrupting=True).flow("asked", "telling")
    drawing.service("telling", "holders.tell", kind="review.reason").flow("telling", "end_refused")
    assert found("unanswered_fact", drawing) == ["telling"]
    drawing = small().message("asked", "review", "withdraw", interrupting=True).flow("asked", "telling")
    drawing.service("telling", "holders.tell", kind="withdraw.reason").flow("telling", "end_refused")
    assert found("unanswered_fact", drawing) == []


def test_a_letter_asks_before_it_reads_what_may_not_be_answered():
    def letter(when):
        return FORMS + f"letters:\n  note: {{title: {{zh: 函, en: L}}, text: [{{when: {when}, zh: 是, en: x}}]}}\n"

    drawing = (
        Drawing().start().end("over", "granted").service("note", "letter.issue", template="'note'", to="'applicant'")
    )
    drawing.task("review").gateway("way", "no").flow("begin", "way").flow("way", "note", name="no")
    drawing.flow("way", "review", "application.months > 1").flows("review", "note", "over")
    assert found("unanswered_fact", drawing, letter("review.reason != None")) == ["note"]
    assert found("unanswered_fact", drawing, letter("answered('review') and review.reason != None")) == []
    assert found("bad_expression", drawing, letter("answered('review') and review.colour != None")) == ["note"]
