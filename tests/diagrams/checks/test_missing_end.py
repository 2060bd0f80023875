"""missing_end"""

from tests.diagrams.drawing import Drawing, changed, found, small


def test_a_path_does_not_just_stop():
    assert found("missing_end", small()) == []
    assert found("missing_end", changed(small(), 'sourceRef="granted_notice"', 'sourceRef="supplement"')) == [
        "granted_notice"
    ]


def test_a_loop_has_a_way_out():
    drawing = Drawing().start().gateway("again").task("review", rule=None).flows("begin", "again", "review", "again")
    assert found("missing_end", drawing) == ["begin"]
