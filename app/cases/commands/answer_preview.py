"""What an answer will say, before it is sent: paragraphs of the forms file, in the words of the letter that follows.

Some of what they name does not exist yet: what the service tasks behind the step will make of the answer. A form lists
those tasks (`foresees`), and what they would leave is worked out from their own parameters in the drawing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy.orm import Session

from app.accounts import Actor
from app.cases import grant_decisions, lanes, policy, second_persons
from app.cases.commands import actions, flow
from app.cases.documents import letters
from app.cases.documents.wording import CITIZEN, Words
from app.cases.form_lookups import CaseLookup
from app.cases.models import Task
from app.diagrams.forms import Form, validate
from app.engine.expressions import ExpressionError, evaluate
from app.floor.errors import EngineError, Invalid
from app.floor.languages import both
from app.floor.messages import Language, Text
from app.outbox.letter_text import Block, as_lines

if TYPE_CHECKING:
    from app.cases.transition import Transition

Makes = Callable[["Transition", Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]
FORESEEN: Mapping[str, Makes] = {
    "grant.create": lambda step, known, given: actions.foresee_grant(known, given),
    "grant.settle": lambda step, known, given: grant_decisions.foresee(step, given),
    "items.rest": lambda step, known, given: actions.list_rest(step, "", **given),
}
"""What an action leaves that can be told beforehand, by what is known and its parameters."""


@dataclass(frozen=True)
class Foretold:
    """Paragraphs in both languages, as a letter has them."""

    zh: tuple[Block, ...] = ()
    en: tuple[Block, ...] = ()

    def blocks(self, language: Language) -> tuple[Block, ...]:
        return self.zh if language == "zh" else self.en

    def lines(self, language: Language) -> list[str]:
        """What will be said, as plain text."""
        return as_lines(self.blocks(language))


NOTHING = Foretold()


def of_task(session: Session, actor: Actor, task: Task, data: Mapping[str, Any]) -> Foretold:
    """What an answer will say, for whoever may answer the task. Raises NotFound, Conflict where it is closed, Invalid,
    EngineError."""
    policy.require_work(actor, task)
    if task.status != "open":
        raise flow.already(session, task)
    step = flow.step_for(session, task.case, actor)
    second_persons.require_other(session, actor, task, step.plan.task(task.key))
    return foretell(step, step.plan.task(task.key), data, task.department_id)


def of_unfinished(step: Transition, form: Form, data: Mapping[str, Any], department_id: int | None) -> Foretold:
    """Nothing while the answer is not one that could be sent."""
    try:
        return foretell(step, form, data, department_id)
    except (Invalid, EngineError):
        return NOTHING


def foretell(step: Transition, form: Form, data: Mapping[str, Any], department_id: int | None) -> Foretold:
    """Raises Invalid, EngineError."""
    if getattr(form, "by_current_entry", False):
        step.look_at_entry()
    answer = flow.validate(step, form.key, data, department_id)
    return _told(step, form, {**step.facts, form.key: answer})


def of_opening(step: Transition, data: Mapping[str, Any]) -> Foretold:
    """What a case that begins so will say; `step`: the case as it would begin. Raises Invalid, EngineError."""
    form, functions, lookup = step.plan.top.start, step.functions, CaseLookup(step)
    under = "application"
    answer = validate(form, data, facts=step.facts, under=under, functions=functions, lookup=lookup)
    return _told(step, form, {**step.facts, under: answer})


def _told(step: Transition, form: Form, known: Mapping[str, Any]) -> Foretold:
    facts = foreseen(step, form, known)
    said = [one for one in form.preview if one.when is None or _holds(step, one.when, facts)]
    said = [one for one in said if one.alone][:1] or said
    names = {name for one in said for name in one.names if name.startswith(letters.LANES)}
    process = step.plan.tasks[form.key][0] if form.key in step.plan.tasks else step.plan.process
    seats = {name: _seated(step, process, name.removeprefix(letters.LANES), facts) for name in names}
    words = Words(step, facts, seats)
    return Foretold(*letters.written(words, [one.text for one in said]))


def foreseen(step: Transition, form: Form, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts, and beside them those that the answer would bring about, each from the ones before it."""
    found = dict(facts)
    bundle = step.plan.bundle
    for element in form.foresees:
        action = next((name for name in FORESEEN if element in bundle.elements_with(name)), None)
        sources = bundle.parameters(element) if action else {}
        try:
            given = {name: evaluate(source, found, _functions(step, found)) for name, source in sources.items()}
        except ExpressionError:
            continue
        if action is not None:
            found[element] = FORESEEN[action](step, found, given)
    return found


def _holds(step: Transition, when: str, facts: Mapping[str, Any]) -> bool:
    try:
        return evaluate(when, facts, _functions(step, facts)) is True
    except ExpressionError:
        return False


def _functions(step: Transition, facts: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**step.functions, "answered": facts.__contains__}


def _seated(step: Transition, process: str, lane: str, facts: Mapping[str, Any]) -> Text:
    """Who sits in a lane of the case, or is going to as the facts have it; the bureau does before it is called."""
    department_id = lanes.holder_of(step, process, lane, facts)
    if department_id is not None:
        return letters.name_of(step, department_id)
    return step.rules.pack.bureau.title if lane == "bureau" else both(CITIZEN)
