"""Playing diagrams in tests: bundles from tests/engine/diagrams, a host that notes what it is asked, short hands."""

from pathlib import Path

import pytest

from app.engine.bundle import Bundle
from app.engine.run import Run
from app.floor.errors import EngineError

DIAGRAMS = Path(__file__).parent / "diagrams"
APPLICATION = {"share_type": "conditional", "sensitive": True, "items": ["a"], "purpose": "p"}
SEED_FACTS = {"conditional_share": {"application": APPLICATION}}
SHARE, ERROR = ("conditional_share", "dispute"), ("data_error", "dispute")
PROCEDURES = [SHARE, ERROR, ("dispute",), ("catalogue_update",)]
SAFE = [
    ("safe/nested",),
    ("safe/term_nested_call", "callee"),
    ("safe/par_loop_inside_branch",),
    ("safe/int_back_to_self",),
    ("safe/int_merge",),
    ("safe/term_in_branch",),
    ("safe/nonint_join",),
    ("safe/three_branches",),
    ("safe/wait",),
    ("safe/same_message",),
    ("safe/two_ends", "pair"),
]


def files(process, *called):
    """The texts of a process and of those that it calls; `safe/nested` lies in a folder."""
    folder, _, name = process.rpartition("/")
    return [(DIAGRAMS / folder / f"{each}.bpmn").read_bytes() for each in (name, *called)]


def bundle(process, *called):
    return Bundle.load(process.rpartition("/")[2], files(process, *called))


class Ledger:
    """A host for tests. Rules come from a dict, and are on where it is silent; actions are noted in `log`."""

    def __init__(self, rules=None, levels=3):
        self.rules = {"conditional_share.refused_path": "dispute", "dispute.kind": "share", **(rules or {})}
        self.log, self.level, self.levels, self.failing = [], 0, levels, None

    def rule(self, key):
        return self.rules.get(key, True)

    def involves(self, level):
        return level == "province"

    def act(self, name, element, parameters, timer):
        if name == self.failing:
            raise ZeroDivisionError("division by zero")
        self.log.append((name, element, parameters, timer))
        if name == "ladder.raise":
            self.level += 1
            return {"level": self.level, "has_next": self.level < self.levels}
        return None

    @property
    def kinds(self):
        return [parameters.get("kind") for _, _, parameters, _ in self.log]


ANSWERS = {
    "provider_review": {"decision": ["approve", "supplement", "supplement", "refuse", "refuse"]},
    "answer_refusal": {"accept": [True, False, False, False]},
    "bureau_takes_over": {"outcome": ["share", "no"]},
    "claimant_position": {"agreed": [True, False]},
    "respondent_position": {"agreed": [True, False]},
    "applicant_signs": {"signed": [True, True, False]},
    "provider_signs": {"signed": [True, True, False]},
    "coordinate": {
        "decision": ["settle", "pass_on", "pass_on", "negotiate_again", "negotiate_again"],
        "result": ["share", "review_again", "review_again", "no"],
    },
    "verify_error": {"result": ["error", "records_differ", "records_differ", "no_error", "no_error"]},
    "reporter_answer": {"decision": ["accept", "verify_again", "verify_again", "verify_again"]},
    "bureau_review": {"decision": ["pass", "return", "return"]},
    "draft_change": {"entries": [["e1"], ["e1", "e2"]]},
    "work": {"again": [True, True, False]},
    "extension_requested": {"days": [3, 5]},
}


def answers(asked, chance, facts):
    return {key: chance.choice(options) for key, options in ANSWERS.get(asked, {"go": [True, True, False]}).items()}


def make_host(chance):
    return Ledger(levels=chance.randint(1, 3))


def seed_facts(process):
    def facts(chance):
        if process != "conditional_share":
            return {}
        share_type = chance.choice(["conditional"] * 4 + ["unconditional", "withheld"])
        return {"application": {**APPLICATION, "share_type": share_type}}

    return facts


def begin(process, *called, host=None, **facts):
    host = host or Ledger()
    run, changes = Run.start(bundle(process, *called), host, {**SEED_FACTS.get(process, {}), **facts})
    return run, host, changes


def again(run):
    """The same case after a rest in the database."""
    return Run.restore(run.save(), run.host, run.facts)


def task(run, element):
    [found] = [each for each in run.tasks() if each.element == element]
    return found


def timer(run, element):
    [found] = [each for each in run.timers() if each.element == element]
    return found


def elements(things):
    return sorted(each.element for each in things)


def do(run, element, **answer):
    return run.complete(task(run, element).id, answer)


def refuse_and_dispute(run):
    do(run, "provider_review", decision="refuse")
    return do(run, "answer_refusal", accept=False)


def stopped(attempt):
    """The error that an attempt ends with."""
    with pytest.raises(EngineError) as caught:
        attempt()
    return caught.value
