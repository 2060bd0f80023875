"""A rule key that an expression reads is declared in the forms file of this or another known procedure."""

import difflib
from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.symbols import expressions, rules
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    declared = rules(diagram)
    if declared is None:
        return
    for written in expressions(diagram):
        for call in written.compiled.calls if written.compiled else ():
            key = call.arguments[0] if call.function == "rule" else None
            if isinstance(key, str) and key not in declared:
                close = difflib.get_close_matches(key[:80], list(declared), n=1)
                fix = say("Did you mean %(name)s?", name=close[0]) if close else say("Declare it in the forms file.")
                yield Fault(written.element, say("No procedure declares the rule key %(key)s.", key=key[:80]), fix)
