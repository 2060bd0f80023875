"""Messages of the drawing and actions of the forms file are the same, on the same tasks."""

from collections.abc import Iterator

from app.diagrams.checks.task_without_lane import is_lane
from app.diagrams.diagram import Diagram, Node, Scope
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None:
        return
    caught = {diagram.message_name(n): (s, n) for s, n in diagram.nodes if diagram.message_name(n)}
    for name, (_, event) in caught.items():
        if name not in diagram.forms.actions:
            message = say("The message %(name)s has no action in the forms file.", name=str(name)[:60])
            yield Fault(event.id, message, say("Add it under actions, with its title."))
    for name, action in diagram.forms.actions.items():
        if name not in caught:
            message = say("No event in the drawing waits for the action %(name)s.", name=name)
            yield Fault(name, message, say("Draw a message event, or remove the action."))
            continue
        inside = _tasks_under(diagram, *caught[name])
        for task in action.on:
            if task not in inside:
                message = say(
                    "The action %(name)s is not offered on %(task)s by the drawing.", name=name, task=task[:60]
                )
                yield Fault(caught[name][1].id, message, say("Attach the event to that task, or correct on:."))
        if action.lane is not None and not is_lane(diagram, action.lane):
            message = say("The lane %(lane)s is not known.", lane=action.lane[:60])
            yield Fault(caught[name][1].id, message, say("Name a lane of this procedure."))


def _tasks_under(diagram: Diagram, scope: Scope, event: Node) -> set[str]:
    """The user tasks on which a message is offered: its host, or all inside it."""
    host = scope.nodes.get(event.attached_to or "")
    if host is None:
        return set()
    found, scopes = {host.id}, [inner] if (inner := diagram.inner(host)) else []
    if host.called in diagram.library:
        scopes += diagram.library[host.called].diagram.scopes
    while scopes:
        here = scopes.pop()
        for node in here.nodes.values():
            found.add(node.id)
            inner = diagram.inner(node)
            if inner is not None:
                scopes.append(inner)
    return found
