"""repeated_message"""

from tests.diagrams.drawing import found, small


def test_a_message_is_caught_once_on_a_level():
    once = small().message("one", "review", "withdraw", interrupting=True).flow("one", "end_refused")
    assert found("repeated_message", once) == []
    twice = once.message("two", "supplement", "withdraw", interrupting=True).flow("two", "end_refused")
    assert found("repeated_message", twice) == ["one", "two"]
