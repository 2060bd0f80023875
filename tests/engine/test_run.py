"""A step of a case: what it tells, and what is left of one that fails."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from app.engine.run import Run
from tests.engine.play import (
    APPLICATION,
    ERROR,
    SHARE,
    again,
    answers,
    begin,
    do,
    elements,
    seed_facts,
    stopped,
    task,
    timer,
)


def test_what_happened_is_told_in_order_for_the_clocks():
    run, _, changes = begin(*SHARE)
    assert changes.passed == [("opens", "provider_review")]
    changes = do(run, "provider_review", decision="approve")
    assert changes.passed[0] == ("done", "provider_review")
    assert sorted(changes.passed[1:]) == [("opens", "applicant_signs"), ("opens", "provider_signs")]
    do(run, "applicant_signs", signed=True)
    changes = do(run, "provider_signs", signed=True)
    assert changes.passed == [("done", "provider_signs"), ("action", "grant")]
    assert (changes.completed, changes.outcome, run.outcome) == (True, "granted", "granted")
    run, _, _ = begin(*SHARE)
    changes = run.fire(timer(run, "provider_review_overdue").id)
    assert changes.passed == [("fired", "provider_review_overdue"), ("action", "provider_review_overdue_note")]


@pytest.mark.parametrize(
    ("process", "path", "outcome"),
    [
        (SHARE, [("provider_review", {"decision": "refuse"}), ("answer_refusal", {"accept": True})], "refused"),
        (ERROR, [("verify_error", {"result": "error"}), ("correct_error", {})], "corrected"),
    ],
)
def test_the_end_event_names_the_outcome(process, path, outcome):
    run, _, _ = begin(*process)
    for element, answer in path:
        assert run.outcome is None
        changes = do(run, element, **answer)
    assert (changes.completed, changes.outcome) == (True, outcome)


def test_an_action_that_fails_leaves_the_stored_case_as_it_was():
    run, host, _ = begin(*SHARE, application={**APPLICATION, "sensitive": False})
    state, facts, review = run.save(), dict(run.facts), task(run, "provider_review").id
    host.failing = "grant.create"
    error = stopped(lambda: run.complete(review, {"decision": "approve"}))
    assert (error.reason, error.element) == ("action-failed", "grant")
    assert "ZeroDivisionError" in str(error.message)
    assert isinstance(error.__cause__, ZeroDivisionError)
    assert stopped(run.save).reason == "broken-run"
    assert stopped(lambda: run.complete(review, {"decision": "approve"})).reason == "broken-run"
    assert "provider_review" not in facts
    host.failing = None
    assert do(Run.restore(state, host, facts), "provider_review", decision="approve").completed
    assert [name for name, *_ in host.log] == ["grant.create"]


def test_a_refusal_before_the_step_breaks_nothing():
    run, _, _ = begin(*SHARE)
    opened, armed = task(run, "provider_review"), timer(run, "provider_review_overdue")
    do(run, "provider_review", decision="supplement")
    for reason, attempt in (
        ("task-not-open", lambda: run.complete(opened.id, {})),
        ("task-not-open", lambda: run.complete(armed.id, {})),
        ("task-not-open", lambda: run.complete("x", {})),
        ("action-not-offered", lambda: run.act(opened.id, "withdraw")),
        ("timer-not-armed", lambda: run.fire(armed.id)),
        ("timer-not-armed", lambda: run.fire(task(run, "applicant_supplement").id)),
    ):
        assert stopped(attempt).reason == reason
    assert elements(again(run).tasks()) == ["applicant_supplement"]


def test_a_circle_without_a_person_is_stopped():
    assert stopped(lambda: begin("endless")).reason == "endless"


def test_a_branch_that_ends_before_its_join_is_noticed():
    run, _, _ = begin("refused/par_skip")
    do(run, "a", go=True)
    assert stopped(lambda: do(run, "b")).reason == "stuck"


def test_cases_in_eight_threads_share_one_bundle():
    def play(seed):
        chance, run = Random(seed), begin(*SHARE, **seed_facts("conditional_share")(Random(seed)))[0]
        trace = []
        for _ in range(25):
            if run.completed:
                break
            run = again(run)
            one = chance.choice(sorted(run.tasks(), key=lambda each: each.element))
            trace.append(one.element)
            run.complete(one.id, answers(one.element, chance, run.facts))
        return trace, run.outcome

    alone = [play(seed) for seed in range(24)]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(play, range(24))) == alone
