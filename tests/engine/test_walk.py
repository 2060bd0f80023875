"""Random cases: saved before every step against played in one piece, and the engine against the drawing.

RUNS sets how many cases a diagram gets; 400 is the long run.
"""

import os
from random import Random

import pytest

from app.engine import token_game
from app.engine.random_walk import walk_differences
from tests.engine.draw import Drawing
from tests.engine.play import PROCEDURES, SAFE, Ledger, answers, files, make_host, seed_facts

RUNS = int(os.environ.get("RUNS", "40"))


def walk(process, *called, seeds=range(RUNS), host=make_host):
    name = process.rpartition("/")[2]
    return walk_differences(files(process, *called), name, seeds, host, answers, seed_facts(name))


@pytest.mark.parametrize("process", PROCEDURES + SAFE, ids=lambda process: process[0])
def test_three_ways_of_playing_a_safe_diagram_never_differ(process):
    walked = walk(*process)
    assert walked.fault is None
    assert walked.cases == RUNS
    assert walked.unreached == frozenset()
    assert walked.completed > RUNS / 2


@pytest.mark.parametrize(
    ("process", "reasons"),
    [
        ("par_in_loop", {"difference", "twice", "engine-failed"}),
        ("nonint_to_main", {"twice", "difference"}),
        ("loose", {"twice"}),
        ("par_skip", {"stuck"}),
    ],
)
def test_a_walk_finds_what_the_drawing_rules_refuse(process, reasons):
    """Kept so that a new version of the engine shows whether the refusal is still needed."""
    fault = walk(f"refused/{process}", seeds=range(60)).fault
    assert fault is not None
    assert fault.reason in reasons


def test_a_walk_finds_a_circle_without_a_person_and_two_true_conditions():
    assert walk("endless").fault.reason == "endless"
    assert walk("two_true").fault.reason == "expression"


def test_a_walk_names_the_tasks_that_nobody_can_reach():
    walked = walk("conditional_share", "dispute", host=lambda chance: Ledger({"agreement.needed": False}))
    assert walked.fault is None
    assert {"applicant_signs", "provider_signs"} <= walked.unreached
    assert "provider_review" not in walked.unreached


def test_a_difference_is_told_with_seed_and_step(monkeypatch):
    monkeypatch.setattr(token_game.Game, "_forget", lambda self, content: None)
    fault = walk("dispute", seeds=range(60)).fault
    assert fault.reason == "difference"
    assert fault.step > 0
    assert "the drawing" in str(fault.message)


def test_the_same_seed_gives_the_same_walk():
    assert walk("data_error", "dispute", seeds=[3, 4]) == walk("data_error", "dispute", seeds=[3, 4])


@pytest.mark.parametrize("seed", range(RUNS))
def test_three_ways_of_playing_a_random_diagram_never_differ(seed):
    """Whatever is drawn within the rules: boxes in boxes, forks, loops, calls, waits, withdrawals, in any mixture."""
    drawing = Drawing(Random(seed))
    walked = walk_differences(drawing.files, "p", range(8), make_host, answers)
    assert walked.fault is None
