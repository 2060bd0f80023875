"""A call names a process that is published or lies beside it."""

import difflib
from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    here = {scope.id for scope in diagram.processes}
    for _, node in diagram.of_kind("callActivity"):
        if node.called in here or node.called in diagram.library:
            continue
        close = difflib.get_close_matches((node.called or "")[:60], list(diagram.library), n=1)
        fix = say("Did you mean %(name)s?", name=close[0]) if close else say("Publish the called process first.")
        yield Fault(node.id, say("There is no process %(name)r to call.", name=(node.called or "")[:60]), fix)
