"""unknown_rule"""

from tests.diagrams.drawing import FORMS, Drawing, called, changed, found, small


def asking(key):
    return changed(small(), "review.decision == 'refuse'", f"rule('{key}') == 3")


def test_a_rule_key_is_declared_somewhere():
    assert found("unknown_rule", asking("small.limit")) == []
    assert found("unknown_rule", asking("small.limits")) == ["decided_to_end_refused"]


def test_another_known_procedure_may_declare_it():
    other = Drawing("other").start("os").end("oe", "granted").flows("os", "oe")
    library = called(other, FORMS.replace("small.limit", "other.limit"))
    assert found("unknown_rule", asking("other.limit"), library=library) == []


def test_without_forms_nothing_can_be_said():
    assert found("unknown_rule", asking("small.limits"), None) == []
