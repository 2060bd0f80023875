"""No process calls itself, not even through others: the case would never come to an end."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    calls = {name: known.calls for name, known in diagram.called.items()}
    for process in diagram.processes:
        inside = [node.called for scope, node in diagram.of_kind("callActivity") if scope.process is process]
        calls[process.id] = [name for name in inside if name]
    for scope, node in diagram.of_kind("callActivity"):
        if node.called and scope.process.id in _reached(node.called, calls):
            message = say("The process calls itself through %(name)s.", name=node.called[:60])
            yield Fault(node.id, message, say("Draw the repetition as a loop around the call."))


def _reached(begin: str, calls: dict[str, list[str]]) -> set[str]:
    seen, waiting = set[str](), [begin]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += calls.get(name, [])
    return seen
