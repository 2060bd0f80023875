"""Every user task, or the box around it, carries a deadline timer; on the task itself it is one of the task's rules."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, Node, Scope
from app.diagrams.findings import Fault, Level
from app.engine.expressions import ExpressionError, read_timer
from app.words import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.of_kind("userTask"):
        own = [key for key, kind in _timers(scope, node.id) if kind == "deadline"]
        if not own and not any(kind == "deadline" for _, kind in _around(scope)):
            message = say("The task has no deadline timer: nobody would be told that it is late.")
            yield Fault(node.id, message, say("Attach a non-interrupting timer with deadline('…') to it."))
        form = diagram.forms.tasks.get(node.id) if diagram.forms else None
        for key, _ in _timers(scope, node.id):
            if form is not None and form.rules and key not in form.rules:
                message = say(
                    "The timer reads %(key)s, but the task shows %(rules)s.", key=key, rules=", ".join(form.rules)
                )
                yield Fault(node.id, message, say("Name the same rule in the timer and in the form."))


def _timers(scope: Scope, name: str) -> list[tuple[str, str]]:
    """Rule and kind of the timers attached to an element."""
    found = (_read(event) for event in scope.attached(name))
    return [timer for timer in found if timer is not None]


def _read(event: Node) -> tuple[str, str] | None:
    try:
        return read_timer(event.timer) if event.timer else None
    except ExpressionError:
        return None


def _around(scope: Scope) -> Iterator[tuple[str, str]]:
    while scope.parent is not None:
        yield from _timers(scope.parent, scope.id)
        scope = scope.parent
