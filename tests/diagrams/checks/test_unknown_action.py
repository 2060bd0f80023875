"""unknown_action"""

from tests.diagrams.drawing import changed, found, small

NOTICE = 'id="granted_notice"'


def test_an_action_is_one_of_the_vocabulary():
    for name in ("os/system", "notice.sent", ""):
        assert "granted_notice" in found("unknown_action", changed(small(), 'id="notice.send"', f'id="{name}"')), name


def test_a_service_task_names_an_action():
    assert found("unknown_action", small().node("serviceTask", "idle")) == ["idle"]


def test_each_parameter_is_known_and_given_once():
    extra = small().service("telling", "holders.tell", kind="'granted'", colour="'red'")
    assert found("unknown_action", extra) == ["telling"]
    twice = changed(
        small(),
        '<spiffworkflow:parameters><spiffworkflow:parameter id="to"',
        '<spiffworkflow:parameters><spiffworkflow:parameter id="kind" value="1"/><spiffworkflow:parameter id="to"',
    )
    assert found("unknown_action", twice)


def test_what_an_action_needs_is_there_unless_a_timer_says_it():
    assert found("unknown_action", small()) == []
    assert found("unknown_action", small().service("telling", "holders.tell").flow("telling", "end_refused")) == [
        "telling"
    ]
    assert set(found("unknown_action", small().service("news", "notice.send").flow("news", "end_refused"))) == {"news"}


def test_a_constant_of_the_wrong_kind_is_refused():
    assert found("unknown_action", changed(small(), "'applicant'", "7")) == ["granted_notice"]
