"""A service task names an action of the vocabulary and gives it what it takes, no more and no less."""

import difflib
from collections import Counter
from collections.abc import Iterator

from app.diagrams.diagram import Diagram, Node, Scope
from app.diagrams.findings import Fault, Level
from app.engine.action_signature import Action
from app.engine.expressions import ExpressionError, compile_expression
from app.engine.vocabulary import ACTIONS
from app.floor.messages import say

level: Level = "refuse"

FITS = {
    "text": ("text", "nothing"),
    "number": ("number", "nothing"),
    "yes_no": ("yes_no",),
    "items": ("list", "items", "nothing"),
    "list": ("list", "items", "nothing"),
}


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.of_kind("serviceTask"):
        action = ACTIONS.get(node.action or "")
        if action is None:
            close = difflib.get_close_matches((node.action or "")[:60], list(ACTIONS), n=1)
            fix = say("Did you mean %(name)s?", name=close[0]) if close else say("Choose one of the actions offered.")
            yield Fault(node.id, say("There is no action %(name)r.", name=(node.action or "")[:60]), fix)
        else:
            yield from _parameters(scope, node, action)


def _parameters(scope: Scope, node: Node, action: Action) -> Iterator[Fault]:
    given = Counter(parameter.name for parameter in node.parameters)
    for name in [name for name in given if name not in action.parameters or given[name] > 1]:
        message = say("%(action)s does not take %(name)r, or takes it once.", action=action.name, name=name[:60])
        yield Fault(node.id, message, say("Remove the parameter."))
    timed = only_from_timers(scope, node)
    for name, taken in action.parameters.items():
        if name not in given and taken.required and not (taken.from_timer and timed):
            message = say("%(action)s needs %(name)s.", action=action.name, name=name)
            yield Fault(node.id, message, say("Add the parameter."))
    for parameter in node.parameters:
        wanted = action.parameters.get(parameter.name)
        try:
            kind = compile_expression(parameter.source).type
        except ExpressionError:
            continue  # bad_expression says so
        if wanted is not None and wanted.type != "any" and kind not in (*FITS[wanted.type], "any"):
            message = say(
                "%(name)s is %(kind)s, but must be %(wanted)s.", name=parameter.name, kind=kind, wanted=wanted.type
            )
            yield Fault(node.id, message, say("Correct the parameter; a text stands in quotes."))


def only_from_timers(scope: Scope, node: Node) -> bool:
    """Whether a token comes here only along the path of a timer."""
    before, waiting = set[str](), [node.id]
    while waiting:
        for flow in scope.into(waiting.pop()):
            source = scope.nodes.get(flow.source)
            if source is None or source.id in before:
                continue
            if source.event == "timer":
                before.add(source.id)
            elif source.kind in ("exclusiveGateway", "serviceTask"):
                before.add(source.id)
                waiting.append(source.id)
            else:
                return False
    return any(scope.nodes[name].event == "timer" for name in before)
