"""bad_message"""

from tests.diagrams.drawing import changed, found, small


def asked(message="withdraw"):
    return small().message("asked", "review", message, interrupting=True).flow("asked", "end_refused")


def test_an_event_waits_for_a_message_of_the_file():
    assert found("bad_message", asked()) == []
    assert found("bad_message", changed(asked(), 'messageRef="message_withdraw"', 'messageRef="gone"')) == ["asked"]
    assert found("bad_message", changed(asked(), ' messageRef="message_withdraw"', "")) == ["asked"]


def test_a_message_has_a_plain_name():
    for name in ("", "Withdraw", "with draw", "rule", "a.b"):
        assert found("bad_message", changed(asked(), 'name="withdraw"', f'name="{name}"')) == ["asked"], name
