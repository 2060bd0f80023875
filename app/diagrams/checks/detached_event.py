"""A boundary event sits on a task, a sub-process or a call, and something follows it; otherwise it never fires."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"

HOSTS = ("userTask", "subProcess", "callActivity")


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, event in diagram.of_kind("boundaryEvent", "intermediateCatchEvent"):
        host = scope.nodes.get(event.attached_to or "")
        if event.kind == "boundaryEvent" and host is None:
            message = say("The event is attached to nothing: it would never fire.")
            yield Fault(event.id, message, say("Drag it onto the border of a user task."))
        elif event.kind == "boundaryEvent" and host is not None and host.kind not in HOSTS:
            message = say("The event is attached to a %(kind)s, which never waits.", kind=host.kind)
            yield Fault(event.id, message, say("Drag it onto the border of a user task."))
        if not scope.out(event.id):
            yield Fault(event.id, say("Nothing follows the event."), say("Draw what happens when it fires."))
