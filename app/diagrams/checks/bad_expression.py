"""Conditions and parameters are expressions of the closed language, over facts and fields that there are."""

import difflib
from collections.abc import Iterable, Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.symbols import Written, expressions, facts
from app.engine.expressions import Expression, ExpressionError, compile_expression
from app.engine.vocabulary import EXPRESSION_FUNCTIONS
from app.floor.messages import Say, say

level: Level = "refuse"

FIX = say("Compare answers with values, such as provider_review.decision == 'approve'.")


def check(diagram: Diagram) -> Iterator[Fault]:
    for written in expressions(diagram):
        if written.place == "timer":
            continue
        try:
            expression = compile_expression(written.source)
        except ExpressionError as error:
            yield Fault(written.element, error.detail, FIX)
            continue
        for message, fix in _wrong(diagram, written, expression):
            yield Fault(written.element, message, fix)


def _wrong(diagram: Diagram, written: Written, expression: Expression) -> Iterator[tuple[Say, Say]]:
    if written.place == "condition" and expression.type not in ("yes_no", "any"):
        yield say("The condition is %(type)s, not yes or no.", type=expression.type), FIX
    if written.place == "condition" and expression.constant:
        yield say("The condition is always the same."), say("Remove the gateway, or ask for a fact.")
    known = facts(diagram)
    for path in sorted(expression.names):
        name, _, rest = path.partition(".")
        field = rest.partition(".")[0]
        if name not in known:
            yield _unknown(say("%(name)s is never answered in this procedure.", name=name[:60]), name, known)
        elif field and known[name] is not None and field not in (known[name] or ()):
            message = say("%(name)s has no field %(field)s.", name=name, field=field[:60])
            yield _unknown(message, field, known[name] or ())
    for call in expression.calls:
        if call.function not in EXPRESSION_FUNCTIONS:
            yield say("%(name)s() belongs to timers.", name=call.function), FIX
        elif call.function == "answered" and call.arguments[0] not in known:
            yield _unknown(
                say("There is no step %(name)s.", name=str(call.arguments[0])[:60]), call.arguments[0], known
            )


def _unknown(message: Say, name: object, known: Iterable[str]) -> tuple[Say, Say]:
    close = difflib.get_close_matches(str(name)[:60], list(known), n=1)
    fix = say("Did you mean %(name)s?", name=close[0]) if close else say("Correct the name.")
    return message, fix
