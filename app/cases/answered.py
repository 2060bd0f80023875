"""What was answered keeps the words with which it was answered. Where a form has several for one value, which of them
were said depends on how the case stood: they are written down with the answer, and read from there ever after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from app.cases import negotiation
from app.diagrams.forms import Field, Form
from app.engine.expressions import ExpressionError, evaluate
from app.floor.languages import both
from app.floor.messages import Text, say
from app.history import HistoryEvent

if TYPE_CHECKING:
    from app.cases.models import Task
    from app.cases.transition import Transition

DONE, WORDS = "task.done", "words"
"""The link that tells of an answer, and what of its detail are the words with which it was given."""
Said = Mapping[str, Text]
"""The words of an answer by field."""
UNSAID: Said = {}


def record(step: Transition, task: Task, answer: Mapping[str, Any]) -> None:
    """The link that tells of an answer, before it takes effect."""
    said = words_of(step, step.plan.task(task.key), answer)
    data = {name: value for name, value in answer.items() if value is not None}
    detail = {"data": data, **({WORDS: said} if said else {})}
    step.record(DONE, task=task.id, key=task.key, **detail)
    step.said[task.key] = kept(detail)


def words_of(step: Transition, form: Form, answer: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The words of an answer that depend on how the case stands at its moment, before it takes effect."""
    signed = negotiation.signs(step, form.key, answer)
    said: dict[str, Text | None] = {}
    for field in form.fields:
        value = answer.get(field.key)
        if signed is not None and field.key == signed[0]:
            said[field.key] = both(say("Signs the other side's version %(n)s", n=signed[1]))
        elif value is not None and field.words_differ(value):
            said[field.key] = title(step, field, value, {**step.facts, form.key: answer})
    return {name: {"zh": text.zh, "en": text.en} for name, text in said.items() if text is not None}


def title(step: Transition, field: Field, value: Any, facts: Mapping[str, Any]) -> Text | None:
    """What a value of a choice, or a yes or no, is called as those facts have it."""
    functions = {**step.functions, "answered": facts.__contains__}

    def holds(when: str) -> bool:
        try:
            return evaluate(when, facts, functions) is True
        except ExpressionError:
            return False

    return field.yes_or_no(value, holds) if field.type == "boolean" else field.option_title(value, holds)


def kept(detail: Mapping[str, Any]) -> Said:
    """The words that a link of the history tells with an answer."""
    return {name: Text(one["zh"], one["en"]) for name, one in (detail.get(WORDS) or {}).items()}


def told(step: Transition) -> dict[int | str, Said]:
    """The words of each answer of the case as the history has them: by its task, and of each step the last by its
    key."""
    event = HistoryEvent
    links = select(event.detail).where(event.stream == step.case.stream, event.kind == DONE).order_by(event.seq)
    found: dict[int | str, Said] = {}
    for detail in step.session.scalars(links):
        found[detail["task"]] = found[detail["key"]] = kept(detail)
    return found


def last_told(step: Transition, key: str) -> Said:
    """The words of the last answer to a step, be it given in this very step of the case."""
    return step.said[key] if key in step.said else told(step).get(key, UNSAID)


def as_answered(field: Field, value: Any, said: Said) -> Text | None:
    """What was said with an answer that is given; where nobody has written that down, the words that fit however the
    case stood. None where there are none, or the form has the same for every state of a case."""
    if not field.words_differ(value):
        return None
    return said.get(field.key) or field.neutral_title(value)
