"""Every end of the main path says how the procedure ended, in words of the forms file; a reminder's end does not."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    outcomes = diagram.forms.outcomes if diagram.forms else None
    used = set()
    for scope, end in diagram.of_kind("endEvent"):
        outcome = end.properties.get("outcome")
        used.add(outcome)
        speaks = scope.parent is None and end.id in scope.main
        if speaks and not outcome:
            yield Fault(end.id, say("The end event has no outcome."), say("Give it the property outcome."))
        elif outcome and not speaks:
            message = say("This end event does not end the procedure, so it has no outcome.")
            yield Fault(end.id, message, say("Remove the property outcome."))
        elif outcome and outcomes is not None and outcome not in outcomes:
            message = say("The outcome %(name)s is not in the forms file.", name=outcome[:60])
            yield Fault(end.id, message, say("Add it under outcomes, with its title."))
    for name in sorted(set(outcomes or {}) - used):
        message = say("No end event has the outcome %(name)s.", name=name)
        yield Fault(diagram.process.id if diagram.process else None, message, say("Remove it from the forms file."))
