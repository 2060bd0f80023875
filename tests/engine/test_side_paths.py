"""What is done beside an open task: the paths of its actions, and the boxes that a terminate end closes."""

from tests.engine.play import ERROR, SHARE, again, begin, do, elements, refuse_and_dispute, stopped, task


def test_extension_opens_the_consent_beside_the_task_once_and_falls_with_it():
    run, host, _ = begin(*ERROR)
    assert set(task(run, "verify_error").actions) == {"extension_requested", "withdraw"}
    changes = run.act(task(run, "verify_error").id, "extension_requested", {"days": 5})
    assert [(t.element, t.lane) for t in changes.opened] == [("consent_extension", "provider_head")]
    assert not changes.disarmed
    run = again(run)
    assert task(run, "verify_error").actions == ("withdraw",)
    error = stopped(lambda: run.act(task(run, "verify_error").id, "extension_requested"))
    assert (error.reason, error.element) == ("action-not-offered", "verify_error")
    changes = do(run, "verify_error", result="error")
    assert elements(changes.closed) == ["consent_extension"]
    assert "consent_extension_overdue" in elements(changes.disarmed)
    assert elements(changes.opened) == ["correct_error"]
    assert not changes.completed
    assert do(again(run), "correct_error").completed
    assert [name for name, *_ in host.log] == ["holders.tell"]


def test_withdrawing_ends_the_box_it_is_drawn_on():
    run, _, _ = begin(*ERROR)
    run.act(task(run, "verify_error").id, "extension_requested")
    run = again(run)
    assert "withdraw" in task(run, "consent_extension").actions
    changes = run.act(task(run, "consent_extension").id, "withdraw", {"reason": "mine"})
    assert (changes.completed, changes.outcome) == (True, "withdrawn")
    assert elements(changes.closed) == ["consent_extension", "verify_error"]
    assert run.facts["withdraw"] == {"reason": "mine"}


def test_a_message_reaches_only_the_box_of_the_task_it_is_taken_on():
    run, _, _ = begin("safe/same_message")
    changes = again(run).act(task(run, "left").id, "withdraw")
    assert elements(changes.closed) == ["left"]


def test_a_terminate_end_inside_a_call_ends_only_the_call():
    run, _, _ = begin(*SHARE)
    refuse_and_dispute(run)
    do(run, "claimant_position", agreed=False)
    do(run, "respondent_position", agreed=False)
    run.act(task(run, "coordinate").id, "hearing_wanted")
    run = again(run)
    changes = do(run, "coordinate", decision="settle", result="review_again")
    assert elements(changes.closed) == ["hearing"]
    assert elements(changes.opened) == ["provider_review"]
    assert not changes.completed
    assert {"dispute_late", "dispute_reminder"} <= set(elements(changes.disarmed))
    assert do(again(run), "provider_review", decision="approve").opened
