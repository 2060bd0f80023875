"""unsafe_text"""

from tests.diagrams.drawing import changed, found, small


def test_a_text_longer_than_a_page_is_refused():
    text = changed(
        small(),
        '<bpmn:userTask id="review">',
        f'<bpmn:userTask id="review"><bpmn:documentation>{"x" * 4001}</bpmn:documentation>',
    )
    assert found("unsafe_text", text) == ["review"]
    assert found("unsafe_text", changed(small(), 'id="review"', f'id="review" name="{"x" * 301}"')) == ["review"]


def test_an_address_that_runs_code_is_refused():
    for address in ("javascript:alert(1)", " JavaScript :x", "data:text/html,x", "&#10;vbscript:x"):
        text = changed(small(), 'name="outcome" value="granted"', f'name="outcome" value="{address}"')
        assert found("unsafe_text", text) == ["end_granted"], address


def test_a_name_may_read_like_an_address():
    assert found("unsafe_text", changed(small(), 'id="review"', 'id="review" name="Data: collect"')) == []
