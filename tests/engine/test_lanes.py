"""Whose turn it is: lanes of tasks and calls, the ladder of a dispute, both sides of a negotiation."""

import pytest

from tests.engine.play import ERROR, SHARE, Ledger, again, begin, do, elements, refuse_and_dispute, task, timer


@pytest.mark.parametrize(
    ("process", "path", "lanes"),
    [
        (
            SHARE,
            [("provider_review", {"decision": "refuse"}), ("answer_refusal", {"accept": False})],
            ["applicant", "provider"],
        ),
        (ERROR, [("verify_error", {"result": "records_differ"})], ["provider", "other_provider"]),
        (("dispute",), [], ["claimant", "respondent"]),
    ],
)
def test_claimant_and_respondent_are_bound_by_the_caller(process, path, lanes):
    run, _, changes = begin(*process)
    for element, answer in path:
        changes = do(run, element, **answer)
    assert [t.lane for t in sorted(changes.opened, key=lambda t: t.element)] == lanes
    assert [t.lane for t in sorted(again(run).tasks(), key=lambda t: t.element)] == lanes


def test_a_task_in_a_box_is_in_its_own_lane_where_the_drawing_gives_it_one():
    run, _, _ = begin("safe/wait")
    assert task(run, "ask").lane == "applicant"
    do(run, "ask")
    run.fire(timer(run, "pause").id)
    assert task(run, "reply").lane == "bureau"


def test_a_task_says_which_process_describes_it_not_which_box_it_stands_in():
    run, _, _ = begin(*SHARE)
    assert task(run, "provider_review").process == "conditional_share"
    refuse_and_dispute(run)
    assert {t.process for t in run.tasks()} == {"dispute"}


def test_the_ladder_is_climbed_by_an_action_and_never_past_its_top():
    run, host, _ = begin("dispute", host=Ledger(levels=3))
    do(run, "claimant_position", agreed=False)
    do(run, "respondent_position", agreed=True)
    for level in (1, 2, 3):
        run = again(run)
        assert (task(run, "coordinate").lane, host.level) == ("ladder", level)
        changes = do(run, "coordinate", decision="pass_on", result="share")
    assert (changes.completed, changes.outcome) == (True, "share")
    assert run.facts["raise_level"] == {"level": 3, "has_next": False}


@pytest.mark.parametrize(
    ("first", "second"), [("claimant_position", "respondent_position"), ("respondent_position", "claimant_position")]
)
def test_negotiation_waits_for_both_and_forgets_the_last_round(first, second):
    run, _, _ = begin("dispute", host=Ledger(levels=9))
    for agreed in (False, False, False, True):
        assert not {first, second} & set(run.facts)
        do(run, first, agreed=True)
        run = again(run)
        assert elements(run.tasks()) == [second]
        changes = do(run, second, agreed=agreed)
        if not agreed:
            do(run, "coordinate", decision="negotiate_again", result=None)
            run = again(run)
    assert (changes.completed, changes.outcome) == (True, "agreed")
