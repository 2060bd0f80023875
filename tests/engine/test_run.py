"""What the product relies on when it moves a case, one test for each promise."""

import sys
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest

from app.engine.run import Run
from app.errors import EngineError
from tests.engine.play import (
    APPLICATION,
    Ledger,
    again,
    answers,
    begin,
    do,
    elements,
    seed_facts,
    task,
    timer,
)

SHARE, ERROR = ("conditional_share", "dispute"), ("data_error", "dispute")


def refuse_and_dispute(run):
    do(run, "provider_review", decision="refuse")
    return do(run, "answer_refusal", accept=False)


def stopped(attempt):
    with pytest.raises(EngineError) as caught:
        attempt()
    return caught.value


# timers


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


# facts and conditions


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


# what happened


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


# lanes, dispute, negotiation


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


# actions on open tasks, terminate ends


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


# failures


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


# nothing of a diagram runs as Python

watched: list[str] = []
watching = False


def _watch(event, args):
    if watching and event in ("exec", "compile", "import", "open", "os.system", "subprocess.Popen"):
        watched.append(event)


def test_no_python_is_compiled_or_run_while_a_case_moves():
    global watching
    begun = begin(*SHARE)  # reads the diagram: its expressions are parsed here, and only here
    do(begun[0], "provider_review", decision="refuse")
    sys.addaudithook(_watch)
    watched.clear()
    watching = True
    try:
        run, _, _ = begin(*SHARE)
        read = list(watched)
        watched.clear()
        refuse_and_dispute(run)
        run = again(run)
        run.fire(timer(run, "dispute_reminder").id)
        do(run, "claimant_position", agreed=False)
        do(run, "respondent_position", agreed=False)
        do(again(run), "coordinate", decision="settle", result="share")
    finally:
        watching = False
    assert watched == []
    assert set(read) <= {"open"}, "only the diagram's own file is opened"


def test_every_way_past_the_closed_language_is_shut():
    run, _, _ = begin(*SHARE)
    engine = run.running.script_engine
    step = run.running.task_tree
    for attempt in (
        lambda: engine.execute(step, "x = 1"),
        lambda: engine.environment.execute("x = 1", {}),
        lambda: engine.environment.evaluate("1", {}),
        lambda: engine.environment.call_service({}, operation_name="x"),
    ):
        assert stopped(attempt).reason == "bad-diagram"


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
