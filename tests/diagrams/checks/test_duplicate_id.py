"""duplicate_id"""

from tests.diagrams.drawing import changed, found, small


def test_two_elements_with_one_id_are_refused():
    assert found("duplicate_id", small().add('<bpmn:userTask id="review"/>')) == ["review"]


def test_ids_of_shapes_count_too():
    assert found("duplicate_id", changed(small(), 'id="review_di"', 'id="review"')) == ["review"]


def test_parameters_may_repeat_their_names():
    assert found("duplicate_id", small()) == []
