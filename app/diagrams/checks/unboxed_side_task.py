"""A task on the path of a non-interrupting event falls with the task that it hangs on: both lie in a sub-process
whose main path goes straight on to a terminate end event."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, Scope
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"

WAITING = ("userTask", "subProcess", "callActivity", "intermediateCatchEvent")


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, event in diagram.of_kind("boundaryEvent"):
        host = event.attached_to or ""
        if event.interrupting or host not in scope.nodes:
            continue
        side = scope.reachable(event.id) - scope.main
        tasks = sorted(name for name in side if scope.nodes[name].kind in WAITING)
        if tasks and not _falls_with_its_task(scope, host):
            message = say("%(task)s would stay open after the task that it hangs on.", task=tasks[0])
            fix = say("Put both into a sub-process that ends with a terminate end event right after the task.")
            yield Fault(event.id, message, fix)


def _falls_with_its_task(scope: Scope, host: str) -> bool:
    after = scope.reachable(*(flow.target for flow in scope.out(host)), events=False)
    kinds = [scope.nodes[name] for name in after]
    ends = [node for node in kinds if not scope.out(node.id)]
    return not any(node.kind in WAITING for node in kinds) and bool(ends) and all(node.terminates for node in ends)
