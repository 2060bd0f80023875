"""one_process"""

from tests.diagrams.drawing import changed, found, small


def test_a_file_holds_one_process():
    assert found(
        "one_process",
        changed(small(), "</bpmn:process>", '</bpmn:process><bpmn:process id="second" isExecutable="true"/>'),
    ) == ["second"]


def test_the_process_is_executable():
    assert found("one_process", changed(small(), ' isExecutable="true"', "")) == ["small"]


def test_a_file_without_a_process_is_refused():
    assert found("one_process", small().text().replace("bpmn:process", "bpmn:collaboration"), None) == ["definitions"]


def test_one_pool_may_show_the_process_and_no_other():
    def pools(*processes):
        inside = "".join(f'<bpmn:participant id="pool_{p}" processRef="{p}"/>' for p in processes)
        return changed(
            small(),
            '<bpmn:process id="small"',
            f'<bpmn:collaboration id="c">{inside}</bpmn:collaboration><bpmn:process id="small"',
        )

    assert found("one_process", pools("small")) == []
    assert found("one_process", pools("other")) == ["pool_other"]
    assert "pool_small" in found("one_process", pools("other", "small"))
