"""script"""

from tests.diagrams.drawing import changed, found, small


def test_a_script_task_is_refused():
    text = changed(
        small(),
        "</bpmn:process>",
        '<bpmn:scriptTask id="work"><bpmn:script>1</bpmn:script></bpmn:scriptTask></bpmn:process>',
    )
    assert found("script", text) == ["work"]


def test_scripts_around_a_task_and_result_variables_are_refused():
    for code in ("preScript", "postScript", "unitTests", "payloadExpression"):
        inside = f"<bpmn:extensionElements><spiffworkflow:{code}>1</spiffworkflow:{code}></bpmn:extensionElements>"
        text = changed(small(), '<bpmn:userTask id="review">', f'<bpmn:userTask id="review">{inside}')
        assert found("script", text) == ["review"], code
    assert found("script", changed(small(), 'id="notice.send"', 'id="notice.send" resultVariable="r"'))


def test_actions_and_properties_are_no_scripts():
    assert found("script", small()) == []
