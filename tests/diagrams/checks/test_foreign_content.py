"""foreign_content"""

from tests.diagrams.drawing import changed, found, small


def test_an_element_of_another_tool_is_refused_where_it_stands():
    alien = '<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'
    text = changed(small(), '<bpmn:userTask id="review">', f'<bpmn:userTask id="review">{alien}')
    assert found("foreign_content", text) == ["review"]


def test_an_attribute_of_another_tool_is_refused():
    text = changed(
        small(),
        '<bpmn:userTask id="review"',
        '<bpmn:userTask xmlns:c="http://camunda.org/schema/1.0/bpmn" c:assignee="x" id="review"',
    )
    assert found("foreign_content", text) == ["review"]


def test_colours_and_the_name_of_the_modeler_are_no_foreign_content():
    text = changed(
        small(),
        'id="definitions"',
        'id="definitions" xmlns:m="http://camunda.org/schema/modeler/1.0" m:executionPlatform="x"',
    )
    assert found("foreign_content", text) == []
