"""Every user task names a rule, a statutory term or an internal target, so that nothing can sleep unseen."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None:
        return
    for _, node in diagram.of_kind("userTask"):
        form = diagram.forms.tasks.get(node.id)
        if form is not None and not form.rules:
            message = say("The task names no rule: nobody would see that it is late.")
            yield Fault(node.id, message, say("Add rule: to its form; where the law is silent, an internal target."))
