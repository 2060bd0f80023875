"""An expression reads only facts that every way to it has answered; elsewhere it asks with answered('…') first."""

from collections.abc import Iterator

from app.diagrams.definite_assignment import surely_answered, unguarded_names
from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.symbols import expressions, facts
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    sure, known = surely_answered(diagram), facts(diagram)
    for written in expressions(diagram):
        before = sure.get((written.scope.id, written.at))
        if before is None or written.compiled is None or written.place == "timer":
            continue
        for name in sorted(unguarded_names(written.source, before) & set(known)):
            message = say("%(name)s may not be answered yet when a case comes here.", name=name)
            yield Fault(written.element, message, say("Write answered('%(name)s') and … before it.", name=name))
