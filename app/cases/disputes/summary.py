"""A dispute within a case: what it is about, what both sides have said, and the bodies that settle it, in their order.

Which procedure disputes is of no matter: the terms are what `dispute.prepare` has put down, the way up is the ladder
that `ladder.raise` climbs, and who spoke stands in the tasks of the procedure in which that is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.accounts import DepartmentRef
from app.cases import authorities
from app.cases.disputes.dispute_actions import bodies
from app.cases.models import Task
from app.cases.negotiation import Terms, versions
from app.cases.superior_answers import REGISTRY
from app.cases.transition import Transition
from app.engine.expressions import ExpressionError, evaluate
from app.engine.vocabulary import PREPARES, RAISES, SETTLES
from app.floor.errors import EngineError, NotFound
from app.rules.pack import RuleValue

LADDER = "ladder"
"""The lane of those who settle a dispute."""


@dataclass(frozen=True)
class LadderStop:
    """A body of the ladder, with the task in which it spoke or is to speak; None while it has not been reached, and for
    one that is a party and is passed over."""

    body: authorities.Rung
    task: Task | None


@dataclass(frozen=True)
class Side:
    """One of the two: its lane in the procedure of the dispute, and what it has answered. No department: a citizen."""

    lane: str
    department: DepartmentRef | None
    said: tuple[Task, ...]


@dataclass(frozen=True)
class Dispute:
    process: str
    kind: str | None
    position: str | None
    """What the claimant began with."""
    negotiates: bool
    terms: tuple[Terms, ...]
    """The text that is negotiated, the last version first."""
    negotiation: tuple[Task, ...]
    """What the two sides were asked, open or answered; empty where nothing is negotiated."""
    sides: tuple[Side, Side]
    rule: RuleValue | None
    """The ladder as the regulation, or our convention, has it."""
    rungs: tuple[LadderStop, ...]
    result: Mapping[str, Any] | None = None
    """What it has come to, as far as it is settled."""

    @property
    def negotiating(self) -> bool:
        return any(task.status == "open" for task in self.negotiation)

    @property
    def climbed(self) -> bool:
        return any(rung.task for rung in self.rungs)

    @property
    def agreed(self) -> bool:
        if self.terms:
            return len(self.terms[0].signed) == len(self.sides)
        answers = [task.answer or {} for task in self.negotiation]  # of drawings without one text
        return len(answers) == len(self.sides) and all(one.get("agreed") is True for one in answers)


def dispute_of(step: Transition, tasks: Sequence[Task]) -> Dispute | None:
    """The dispute that this case is or was in, the latest if there were several. `tasks`: all of it, oldest first."""
    bundle = step.plan.bundle
    raises = bundle.elements_with(RAISES)
    drawn = {bundle.process_of(element) for element in raises}
    prepared = [element for element in bundle.elements_with(PREPARES) if element in step.facts]
    begun = next((element for element in prepared if bundle.process_of(element) in drawn), None)
    if begun is None:
        return None
    process, terms = bundle.process_of(begun), step.facts[begun]
    asked = [task for task in tasks if task.process == process and task.status in ("open", "done")]
    spoke = _spoke(step, raises, asked)
    negotiates = terms.get("negotiation") is True
    negotiation = _negotiation(step, asked, spoke) if negotiates else ()
    earlier = [task for task in tasks if task.process != process and task.status == "done"]
    sides = (_side(step, "claimant", terms, [], negotiation), _side(step, "respondent", terms, earlier, negotiation))
    rule = _ladder(step, raises[0])
    rungs = _rungs(step, rule, spoke) if rule else ()
    text = tuple(versions(step, process))
    own = [one for one in bundle.elements_with(SETTLES) if one in step.facts and bundle.process_of(one) == process]
    result = step.facts[own[0]] if own else None
    kind, said = terms.get("kind"), terms.get("position")
    return Dispute(process, kind, said, negotiates, text, negotiation, sides, rule, rungs, result)


def _spoke(step: Transition, raises: Sequence[str], asked: Sequence[Task]) -> list[Task]:
    """One task for each body that this dispute has reached; those of an earlier dispute came before them."""
    level = max((step.facts[one]["level"] for one in raises if one in step.facts), default=0)
    climbed = [task for task in asked if task.lane in (LADDER, REGISTRY)]
    after = [*climbed[1:], None][: len(climbed)]
    once = [one for one, next_one in zip(climbed, after, strict=True) if not _again(one, next_one)]
    return once[len(once) - level :]


def _again(task: Task, after: Task | None) -> bool:
    """Whether what was recorded by letter went back, and was recorded anew."""
    return after is not None and task.lane == REGISTRY == after.lane


def _negotiation(step: Transition, asked: Sequence[Task], spoke: Sequence[Task]) -> tuple[Task, ...]:
    """What was asked of the sides before the first body was: of each step the last one; what an earlier dispute was
    told is a fact no more."""
    until = spoke[0].id if spoke else None
    last = {
        task.key: task for task in asked if task.lane not in (LADDER, REGISTRY) and (until is None or task.id < until)
    }
    return tuple(task for task in last.values() if task.status == "open" or task.key in step.facts)


def _side(
    step: Transition, lane: str, terms: Mapping[str, Any], earlier: Sequence[Task], negotiation: Sequence[Task]
) -> Side:
    """`earlier`: of these the last word of that side led to the dispute."""
    code = terms.get(lane)
    department = step.department(code) if isinstance(code, str) else None
    id = department.id if department else None
    led = [task for task in earlier if task.department_id == id and (not negotiation or task.id < negotiation[0].id)]
    said = [task for task in negotiation if task.department_id == id and task.status == "done"]
    return Side(lane, department, (*led[-1:], *said))


def _ladder(step: Transition, raises: str) -> RuleValue | None:
    """The ladder of this kind of dispute; None where the rules that hold now have none."""
    source = step.plan.bundle.parameter(raises, "kind")
    try:
        key = str(evaluate(source, step.facts, step.functions))
        return step.rule_now(key)
    except (ExpressionError, EngineError, NotFound):
        return None


def _rungs(step: Transition, rule: RuleValue, spoke: Sequence[Task]) -> tuple[LadderStop, ...]:
    found, left = _bodies(step, rule), iter(spoke)
    return tuple(LadderStop(body, next(left, None) if authorities.able((body,)) else None) for body in found)


def _bodies(step: Transition, rule: RuleValue) -> tuple[authorities.Rung, ...]:
    """The ladder, and above it the superior where nobody of it can settle the dispute."""
    sources = {step.plan.bundle.parameters(one).get("superior") for one in step.plan.bundle.elements_with(RAISES)}
    own, above = bodies(step, rule, [str(step.value_of(source)) for source in sources if source])
    return own if authorities.able(own) else (*own, *authorities.able(above))
