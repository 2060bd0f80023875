"""unreachable_node"""

from tests.diagrams.drawing import found, small


def test_everything_can_be_reached():
    assert found("unreachable_node", small()) == []
    assert sorted(
        found("unreachable_node", small().task("forgotten", rule=None).end("lost").flow("forgotten", "lost"))
    ) == ["forgotten", "lost"]
