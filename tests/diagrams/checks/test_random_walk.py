"""random_walk"""

from app.diagrams import gate
from app.diagrams.checks import random_walk
from app.diagrams.diagram import Diagram
from tests.diagrams.drawing import FORMS, Drawing, called, forms, small


def walked(drawing, text=FORMS, library=None):
    diagram = Diagram(drawing.xml(), file="small.bpmn", forms=forms(text), library=library)
    return [fault.element for fault in random_walk.check(diagram)]


def test_a_good_drawing_is_played_to_its_ends():
    assert walked(small()) == []


def test_an_answer_that_nobody_gave_is_met_on_the_way():
    drawing = small().service("telling", "holders.tell", kind="supplement.note").flow("telling", "end_granted")
    text = drawing.text().replace('targetRef="granted_notice"', 'targetRef="telling"')
    diagram = Diagram(text.encode(), file="small.bpmn", forms=forms())
    assert [fault.element for fault in random_walk.check(diagram)] == ["telling"]


def test_two_conditions_that_are_true_at_once_are_met():
    drawing = small().task("third", rule=None).end("third_end", "refused").flow("third", "third_end")
    drawing.flow("decided", "third", "review.decision in ['refuse', 'approve']")
    text = FORMS.replace("tasks:", "tasks:\n  third: {title: {zh: 三, en: Third}, fields: []}")
    assert walked(drawing, text) == ["decided"]


def test_a_form_that_nobody_can_answer_is_named():
    impossible = FORMS.replace(
        "tasks:", '  checks: [{when: "application.months > 0", field: months, say: {zh: 不, en: No.}}]\ntasks:', 1
    )
    assert walked(small(), impossible) == ["small"]


def test_an_expression_of_a_form_that_fails_is_named():
    failing = FORMS.replace("required: true, min: 1, max: 36", "min: 1, max: 36").replace(
        "tasks:", '  checks: [{when: "application.months > 30", field: months, say: {zh: 不, en: No.}}]\ntasks:', 1
    )
    assert walked(small(), failing) == ["application"]


def test_a_task_that_no_case_reaches_is_named(monkeypatch):
    monkeypatch.setattr(random_walk, "MOST_CASES", 30)
    monkeypatch.setattr(random_walk, "SECONDS", 60)
    drawing = small().task("never", rule=None).end("never_end", "refused").flow("never", "never_end")
    drawing.flow("decided", "never", "application.months > 36")
    text = FORMS.replace("tasks:", "tasks:\n  never: {title: {zh: 无, en: Never}, fields: []}")
    assert walked(drawing, text) == ["never"]


def test_what_is_called_is_played_too():
    other = Drawing("other").start("os").task("answering", rule=None).end("oe", "granted")
    other.service("asked_for", "holders.tell", kind="small_talk.note").flows("os", "answering", "asked_for", "oe")
    drawing = small().call("calling", "other").flow("calling", "end_refused")
    text = drawing.text().replace(
        'id="decided_to_end_refused" sourceRef="decided" targetRef="end_refused"',
        'id="decided_to_end_refused" sourceRef="decided" targetRef="calling"',
    )
    own = "procedure: other\ntitle: {zh: 他, en: Other}\nstartable: false\n"
    own += "tasks:\n  answering: {title: {zh: 答, en: Answer}}\n"
    diagram = Diagram(text.encode(), file="small.bpmn", forms=forms(), library=called(other, own))
    assert [fault.element for fault in random_walk.check(diagram)] == ["asked_for"]


def test_it_is_asked_only_where_nothing_else_is_wrong(monkeypatch):
    monkeypatch.setattr(random_walk, "check", lambda diagram: 1 / 0)
    broken = small().text().replace(' default="decided_to_supplement"', "")
    assert {finding.check for finding in gate.check(broken.encode(), forms=forms()).findings} == {"missing_default"}
