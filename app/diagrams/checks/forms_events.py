"""The events that start, meet and pause clocks name steps and messages of the drawing."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.forms import parse_event
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None:
        return
    diagrams = [diagram, *(known.diagram for known in diagram.called.values())]
    steps = {node.id: node.kind for one in diagrams for _, node in one.nodes}
    messages = {one.message_name(node) for one in diagrams for _, node in one.nodes}
    for rule in diagram.forms.rules.values():
        pauses = [event for span in rule.pauses.values() for event in span.values()]
        for text in [*rule.starts_on, *rule.met_by, *rule.pending_until, *pauses]:
            event = parse_event(text)
            known = {
                "opens": steps.get(event.element) == "userTask",
                "done": steps.get(event.element) in ("userTask", "callActivity"),
                "action": steps.get(event.element) == "serviceTask" or event.element in messages,
                "message": event.element in messages,
            }
            if not known.get(event.kind, True):
                message = say(
                    "%(rule)s waits for %(event)s, which the drawing never does.", rule=rule.key, event=text[:80]
                )
                yield Fault(event.element[:60], message, say("Correct the event in the forms file."))
