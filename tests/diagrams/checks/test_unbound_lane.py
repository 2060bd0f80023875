"""unbound_lane"""

from tests.diagrams.drawing import Drawing, called, found, small

OTHER = Drawing("other").start("os").task("answering", "respondent").end("oe", "granted").flows("os", "answering", "oe")


def test_a_call_says_who_is_who():
    assert found("unbound_lane", small().call("asking", "other", respondent="provider"), library=called(OTHER)) == []
    assert found("unbound_lane", small().call("asking", "other"), library=called(OTHER)) == ["asking"]


def test_it_names_lanes_that_there_are():
    assert found("unbound_lane", small().call("asking", "other", respondent="the_king"), library=called(OTHER)) == [
        "asking"
    ]
