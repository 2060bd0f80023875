"""Saved states: small, flat over a long life, and refused rather than misread."""

import statistics
import time

import pytest

from app.engine import bundle as bundles
from app.engine.bundle import Bundle
from app.engine.run import MAX_STEPS_KEPT, Run
from app.floor.errors import EngineError
from tests.engine.play import SHARE, Ledger, again, begin, bundle, do, elements, task


def test_what_the_host_knows_by_id_keeps_its_id():
    run, _, _ = begin(*SHARE)
    known = {each.id for each in (*run.tasks(), *run.timers())}
    for _ in range(3):
        run = again(run)
        assert {each.id for each in (*run.tasks(), *run.timers())} == known


def test_saving_twice_gives_the_same_case():
    run, _, _ = begin(*SHARE)
    do(run, "provider_review", decision="refuse")
    do(run, "answer_refusal", accept=False)
    assert run.save() == run.save()
    assert len(run.save()) < 1_000


def test_a_state_of_another_codec_or_another_bundle_is_refused(monkeypatch):
    run, host, _ = begin(*SHARE)
    state = run.save()
    for reason, attempt in (
        ("unknown-codec", lambda: Run.restore(b"\x09" + state[1:], host, {})),
        ("unknown-bundle", lambda: Run.restore(state, host, {}, bundle("dispute"))),
    ):
        with pytest.raises(EngineError) as caught:
            attempt()
        assert caught.value.reason == reason
    monkeypatch.setattr(bundles, "_known", type(bundles._known)())
    with pytest.raises(EngineError) as caught:
        Run.restore(state, host, {})
    assert caught.value.reason == "unknown-bundle"
    assert elements(Run.restore(state, host, {}, run.bundle).tasks()) == ["provider_review"]
    assert Bundle.get(run.bundle.key) is None


def test_a_completed_case_can_be_read_again_and_takes_no_more_steps():
    run, _, _ = begin("safe/wait")
    run.act(task(run, "ask").id, "withdraw")
    run = again(run)
    assert (run.completed, run.outcome, run.tasks(), run.timers()) == (True, "withdrawn", [], [])


def test_a_thousand_rounds_of_sending_back_stay_flat_and_lose_nothing():
    run, _, _ = begin(*SHARE)
    sizes, times = [], []
    for _ in range(1_000):
        started = time.perf_counter()
        do(run, "provider_review", decision="supplement")
        run = again(run)
        assert elements(run.tasks()) == ["applicant_supplement"]
        assert len(run.timers()) == 2
        do(run, "applicant_supplement", note="x")
        run = again(run)
        assert elements(run.tasks()) == ["provider_review"]
        assert len(run.timers()) == 2
        times.append(time.perf_counter() - started)
        sizes.append(len(run.save()))
    assert max(sizes[10:]) <= max(sizes[:10]) * 1.1
    assert statistics.median(times[-100:]) <= statistics.median(times[10:110]) * 2


def test_a_case_that_is_never_saved_is_trimmed_before_the_engine_loses_sight_of_it():
    run, _, _ = begin(*SHARE)
    for _ in range(400):
        do(run, "provider_review", decision="supplement")
        do(run, "applicant_supplement", note="x")
    assert elements(run.tasks()) == ["provider_review"]
    assert sum(len(level.tasks) for level in run.running.levels()) <= MAX_STEPS_KEPT


def test_a_state_with_data_in_the_engine_is_not_saved():
    run, _, _ = begin("dispute", host=Ledger())
    run.running.task_tree.data["x"] = 1
    with pytest.raises(EngineError) as caught:
        run.save()
    assert caught.value.reason == "engine-failed"
