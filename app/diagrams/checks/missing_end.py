"""Every path comes to an end event."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, Scope
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        for node in scope.nodes.values():
            if node.kind not in ("endEvent", "startEvent", "boundaryEvent") and not scope.out(node.id):
                yield Fault(
                    node.id, say("The path stops here without an end event."), say("Draw an end event after it.")
                )
        endless = [name for name in scope.nodes if scope.out(name) and not _ends(scope, name)]
        if endless:
            message = say("No end event can be reached from here.")
            yield Fault(endless[0], message, say("Lead the loop to an end event by a gateway."))


def _ends(scope: Scope, begin: str) -> bool:
    """Whether a token from here can come to rest; a path that just stops is reported by itself."""
    return any(not scope.out(name) for name in scope.reachable(begin))
