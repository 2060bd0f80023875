"""Facts of a case: where they come from, what conditions ask of them, and when they are forgotten."""

import pytest

from app.engine.run import Run
from tests.engine.play import (
    APPLICATION,
    ERROR,
    SHARE,
    Ledger,
    again,
    begin,
    do,
    elements,
    refuse_and_dispute,
    stopped,
    task,
)


def test_answers_are_facts_and_the_saved_state_holds_none_of_them():
    run, _, _ = begin(*SHARE)
    refuse_and_dispute(run)
    size = len(run.save())
    do(run, "claimant_position", agreed=False, text="长" * 5_000)
    run = again(run)
    assert run.facts["provider_review"] == {"decision": "refuse"}
    assert run.facts["claimant_position"]["agreed"] is False
    assert len(run.save()) < size + 200


def test_the_data_of_an_action_are_a_fact_before_it_takes_effect():
    run, _, _ = begin(*ERROR)
    changes = run.act(task(run, "verify_error").id, "extension_requested", {"days": 5})
    assert run.facts["extension_requested"] == {"days": 5}
    assert changes.passed == [("message", "extension_requested"), ("opens", "consent_extension")]


@pytest.mark.parametrize("answer", [{"decision": "approve"}, {}])
def test_a_condition_must_be_yes_or_no_and_its_facts_must_exist(answer):
    run, host, _ = begin(*SHARE, application={**APPLICATION, "sensitive": "yes"})
    state = run.save()
    error = stopped(lambda: run.complete(task(run, "provider_review").id, answer))
    assert (error.reason, error.element) == ("expression", "sensitive_q" if answer else "decision_q")
    assert stopped(run.save).reason == "broken-run"
    assert elements(Run.restore(state, host, {}).tasks()) == ["provider_review"]


def test_two_true_conditions_stop_the_case_whatever_is_drawn_higher():
    error = stopped(lambda: begin("two_true"))
    assert (error.reason, error.element) == ("expression", "which")
    [opened] = begin("two_true", host=Ledger({"one": False}))[0].tasks()
    assert opened.element == "b"


def test_facts_of_a_box_are_forgotten_when_it_is_entered_again_not_when_it_is_left():
    run, _, _ = begin("dispute", host=Ledger(levels=9))
    do(run, "claimant_position", agreed=False, position="mine")
    do(run, "respondent_position", agreed=False)
    assert "claimant_position" in run.facts
    changes = do(run, "coordinate", decision="negotiate_again", result=None)
    assert not {"claimant_position", "respondent_position"} & set(run.facts)
    assert changes.forgotten["claimant_position"] == {"agreed": False, "position": "mine"}
    assert "coordinate" in run.facts


def test_how_a_call_ended_is_a_fact_until_it_is_entered_again():
    run, _, _ = begin("safe/two_ends", "pair")
    do(run, "x", go=True)
    changes = do(again(run), "y")
    assert changes.completed
    assert changes.outcome == "agreed"
    run, _, _ = begin("safe/two_ends", "pair")
    do(run, "y")
    run = again(run)
    do(run, "x", go=False)
    assert "both" not in run.facts
    do(run, "last", go=True)
    assert elements(run.tasks()) == ["x", "y"]


def test_the_outcome_of_an_earlier_end_is_kept_while_another_branch_goes_on():
    run, _, _ = begin("safe/two_ends", "pair")
    do(run, "x", go=True)
    run = again(again(run))
    do(run, "y")
    assert run.facts["both"] == {"outcome": "agreed"}
    assert again(run).outcome == "agreed"
