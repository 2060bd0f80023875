"""one_start"""

from tests.diagrams.drawing import Drawing, changed, found, small


def test_a_process_has_one_start_event():
    assert found("one_start", small().start("second").flow("second", "to_review")) == ["second"]
    assert found("one_start", changed(small(), "startEvent", "endEvent")) == ["small"]


def test_a_sub_process_has_one_too():
    inside = Drawing().task("inner").end("inner_end").flow("inner", "inner_end")
    assert found("one_start", small().box("box", inside).flow("box", "end_refused")) == ["box"]


def test_nothing_leads_to_the_start_and_something_follows_it():
    assert found("one_start", small().flow("supplement", "begin")) == ["begin"]
    assert found("one_start", changed(small(), 'sourceRef="begin"', 'sourceRef="supplement"')) == ["begin"]
