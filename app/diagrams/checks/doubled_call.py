"""The same process is never called twice at once in a case: the answers of both would mix."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, Scope
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        joins = frozenset(n.id for n in scope.of_kind("parallelGateway") if len(scope.into(n.id)) > 1)
        for fork in scope.of_kind("parallelGateway"):
            seen: set[str] = set()
            for flow in scope.out(fork.id):
                called = _called(diagram, scope, scope.reachable(flow.target, without=joins))
                for name in sorted(called & seen):
                    message = say("Two branches call %(name)s at the same time.", name=name[:60])
                    yield Fault(fork.id, message, say("Call it in one branch, or one after the other."))
                seen |= called


def _called(diagram: Diagram, scope: Scope, names: set[str]) -> set[str]:
    """What these nodes call, with all that is called from there."""
    found: set[str] = set()
    for name in names:
        node = scope.nodes[name]
        inner = diagram.inner(node)
        if inner is not None:
            found |= _called(diagram, inner, set(inner.nodes))
        elif node.called:
            found.add(node.called)
    for known in [diagram.library[name] for name in found if name in diagram.library]:
        found |= set(known.diagram.called) | set(known.calls)
    return found
