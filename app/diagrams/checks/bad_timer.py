"""A timer is exactly deadline('key') or before_deadline('key'), with a rule key of days or months."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, children
from app.diagrams.findings import Fault, Level
from app.diagrams.symbols import rules
from app.engine.expressions import ExpressionError, read_timer
from app.floor.messages import say
from app.rules.pack import CLOCKS

level: Level = "refuse"

FIX = say("Write deadline('key') or before_deadline('key') as a date; the rule pack holds the number of days.")


def check(diagram: Diagram) -> Iterator[Fault]:
    declared = rules(diagram)
    for _, node in diagram.nodes:
        if node.event != "timer":
            continue
        definition = children(node.element, "timerEventDefinition")[0]
        if node.timer is None or len(children(definition, "timeDate", "timeDuration", "timeCycle")) != 1:
            yield Fault(node.id, say("The timer is no date from a rule."), FIX)
            continue
        try:
            key, _ = read_timer(node.timer)
        except ExpressionError as error:
            yield Fault(node.id, say("The timer cannot be used: %(reason)s", reason=error.detail), FIX)
            continue
        if declared is not None and (key not in declared or declared[key].type not in CLOCKS):
            message = say("%(key)s is no rule of days or months that a procedure declares.", key=key[:80])
            yield Fault(node.id, message, say("Declare it under rules in the forms file, or correct the key."))
