"""Timers: told when they are armed and disarmed, and fired only by those who are asked."""

import pytest

from tests.engine.play import SHARE, again, begin, do, elements, refuse_and_dispute, stopped, timer


def test_timers_are_reported_when_armed_and_never_fire_by_themselves():
    run, host, changes = begin(*SHARE)
    assert sorted((t.rule, t.kind, t.on, t.interrupting) for t in changes.armed) == [
        ("conditional_share.reply", "before_deadline", "provider_review", False),
        ("conditional_share.reply", "deadline", "provider_review", False),
    ]
    changes = do(run, "provider_review", decision="supplement")
    assert elements(changes.disarmed) == ["provider_review_overdue", "provider_review_reminder"]
    assert elements(changes.armed) == ["supplement_lapsed", "supplement_reminder"]
    assert elements(again(run).timers()) == ["supplement_lapsed", "supplement_reminder"]
    assert host.log == []


@pytest.mark.parametrize(
    ("to", "fires", "after", "noted", "left"),
    [
        ([], "provider_review_overdue", ["provider_review"], "overdue", ["provider_review_reminder"]),
        (["supplement"], "supplement_lapsed", [], "lapsed", []),
        (["refuse"], "dispute_reminder", ["claimant_position", "respondent_position"], "reminder", ["dispute_late"]),
        (
            ["refuse"],
            "dispute_late",
            ["bureau_takes_over"],
            None,
            ["bureau_takes_over_overdue", "bureau_takes_over_reminder"],
        ),
    ],
)
def test_fire_makes_exactly_that_timer_fire_after_a_rest(to, fires, after, noted, left):
    """On a task and on a call, interrupting and not."""
    run, host, _ = begin(*SHARE)
    if to:
        do(run, "provider_review", decision=to[0])
    if to == ["refuse"]:
        do(run, "answer_refusal", accept=False)
    run = again(run)
    before, fired = {t.id for t in run.timers()}, timer(run, fires)
    changes = run.fire(fired.id)
    run = again(run)
    now = {t.id for t in run.timers()}
    assert elements(run.tasks()) == after
    assert host.kinds == ([noted] if noted else [])
    assert set(left) <= set(elements(run.timers()))
    if fired.interrupting:
        assert not before & now
    else:
        assert before - now == {fired.id}
        assert not changes.closed
        assert not changes.disarmed
    assert stopped(lambda: run.fire(fired.id)).reason == "timer-not-armed"


def test_an_action_on_a_timers_path_is_told_which_timer():
    run, host, _ = begin(*SHARE)
    run.fire(timer(run, "provider_review_reminder").id)
    do(run, "provider_review", decision="approve")
    assert [(name, timer) for name, _, _, timer in host.log] == [("notice.send", "provider_review_reminder")]


def test_an_interrupted_call_reports_its_closed_tasks_and_disarmed_timers():
    run, _, _ = begin(*SHARE)
    refuse_and_dispute(run)
    changes = again(run).fire(timer(run, "dispute_late").id)
    assert elements(changes.closed) == ["claimant_position", "respondent_position"]
    assert {"dispute_reminder", "negotiation_late", "claimant_position_overdue"} <= set(elements(changes.disarmed))


def test_an_intermediate_timer_holds_the_case_until_it_is_fired():
    run, _, _ = begin("safe/wait")
    changes = do(run, "ask")
    assert (changes.opened, [(t.element, t.on, t.interrupting) for t in changes.armed]) == (
        [],
        [("pause", "pause", False)],
    )
    run = again(run)
    changes = run.fire(timer(run, "pause").id)
    assert elements(changes.opened) == ["reply"]
    assert changes.passed == [("fired", "pause"), ("opens", "reply")]
