"""The path of an interrupting timer does not lead straight back to its own task under the same clock: a clock that is
past would fire there at every tick."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.symbols import rules
from app.engine.expressions import ExpressionError, read_timer
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    declared = rules(diagram) or {}
    for scope, event in diagram.of_kind("boundaryEvent"):
        if event.event != "timer" or not event.interrupting or not event.timer:
            continue
        try:
            key, _ = read_timer(event.timer)
        except ExpressionError:
            continue
        rule = declared.get(key)
        starts_anew = rule is not None and (not rule.starts_on or rule.restarts)
        others = frozenset(n.id for n in scope.of_kind("userTask", "callActivity") if n.id != event.attached_to)
        if not starts_anew and event.attached_to in scope.reachable(event.id, without=others):
            message = say("The timer leads back to its own task, where the same clock is past already.")
            yield Fault(event.id, message, say("Let the timer not interrupt, or lead its path to another step."))
