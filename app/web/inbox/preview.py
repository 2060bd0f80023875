"""What an answer will do, said before it is sent: the paragraphs of the forms file, filled with the answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.cases import flow
from app.cases.pages import Work
from app.diagrams.forms import Field, TaskForm
from app.diagrams.forms.shape import PLACEHOLDER
from app.door import words
from app.engine.expressions import ExpressionError, evaluate
from app.errors import EngineError, Invalid
from app.web.naming import Naming
from app.web.speaking import series, t

NOTHING = "—"


def foretold(work: Work, data: Mapping[str, Any]) -> list[str]:
    """The sentences for this answer; none while it is not one that could be sent."""
    form, step = work.plan.task(work.task.key), work.step
    if not form.preview:
        return []
    if form.by_current_entry:
        step.look_at_entry()
    try:
        answer = flow.validate(step, form.key, data)
    except (Invalid, EngineError):
        return []
    facts = {**step.facts, form.key: answer}
    put = _filling(work, form, facts)
    said = [one.text for one in form.preview if one.when is None or _holds(one.when, facts, step.functions)]
    return [PLACEHOLDER.sub(put, words(text)) for text in said]


def _holds(when: str, facts: Mapping[str, Any], functions: Mapping[str, Any]) -> bool:
    try:
        return evaluate(when, facts, functions) is True
    except ExpressionError:
        return False


def _filling(work: Work, form: TaskForm, facts: Mapping[str, Any]) -> Callable[[re.Match[str]], str]:
    fields: dict[str, Field] = {f"application.{one.key}": one for one in work.plan.top.start.fields}
    fields |= {f"{form.key}.{one.key}": one for one in form.fields}
    naming = Naming(work.step)

    def put(match: re.Match[str]) -> str:
        holder, _, key = match[1].partition(".")
        value = (facts.get(holder) or {}).get(key)
        if match[1] in fields:
            value = naming.value(fields[match[1]], value)
        if value in (None, "", []):
            return NOTHING
        return series(value) if isinstance(value, list) else str(t(value))

    return put
