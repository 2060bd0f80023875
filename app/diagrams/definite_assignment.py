"""Which facts a case surely has at each element of a drawing, whatever way it took to come there.

A fact counts as answered where every path passes the step that leaves it, or a condition on the path has asked for it
with answered('…'). Entering a sub-process forgets the facts inside it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import lru_cache

from app.diagrams.diagram import Diagram, Flow, Node, Scope
from app.diagrams.symbols import results
from app.engine.vocabulary import SEED_FACTS

Sure = frozenset[str]


@lru_cache(8)
def surely_answered(diagram: Diagram) -> Mapping[tuple[str, str], Sure]:
    """(scope id, node id) → the facts that are there before the node begins. Unreachable nodes are left out."""
    found: dict[tuple[str, str], Sure] = {}
    for process in diagram.processes:
        _Flow(diagram, process, frozenset(SEED_FACTS), found, {}).run()
    return found


class _Flow:
    """One level, played forward until nothing changes; every round can only take facts away."""

    def __init__(
        self,
        diagram: Diagram,
        scope: Scope,
        begin: Sure,
        found: dict[tuple[str, str], Sure],
        played: dict[tuple[str, Sure], Sure],
    ):
        self.diagram, self.scope, self.begin, self.found = diagram, scope, begin, found
        self.played = played  # what a box leaves, by what it begins with
        self.before: dict[str, Sure] = {}

    def run(self) -> Sure:
        """Returns what is sure when the level has ended."""
        waiting = [node.id for node in self.scope.of_kind("startEvent")]
        self.before = dict.fromkeys(waiting, self.begin)
        while waiting:
            node = self.scope.nodes[waiting.pop()]
            for target, sure in self._onward(node):
                old = self.before.get(target)
                new = sure if old is None else old & sure
                if self._is_join(target):
                    new = self._all_arrived(target)
                if new != old and target in self.scope.nodes:
                    self.before[target] = new
                    waiting.append(target)
        for name, sure in self.before.items():
            self.found[self.scope.id, name] = sure
        ends = [self.before[end.id] for end in self.scope.of_kind("endEvent") if end.id in self.before]
        main = [
            self.before[end.id]
            for end in self.scope.of_kind("endEvent")
            if end.id in self.scope.main & set(self.before)
        ]
        return frozenset.intersection(*(main or ends)) if main or ends else self.begin

    def _onward(self, node: Node) -> Iterator[tuple[str, Sure]]:
        before = self.before[node.id]
        after = before | self._leaves(node, before)
        for flow in self.scope.out(node.id):
            yield flow.target, after | self._asked(node, flow)
        for event in self.scope.attached(node.id):
            message = self.diagram.message_name(event)
            yield event.id, before | ({message} if message else set())

    def _leaves(self, node: Node, before: Sure) -> Sure:
        """The facts that a finished step surely leaves."""
        inner = self.diagram.inner(node)
        if inner is not None:
            inside = frozenset(name for scope in _inside(self.diagram, inner) for name in scope.nodes)
            begin = inner.id, before - inside
            if begin not in self.played:
                self.played[begin] = _Flow(self.diagram, inner, before - inside, self.found, self.played).run()
            return self.played[begin]
        if node.kind == "userTask" or (node.kind == "serviceTask" and results(node)):
            return frozenset({node.id})
        if node.kind == "callActivity":
            return self._left_by_call(node)
        return frozenset()

    def _left_by_call(self, node: Node) -> Sure:
        known = self.diagram.library.get(node.called or "")
        process = known.diagram.process if known else None
        if known is None or process is None:
            return frozenset({node.id})
        ends = [end for end in process.of_kind("endEvent") if end.id in process.main]
        own = {node.id} if ends and all(end.properties.get("outcome") for end in ends) else set[str]()
        begin = process.id, frozenset[str]()
        if begin not in self.played:
            self.played[begin] = _Flow(known.diagram, process, frozenset(), {}, self.played).run()
        return self.played[begin] | own

    def _asked(self, node: Node, flow: Flow) -> Sure:
        """What the gateway's conditions say about the facts on this way."""
        if node.kind != "exclusiveGateway":
            return frozenset()
        if flow.condition is not None:
            return _said(flow.condition, True)
        others = [other.condition for other in self.scope.out(node.id) if other.condition is not None]
        return frozenset().union(*(_said(condition, False) for condition in others))

    def _is_join(self, name: str) -> bool:
        node = self.scope.nodes.get(name)
        return node is not None and node.kind == "parallelGateway" and len(self.scope.into(name)) > 1

    def _all_arrived(self, join: str) -> Sure:
        """A join has what any of its branches has answered."""
        sides = [self.scope.nodes.get(flow.source) for flow in self.scope.into(join)]
        sure: Sure = frozenset()
        for side in sides:
            if side is not None and side.id in self.before:
                sure |= self.before[side.id] | self._leaves(side, self.before[side.id])
        return sure


def _inside(diagram: Diagram, scope: Scope) -> Iterator[Scope]:
    yield scope
    for node in scope.nodes.values():
        inner = diagram.inner(node)
        if inner is not None:
            yield from _inside(diagram, inner)


def unguarded_names(source: str, sure: Sure) -> set[str]:
    """The facts that the expression reads although nobody may have answered them."""
    tree = _tree(source)
    return set() if tree is None else set(_unguarded(tree, sure))


@lru_cache(2048)
def _tree(source: str) -> ast.expr | None:
    try:
        return ast.parse(source.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _said(source: str, truth: bool) -> Sure:
    tree = _tree(source)
    return frozenset() if tree is None else _known_when(tree, truth)


def _known_when(tree: ast.expr, truth: bool) -> Sure:
    """The facts that are there for sure when the expression is true (or false)."""
    match tree:
        case ast.Call(func=ast.Name(id="answered"), args=[ast.Constant(value=str(name))]) if truth:
            return frozenset({name})
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _known_when(operand, not truth)
        case ast.BoolOp(op=op, values=values) if isinstance(op, ast.And) == truth:
            return frozenset().union(*(_known_when(value, truth) for value in values))
        case ast.BoolOp(values=values):
            return frozenset.intersection(*(_known_when(value, truth) for value in values))
    return frozenset()


def _unguarded(tree: ast.AST, sure: Sure) -> Iterator[str]:
    match tree:
        case ast.Name(id=name):
            if name not in sure:
                yield name
        case ast.Call(args=arguments):
            for argument in arguments:
                yield from _unguarded(argument, sure)
        case ast.BoolOp(op=op, values=values):
            for value in values:
                yield from _unguarded(value, sure)
                sure |= _known_when(value, isinstance(op, ast.And))
        case ast.IfExp(test=test, body=body, orelse=orelse):
            yield from _unguarded(test, sure)
            yield from _unguarded(body, sure | _known_when(test, True))
            yield from _unguarded(orelse, sure | _known_when(test, False))
        case _:
            for part in ast.iter_child_nodes(tree):
                yield from _unguarded(part, sure)
