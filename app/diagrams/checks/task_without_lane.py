"""Every user task lies in a lane, and the lane is one that a case can resolve to a department."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.forms import BUILT_IN_LANES
from app.floor.messages import say

level: Level = "publish"


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope, node in diagram.of_kind("userTask"):
        lane = diagram.lane(scope, node)
        if not lane:
            message = say("Nobody is responsible: the task lies in no lane.")
            fix = say("Put it into a lane; inside a sub-process give it the property lane.")
            yield Fault(node.id, message, fix)
        elif not is_lane(diagram, lane):
            message = say("The lane %(lane)s is not known.", lane=lane[:60])
            yield Fault(node.id, message, say("Name a built-in lane, or declare it in the forms file."))


def is_lane(diagram: Diagram, name: str) -> bool:
    own = diagram.forms.lanes if diagram.forms else {}
    return name in BUILT_IN_LANES or name in own or (name.endswith("_head") and is_lane(diagram, name[:-5]))
