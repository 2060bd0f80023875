"""Only like is compared with like: each expression is tried with answers as the forms ask for them."""

import random
from collections.abc import Iterable, Iterator
from typing import Any

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.generators import sample_facts, sample_rule
from app.diagrams.symbols import Written, expressions
from app.engine.expressions import Expression, ExpressionError
from app.floor.messages import Say, say

level: Level = "refuse"

TRIES = 48


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None:
        return
    chance = random.Random(diagram.forms.procedure)  # noqa: S311  the same tries for the same drawing
    tries = [sample_facts(diagram, chance) for _ in range(TRIES)]
    for written in expressions(diagram):
        expression = written.compiled
        if expression is not None and written.place != "timer":
            message = _clash(diagram, written, expression, tries)
            if message is not None:
                yield Fault(written.element, message, say("Compare a text with a text, a number with a number."))


def _clash(diagram: Diagram, written: Written, expression: Expression, tries: Iterable[dict[str, Any]]) -> Say | None:
    chance = random.Random(written.source)  # noqa: S311  the same answers for the same text
    for facts in tries:
        functions = {
            "rule": lambda key: sample_rule(diagram, key, chance),
            "answered": lambda name: chance.random() < 0.5,
            "involves": lambda level: chance.random() < 0.5,
            "len": len,
        }
        try:
            value = expression.evaluate(facts, functions)
        except ExpressionError as error:
            if error.code == "expression.type":
                return say("The expression cannot be answered: %(reason)s", reason=error.detail)
            continue
        if written.place == "condition" and not isinstance(value, bool):
            return say("The condition is %(value)s, not yes or no.", value=repr(value)[:60])
    return None
