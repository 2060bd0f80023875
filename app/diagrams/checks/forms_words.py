"""Every lane, notice and letter that the drawing names has its words in the forms file."""

import ast
from collections.abc import Iterator

from app.diagrams.checks.task_without_lane import is_lane
from app.diagrams.diagram import Diagram, Node
from app.diagrams.findings import Fault, Level
from app.words import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None or diagram.process is None:
        return
    for scope, node in diagram.of_kind("userTask"):
        lane = diagram.lane(scope, node)
        if lane and lane.removesuffix("_head") not in diagram.forms.lanes and lane not in diagram.forms.lanes:
            message = say("The lane %(lane)s has no title in the forms file.", lane=lane[:60])
            yield Fault(node.id, message, say("Add it under lanes."))
    for _, node in diagram.of_kind("serviceTask"):
        yield from _words_of(diagram, node)


def _words_of(diagram: Diagram, node: Node) -> Iterator[Fault]:
    forms = diagram.forms
    assert forms is not None
    for parameter in node.parameters:
        for value in _constants(parameter.source):
            if (
                node.action in ("notice.send", "holders.tell")
                and parameter.name == "kind"
                and value not in forms.notices
            ):
                message = say("The notice %(name)s has no sentence in the forms file.", name=value[:60])
                yield Fault(node.id, message, say("Add it under notices."))
            if node.action == "letter.issue" and parameter.name == "template" and value not in forms.letters:
                message = say("The letter %(name)s is not in the forms file.", name=value[:60])
                yield Fault(node.id, message, say("Add it under letters."))
            if parameter.name == "to" and not is_lane(diagram, value):
                message = say("The lane %(lane)s is not known.", lane=value[:60])
                yield Fault(node.id, message, say("Name a lane of this procedure."))


def _constants(source: str) -> list[str]:
    """The texts that the parameter can be: itself, or both sides of a choice."""
    try:
        waiting: list[ast.expr] = [ast.parse(source.strip(), mode="eval").body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    while waiting:
        match waiting.pop():
            case ast.Constant(value=str(value)):
                found.append(value)
            case ast.IfExp(body=body, orelse=orelse):
                waiting += [body, orelse]
    return found
