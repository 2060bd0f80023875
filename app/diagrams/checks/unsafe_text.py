"""Texts that no diagram needs: longer than a page, or addresses that run code in a browser."""

import re
from collections.abc import Iterator

from app.diagrams.diagram import Diagram, elements, id_of, name_of
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"

LONGEST, LONGEST_NAME = 4_000, 300
ADDRESS = re.compile(r"[\s\x00-\x20]*(?:javascript|vbscript|data)\s*:", re.IGNORECASE)


def check(diagram: Diagram) -> Iterator[Fault]:
    shorter = say("Shorten it.")
    for element in elements(diagram.root):
        if len(element.text or "") > LONGEST:
            message = say("A text of %(tag)s is longer than %(limit)s characters.", tag=name_of(element), limit=LONGEST)
            yield Fault(id_of(element), message, shorter)
        for name, value in element.attrib.items():
            limit = LONGEST_NAME if name in ("name", "id") else LONGEST
            if len(value) > limit:
                message = say("%(name)s is longer than %(limit)s characters.", name=str(name)[:60], limit=limit)
                yield Fault(id_of(element), message, shorter)
            elif name != "name" and ADDRESS.match(str(value)):
                message = say("%(name)s holds an address that would run code.", name=str(name)[:60])
                yield Fault(id_of(element), message, say("Remove the address."))
