"""Every user task has a form, and every form a user task of that id."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None:
        return
    tasks = {node.id for _, node in diagram.of_kind("userTask")}
    for name in sorted(tasks - set(diagram.forms.tasks)):
        yield Fault(name, say("The task has no form."), say("Add it under tasks in the forms file."))
    for name in sorted(set(diagram.forms.tasks) - tasks):
        message = say("The forms file has a form for %(name)s, which is no user task here.", name=name)
        yield Fault(name, message, say("Correct the name, or remove the form."))
