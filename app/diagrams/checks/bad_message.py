"""A message event names a message of this file, and the message has a plain name: it is the key of an action."""

import re
from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.engine.vocabulary import is_reserved
from app.floor.messages import say

level: Level = "refuse"

PLAIN = re.compile(r"[a-z][a-z0-9_]{0,59}")


def check(diagram: Diagram) -> Iterator[Fault]:
    for _, node in diagram.nodes:
        if node.event != "message":
            continue
        name = diagram.message_name(node)
        fix = say("Choose a message and call it in small letters, such as withdraw.")
        if name is None:
            yield Fault(node.id, say("The event waits for no message of this file."), fix)
        elif not PLAIN.fullmatch(name) or is_reserved(name):
            yield Fault(node.id, say("The message cannot be called %(name)r.", name=name[:60]), fix)
