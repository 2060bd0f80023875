"""bad_id"""

import pytest

from tests.diagrams.drawing import changed, found, small


@pytest.mark.parametrize(
    "name",
    [
        "__proto__",
        "Start",
        "End",
        "constructor",
        "application",
        "rule",
        "../../x",
        "a b",
        "x" * 101,
        "审核",
        "small.EndJoin",
    ],
)
def test_reserved_and_odd_ids_are_refused(name):
    assert name[:100] in found("bad_id", changed(small(), "supplement", name))


def test_a_process_id_is_no_path():
    assert "../../tmp/x" in found("bad_id", changed(small(), 'process id="small"', 'process id="../../tmp/x"'))


def test_an_element_needs_an_id():
    assert found("bad_id", changed(small(), '<bpmn:userTask id="review">', "<bpmn:userTask>"))


def test_plain_ids_pass():
    assert found("bad_id", changed(small(), "end_granted", "Event_0x-1.b")) == []


def test_an_element_is_not_called_like_a_parameter_that_its_own_file_passes():
    drawing = changed(small(), "supplement", "agreed")
    assert found("bad_id", drawing) == []
    passing = small().service("sign", "terms.propose", agreed="True")
    assert "agreed" in found("bad_id", changed(passing, "supplement", "agreed"))
