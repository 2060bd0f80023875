"""A call says which lane of this process each lane of the called one is, and names only lanes that there are."""

from collections.abc import Iterator

from app.diagrams.checks.task_without_lane import is_lane
from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.forms.model import BOUND_LANES
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for _, node in diagram.of_kind("callActivity"):
        known = diagram.library.get(node.called or "")
        bound = {name.removeprefix("lane."): to for name, to in node.properties.items() if name.startswith("lane.")}
        for name, to in bound.items():
            if not is_lane(diagram, to):
                message = say("The lane %(lane)s is not known.", lane=to[:60])
                yield Fault(node.id, message, say("Name a lane of this procedure for %(name)s.", name=name[:60]))
        if known is None:
            continue
        lanes = {known.diagram.lane(scope, task) for scope, task in known.diagram.of_kind("userTask")}
        for lane in [lane for lane in BOUND_LANES if lane in lanes and lane not in bound]:
            message = say("The call does not say who is %(lane)s.", lane=lane)
            yield Fault(node.id, message, say("Give it the property lane.%(lane)s.", lane=lane))
