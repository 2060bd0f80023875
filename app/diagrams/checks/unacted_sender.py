"""A letter comes from a lane that has a step on some way to it: a body that cannot have acted signs nothing."""

from collections.abc import Iterator, Mapping

from app.diagrams.diagram import Diagram, Node, Scope
from app.diagrams.findings import Fault, Level
from app.diagrams.forms import SYSTEM_SENDER
from app.diagrams.forms.model import BOUND_LANES
from app.diagrams.symbols import constants
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    forms = diagram.forms
    if forms is None:
        return
    applies = {"applicant", *(one for one in ("bureau",) if one in forms.starters)}
    for scope, node in diagram.of_kind("serviceTask"):
        if node.action != "letter.issue":
            continue
        named = [name for one in node.parameters if one.name == "template" for name in constants(one.source)]
        senders = {one.lane for name in named if name in forms.letters for one in forms.letters[name].senders}
        unknown = {name for name, lane in forms.lanes.items() if lane.department is not None}
        acted = applies | _acted_before(diagram, scope, node)
        for lane in sorted(senders - acted - unknown - {*BOUND_LANES, SYSTEM_SENDER}):
            message = say("The letter is to come from %(lane)s, which has no step on any way to it.", lane=lane[:60])
            fix = say("Name in its from the lane that decides, or system where nobody does.")
            yield Fault(node.id, message, fix)


def _acted_before(diagram: Diagram, scope: Scope, node: Node) -> set[str]:
    """The lanes of the steps from which a case can come to the node."""
    found = set[str]()
    for level, at in _levels(scope, node.id):
        for before in level.nodes.values():
            if before.id != at and at in level.reachable(*level.after(before.id)):
                found |= _lanes_of(diagram, level, before)
    return found


def _levels(scope: Scope, at: str) -> Iterator[tuple[Scope, str]]:
    """Each level around the node, and what stands for the node there."""
    yield scope, at
    if scope.parent is not None:
        yield from _levels(scope.parent, scope.id)


def _lanes_of(diagram: Diagram, scope: Scope, node: Node) -> set[str]:
    """The lanes that act in a step, a box or a called procedure."""
    if node.kind == "userTask":
        return {(diagram.lane(scope, node) or "").removesuffix("_head")}
    inner = diagram.inner(node)
    if inner is not None:
        return {lane for one in inner.nodes.values() for lane in _lanes_of(diagram, inner, one)}
    return _lanes_called(diagram, node) if node.kind == "callActivity" else set()


def _lanes_called(diagram: Diagram, node: Node) -> set[str]:
    bound: Mapping[str, str] = {
        name.removeprefix("lane."): to for name, to in node.properties.items() if name.startswith("lane.")
    }
    known = diagram.library.get(node.called or "")
    if known is None:
        return set(bound.values())
    lanes = {known.diagram.lane(scope, task) or "" for scope, task in known.diagram.of_kind("userTask")}
    plain = {lane.removesuffix("_head") for lane in lanes}
    return {bound.get(lane, lane) for lane in plain}
