"""What a fork begins, one join ends: no branch ends beside the join, and no two tokens meet without one.

Played as a small token game on each level that has a join: every choice of every gateway is tried.
"""

from collections.abc import Iterator

from app.diagrams.diagram import Diagram, Node, Scope
from app.diagrams.findings import Fault, Level
from app.floor.messages import say

level: Level = "refuse"

MOST_STATES, MOST_TOKENS = 5_000, 60
Token = tuple[str, str]
"""Where a token is, and the flow along which it came."""


def check(diagram: Diagram) -> Iterator[Fault]:
    for scope in diagram.scopes:
        gateways = scope.of_kind("parallelGateway")
        if not gateways or any(gateway.id in scope.on_cycle for gateway in gateways):
            continue
        yield from _meetings(scope, gateways)
        joins = {gateway.id for gateway in gateways if len(scope.into(gateway.id)) > 1}
        yield from _side_paths(scope, joins)
        for join in sorted(_hangs(scope, joins)):
            message = say("The join can wait forever: a branch may end, or turn off, before it comes here.")
            yield Fault(join, message, say("Lead every branch of the fork to the join, or give each its own end."))


def _meetings(scope: Scope, gateways: list[Node]) -> Iterator[Fault]:
    """Two branches of a fork that come to the same step without a join would open it twice."""
    joins = frozenset(gateway.id for gateway in gateways if len(scope.into(gateway.id)) > 1)
    for fork in gateways:
        seen: set[str] = set()
        for flow in scope.out(fork.id):
            branch = scope.reachable(flow.target, without=joins)
            twice = {name for name in branch & seen if scope.nodes[name].kind != "endEvent"}
            seen |= branch
            if twice:
                message = say("Two branches of the fork come to %(step)s without a join.", step=sorted(twice)[0])
                yield Fault(fork.id, message, say("Join the branches with a parallel gateway first."))
                break


def _side_paths(scope: Scope, joins: set[str]) -> Iterator[Fault]:
    """The path of a reminder never ends in a join."""
    for event in scope.of_kind("boundaryEvent"):
        if not event.interrupting and joins & scope.reachable(event.id, events=False):
            message = say("The path of this event leads into a join.")
            yield Fault(event.id, message, say("Give the path its own end event."))


def _hangs(scope: Scope, joins: set[str]) -> set[str]:
    """The joins at which a token can be left waiting."""
    begin = frozenset((flow.target, flow.id) for start in scope.of_kind("startEvent") for flow in scope.out(start.id))
    seen, waiting, hanging = set[frozenset[Token]](), [begin], set[str]()
    while waiting and len(seen) < MOST_STATES:
        state = waiting.pop()
        if state in seen or len(state) > MOST_TOKENS:
            continue
        seen.add(state)
        following = _following(scope, state, joins)
        if following is None:
            hanging |= {node for node, _ in state}
        else:
            waiting += following
    return hanging if len(seen) < MOST_STATES else joins


def _following(scope: Scope, state: frozenset[Token], joins: set[str]) -> list[frozenset[Token]] | None:
    """The states after the first token that can move: which one moves first makes no difference to who is left."""
    for token in sorted(state):
        node = token[0]
        if node not in joins:
            return _moved(scope, state - {token}, scope.nodes.get(node))
    for join in sorted(joins):
        arrived = {token for token in state if token[0] == join}
        if len(arrived) == len(scope.into(join)):
            return _moved(scope, state - arrived, scope.nodes[join])
    return None if state else []


def _moved(scope: Scope, rest: frozenset[Token], node: Node | None) -> list[frozenset[Token]]:
    if node is None or node.kind == "endEvent":
        return [frozenset()] if node is not None and node.terminates else [rest]
    out = [(flow.target, flow.id) for flow in scope.out(node.id)]
    if node.kind == "parallelGateway":
        return [rest | set(out)]
    turns = [event for event in scope.attached(node.id) if event.interrupting]
    out += [(flow.target, flow.id) for event in turns for flow in scope.out(event.id)]
    return [rest | {token} for token in out] or [rest]
