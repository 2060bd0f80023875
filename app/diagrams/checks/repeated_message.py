"""A message is caught once on a process level, so that an action means one thing."""

from collections import Counter
from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        caught = [(diagram.message_name(node), node.id) for node in scope.nodes.values() if node.event == "message"]
        often = Counter(name for name, _ in caught)
        for name, event in caught:
            if name is not None and often[name] > 1:
                message = say("The message %(name)s is caught more than once on this level.", name=name[:60])
                yield Fault(event, message, say("Give each action a message of its own."))
