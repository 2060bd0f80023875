"""One file, one executable process, and at most one pool, which shows it."""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, children, id_of
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"


def check(diagram: Diagram) -> Iterator[Fault]:
    if not diagram.processes:
        yield Fault(
            diagram.root.get("id"), say("There is no process in the file."), say("Draw a process and save it again.")
        )
        return
    if diagram.process is None:
        message = say("The process is not executable.")
        yield Fault(diagram.processes[0].id, message, say("Tick “executable” in the properties of the process."))
        return
    for extra in [scope for scope in diagram.processes if scope is not diagram.process]:
        message = say("The file holds a second process, %(id)s.", id=extra.id[:60])
        yield Fault(extra.id, message, say("Save each process in a file of its own and call it."))
    pools = [pool for one in children(diagram.root, "collaboration") for pool in children(one, "participant")]
    for pool in pools:
        if pool.get("processRef") != diagram.process.id:
            message = say("The pool shows no process of this file, so nothing in it could run.")
            yield Fault(id_of(pool), message, say("Remove the pool; departments are lanes of the one pool."))
    for pool in pools[1:]:
        yield Fault(id_of(pool), say("There is more than one pool."), say("Keep one pool; departments are its lanes."))
