"""A timer on a user task reads one of the rules that the task shows."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.engine.expressions import ExpressionError, read_timer
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.of_kind("userTask"):
        form = diagram.forms.tasks.get(node.id) if diagram.forms else None
        for event in scope.attached(node.id):
            key = _rule(event.timer)
            if form is not None and form.rules and key is not None and key not in form.rules:
                message = say(
                    "The timer reads %(key)s, but the task shows %(rules)s.", key=key, rules=", ".join(form.rules)
                )
                yield Fault(node.id, message, say("Name the same rule in the timer and in the form."))


def _rule(timer: str | None) -> str | None:
    try:
        return read_timer(timer)[0] if timer else None
    except ExpressionError:
        return None
