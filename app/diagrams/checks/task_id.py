"""Steps have ids in small letters with _ between words: answers, links and other programs are keyed by them."""

import re
from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"

SNAKE = re.compile(r"[a-z][a-z0-9_]{0,59}")


def check(diagram: Diagram) -> Iterator[Fault]:
    named = [node.id for _, node in diagram.of_kind("userTask", "serviceTask", "callActivity", "subProcess")]
    for name in [scope.id for scope in diagram.processes] + named:
        if not SNAKE.fullmatch(name):
            message = say("The id %(id)s is not in small letters.", id=name[:60])
            yield Fault(name, message, say("Call it by what is done, such as provider_review."))
