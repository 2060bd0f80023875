"""A diagram is published together with its forms file, which is made for it."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None and diagram.process is not None:
        message = say("There is no forms file for this process.")
        yield Fault(diagram.process.id, message, say("Add %(id)s.forms.yaml.", id=diagram.process.id))
