"""Ids are plain names that neither the engine, the browser nor a condition can take for something else."""

import re
from collections.abc import Iterator

from app.diagrams.diagram import NODES, Diagram, elements, id_of, name_of, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.xml import BPMN, SPIFF
from app.engine.vocabulary import is_reserved
from app.floor.messages import say

level: Level = "refuse"

PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,99}")
REFERENCES = frozenset({"flowNodeRef", "incoming", "outgoing", "sourceRef", "targetRef"})
FIX = say("Give it an id of letters, digits and _, such as provider_review.")


def check(diagram: Diagram) -> Iterator[Fault]:
    passed = {element.get("id", "") for element in elements(diagram.root) if namespace_of(element) == SPIFF}
    for element in elements(diagram.root):
        name, own = name_of(element), element.get("id")
        if namespace_of(element) == SPIFF:
            continue
        if own is not None and not PLAIN.fullmatch(own):
            yield Fault(own, say("The id %(id)r is no plain name.", id=own[:60]), FIX)
        elif own is not None and namespace_of(element) == BPMN and is_reserved(own, passed):
            yield Fault(own, say("The id %(id)s is reserved.", id=own[:60]), FIX)
        elif own is None and namespace_of(element) == BPMN and name in {*NODES, "process", "sequenceFlow"}:
            yield Fault(id_of(element), say("%(element)s has no id.", element=name), FIX)
        if namespace_of(element) == BPMN and name in REFERENCES and not PLAIN.fullmatch((element.text or "").strip()):
            yield Fault(id_of(element), say("%(element)s names nothing.", element=name), FIX)
