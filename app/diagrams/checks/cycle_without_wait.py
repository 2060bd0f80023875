"""Every loop waits somewhere for a person or a date: a loop that never waits never ends."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, Node, Scope
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        waits = frozenset(node.id for node in scope.nodes.values() if _waits(diagram, scope, node))
        for node in scope.nodes.values():
            if node.id not in waits and node.id in scope.reachable(*scope.after(node.id), without=waits):
                message = say("This loop waits for nobody: the case would never come to rest.")
                yield Fault(node.id, message, say("Put a user task into the loop."))
                break


def _waits(diagram: Diagram, scope: Scope, node: Node) -> bool:
    """Whether a token surely stops here. A called process does when every way through it does."""
    if node.kind in ("userTask", "intermediateCatchEvent"):
        return True
    if node.kind == "subProcess":
        inner = diagram.inner(node)
        return inner is not None and _stops(diagram, inner)
    if node.kind == "callActivity":
        known = diagram.library.get(node.called or "")
        return known is not None and known.diagram.process is not None and _stops(known.diagram, known.diagram.process)
    return False


def _stops(diagram: Diagram, scope: Scope) -> bool:
    waits = frozenset(node.id for node in scope.nodes.values() if node.kind in ("userTask", "intermediateCatchEvent"))
    boxes = [node for node in scope.of_kind("subProcess") if node.id not in waits]
    inner = {node.id: diagram.inner(node) for node in boxes}
    waits |= {name for name, box in inner.items() if box is not None and _stops(diagram, box)}
    through = scope.reachable(*(start.id for start in scope.of_kind("startEvent")), without=waits)
    return not any(scope.nodes[name].kind == "endEvent" for name in through)
