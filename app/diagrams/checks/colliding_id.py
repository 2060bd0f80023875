"""No element is called like an action or a parameter of this file, and facts are told apart in all that is called."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, elements, id_of, namespace_of
from app.diagrams.findings import Fault, Level
from app.diagrams.symbols import own_facts
from app.diagrams.xml import SPIFF
from app.floor.messages import say

level: Level = "refuse"

FIX = say("Give the element another id.")


def check(diagram: Diagram) -> Iterator[Fault]:
    named = {e.get("id") for e in elements(diagram.root) if namespace_of(e) == SPIFF and e.get("id")}
    own = {e.get("id"): e for e in elements(diagram.root) if namespace_of(e) != SPIFF and e.get("id")}
    for name in sorted(named & set(own), key=str):
        message = say(
            "%(id)s is also the name of an action or a parameter here: the engine would mix them up.", id=name
        )
        yield Fault(id_of(own[name]), message, FIX)
    tasks = {node.id for _, node in diagram.nodes}
    messages = {diagram.message_name(node) for _, node in diagram.nodes} - {None}
    for name in sorted(tasks & messages, key=str):
        yield Fault(name, say("A step and a message are both called %(id)s.", id=name), FIX)
    facts = own_facts(diagram)
    for known in diagram.called.values():
        for name in sorted(set(facts) & set(own_facts(known.diagram))):
            message = say(
                "The called process %(process)s has %(id)s too: their facts would mix.", process=known.process, id=name
            )
            yield Fault(name, message, FIX)
