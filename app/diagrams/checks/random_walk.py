"""The last check: random cases with answers as the forms ask for them, saved and restored before every step, against
uninterrupted ones and against the drawing itself. No error, no standstill, every user task reached."""

import time
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.forms import Form
from app.diagrams.generators import SampleHost, Unanswerable, answer, seed_facts
from app.diagrams.symbols import rules
from app.engine.random_walk import walk_differences
from app.floor.errors import EngineError
from app.floor.messages import say

level: Level = "publish"

CASES, MOST_CASES, SECONDS = 200, 600, 2.5
"""More cases than enough are played only while some task has not been reached."""


def check(diagram: Diagram) -> Iterator[Fault]:
    """To be asked last, and only of a diagram in which nothing else is wrong."""
    if diagram.forms is None or diagram.process is None:
        return
    walks = _Walks(diagram)
    try:
        fault = walks.first_fault()
    except EngineError as error:
        yield Fault(error.element, say("The diagram cannot run: %(reason)s", reason=error.message), FIX)
        return
    if fault is not None:
        message = say(
            "A random case came to grief (%(reason)s): %(message)s", reason=fault.reason, message=fault.message
        )
        yield Fault(fault.element, message, FIX)
    elif walks.played == 0:
        why = walks.unanswerable.why if walks.unanswerable else say("No time was left.")
        message = say("No random case could be played: %(reason)s", reason=why)
        yield Fault(diagram.process.id, message, say("Make the forms answerable: options, required fields, checks."))
    elif walks.played == MOST_CASES:
        for task in sorted(walks.unreached):
            message = say("No random case ever came to this task.")
            yield Fault(task, message, say("Check the conditions on the way to it."))


FIX = say("Play the case through in the editor's simulation, and mend the step that is named.")


class _Walks:
    """Walks one after the other until there are enough, time is up, or one fails."""

    def __init__(self, diagram: Diagram):
        known = diagram.called.values()
        self.forms = diagram.forms
        self.files = [diagram.raw, *(one.bpmn for one in known)]
        self.process = diagram.process.id if diagram.process else ""
        self.keys = rules(diagram) or {}
        everything = [one.forms for one in known if one.forms] + ([diagram.forms] if diagram.forms else [])
        self.asked: dict[str, Form] = {form.key: form for one in everything for form in one.all_forms()}
        # what is called may have tasks for other callers
        self.unreached = frozenset(node.id for _, node in diagram.of_kind("userTask"))
        self.played = 0
        self.unanswerable: Unanswerable | None = None

    def first_fault(self) -> Any:
        until = time.monotonic() + SECONDS
        for seed in range(2 * MOST_CASES):
            enough = MOST_CASES if self.unreached else CASES
            if self.played >= enough or time.monotonic() > until:
                return None
            try:
                walked = walk_differences(self.files, self.process, [seed], self.host, self.answers, self.seeds)
            except Unanswerable as error:
                self.unanswerable = error
                continue
            self.unreached &= walked.unreached
            self.played += 1
            if walked.fault is not None:
                return walked.fault
        return None

    def host(self, chance: Random) -> SampleHost:
        self.current = SampleHost(self.keys, chance)
        return self.current

    def seeds(self, chance: Random) -> dict[str, Any]:
        assert self.forms is not None
        return seed_facts(self.forms, chance, self.keys, called=not self.forms.startable)

    def answers(self, asked: str, chance: Random, facts: Mapping[str, Any]) -> Mapping[str, Any]:
        return answer(self.asked[asked], chance, facts, self.current)
