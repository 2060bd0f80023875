"""task_id"""

from tests.diagrams.drawing import changed, found, small


def test_steps_have_ids_in_small_letters():
    assert found("task_id", small()) == []
    assert found("task_id", changed(small(), "supplement", "Activity_1x")) == ["Activity_1x", "Activity_1x_notice"]
    assert found("task_id", changed(small(), 'process id="small"', 'process id="Process_1"')) == ["Process_1"]
