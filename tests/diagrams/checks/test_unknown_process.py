"""unknown_process"""

from tests.diagrams.drawing import Drawing, called, found, small


def calling():
    return small().call("asking", "other").flow("asking", "end_refused")


def test_a_call_names_a_process_that_is_known():
    other = Drawing("other").start("os").end("oe", "granted").flows("os", "oe")
    assert found("unknown_process", calling(), library=called(other)) == []
    assert found("unknown_process", calling()) == ["asking"]
    assert found("unknown_process", small().node("callActivity", "asking")) == ["asking"]
