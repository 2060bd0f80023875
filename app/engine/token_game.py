"""A second, independent reading of a drawing: tokens on nodes, and nothing of the engine.

The engine is held against it, by the tests and whenever a diagram is checked. It knows the safe part of the notation
only: user and service tasks, exclusive and parallel gateways, boxes and called processes, timers and messages on the
border of a task, box or call, intermediate timers, plain and terminate ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from lxml import etree

from app.engine.drawing import BPMN, EXTENSION, message_name
from app.engine.expressions import Functions, evaluate

if TYPE_CHECKING:
    from app.engine.run import Host


class TokenScope:
    """One running process or box: its tokens, and those that have arrived at a join."""

    def __init__(self, element: Any, caller: Token | None = None):
        self.element, self.caller = element, caller
        self.tokens: list[Token] = []
        self.arrived: dict[str, int] = {}
        self.ended, self.outcome = False, ""
        self.moving = 0  # flows being followed: an empty scope is not at its end while one is
        self.nodes = {each.get("id"): each for each in element if each.get("id")}
        self.flows = element.findall(f"{BPMN}sequenceFlow")


class Token:
    """A token on a task, box or call (then with what runs inside), and the border events that wait there."""

    def __init__(self, node: str, scope: TokenScope):
        self.node, self.scope = node, scope
        self.inner: TokenScope | None = None
        self.armed = [i for i, each in scope.nodes.items() if each.get("attachedToRef") == node]
        if _tag(scope.nodes[node]) == "intermediateCatchEvent":
            self.armed = [node]


class Game:
    def __init__(self, files: Sequence[bytes], process: str, host: Host, facts: Mapping[str, Any]):
        trees = [_tree(text) for text in files]
        self.processes = {each.get("id"): each for tree in trees for each in tree.findall(f"{BPMN}process")}
        self.lanes = {
            node.text: lane.get("name")
            for tree in trees
            for lane in tree.iter(f"{BPMN}lane")
            for node in lane.iter(f"{BPMN}flowNodeRef")
        }
        self.host, self.facts = host, dict(facts)
        self.timer: str | None = None
        self.functions: Functions = {
            "rule": host.rule,
            "involves": host.involves,
            "answered": self.facts.__contains__,
            "len": len,
        }
        self.top = TokenScope(self.processes[process])
        self._begin(self.top)
        self._end_if_empty(self.top)

    @property
    def outcome(self) -> str | None:
        return self.top.outcome or None if self.top.ended else None

    def open(self) -> list[tuple[str, str | None, frozenset[str]]]:
        """The open tasks with their lanes and the messages that can be taken on them."""
        tokens = [token for token in self._tokens(self.top) if _tag(token.scope.nodes[token.node]) == "userTask"]
        return [(t.node, self._lane(t), frozenset(self._messages(t))) for t in tokens]

    def timers(self) -> list[tuple[str, str, str, bool]]:
        """The armed timers: id, what they hang on, expression, interrupting."""
        found = []
        for token in self._tokens(self.top):
            for event in token.armed:
                node = token.scope.nodes[event]
                when = node.findtext(f"{BPMN}timerEventDefinition/{BPMN}timeDate")
                if when is not None:
                    found.append((event, token.node, when.strip().replace('"', "'"), _interrupts(node)))
        return sorted(found)

    def complete(self, task: str, answer: Mapping[str, Any]) -> None:
        self.timer = None
        token = self._token(task)
        self.facts[task] = dict(answer)
        self._leave(token)

    def act(self, task: str, message: str, data: Mapping[str, Any] | None = None) -> None:
        self.timer = None
        token, event = self._messages(self._token(task))[message]
        self.facts[message] = dict(data or {})
        self._spring(token, event)

    def fire(self, event: str) -> None:
        self.timer = event
        self._spring(next(token for token in self._tokens(self.top) if event in token.armed), event)

    def _tokens(self, scope: TokenScope) -> Iterator[Token]:
        for token in list(scope.tokens):
            yield token
            if token.inner is not None:
                yield from self._tokens(token.inner)

    def _token(self, task: str) -> Token:
        return next(token for token in self._tokens(self.top) if token.node == task)

    def _lane(self, token: Token) -> str | None:
        lane = _property(token.scope.nodes[token.node], "lane") or self.lanes.get(token.node)
        above = token.scope.caller
        while above is not None:
            bound = _property(above.scope.nodes[above.node], f"lane.{lane}")
            lane = bound or lane or self.lanes.get(above.node)
            above = above.scope.caller
        return lane

    def _messages(self, token: Token | None) -> dict[str, tuple[Token, str]]:
        found: dict[str, tuple[Token, str]] = {}
        while token is not None:
            for event in token.armed:
                definition = token.scope.nodes[event].find(f"{BPMN}messageEventDefinition")
                if definition is not None:
                    found.setdefault(message_name(definition), (token, event))
            token = token.scope.caller
        return found

    def _begin(self, scope: TokenScope) -> None:
        for node, element in scope.nodes.items():
            if _tag(element) == "startEvent":
                self._follow(scope, node)

    def _follow(self, scope: TokenScope, node: str) -> None:
        scope.moving += 1
        for flow in scope.flows:
            if flow.get("sourceRef") == node and not scope.ended:
                self._arrive(scope, flow.get("targetRef"))
        scope.moving -= 1

    def _leave(self, token: Token) -> None:
        token.scope.tokens.remove(token)
        self._follow(token.scope, token.node)
        self._end_if_empty(token.scope)

    def _spring(self, token: Token, event: str) -> None:
        token.armed.remove(event)
        scope = token.scope
        if token.node == event or _interrupts(scope.nodes[event]):
            scope.tokens.remove(token)
        self._follow(scope, event)
        self._end_if_empty(scope)

    def _end_if_empty(self, scope: TokenScope) -> None:
        if not (scope.ended or scope.moving or scope.tokens or any(scope.arrived.values())):
            self._end(scope)

    def _end(self, scope: TokenScope) -> None:
        scope.ended, scope.tokens = True, []
        caller = scope.caller
        if caller is not None and caller in caller.scope.tokens:
            if scope.outcome and _tag(scope.element) == "process":
                self.facts[caller.node] = {"outcome": scope.outcome}
            self._leave(caller)

    def _forget(self, content: Any) -> None:
        for inside in content.iter():
            self.facts.pop(inside.get("id"), None)
            if inside.tag == f"{BPMN}messageEventDefinition":
                self.facts.pop(message_name(inside), None)
            if inside.tag == f"{BPMN}callActivity":
                self._forget(self.processes[inside.get("calledElement")])

    def _arrive(self, scope: TokenScope, node: str) -> None:
        element = scope.nodes[node]
        match _tag(element):
            case "userTask" | "intermediateCatchEvent":
                scope.tokens.append(Token(node, scope))
            case "subProcess":
                self._enter(scope, node, element)
            case "callActivity":
                self._enter(scope, node, self.processes[element.get("calledElement")])
            case "serviceTask":
                self._act(node, element)
                self._follow(scope, node)
            case "exclusiveGateway":
                self._choose(scope, node)
            case "parallelGateway":
                scope.arrived[node] = scope.arrived.get(node, 0) + 1
                if scope.arrived[node] == sum(flow.get("targetRef") == node for flow in scope.flows):
                    scope.arrived[node] = 0
                    self._follow(scope, node)
            case "endEvent":
                scope.outcome = _property(element, "outcome") or scope.outcome
                if element.find(f"{BPMN}terminateEventDefinition") is not None:
                    self._end(scope)
            case other:
                raise ValueError(f"{other} is outside the safe part of the notation")

    def _enter(self, scope: TokenScope, node: str, content: Any) -> None:
        token = Token(node, scope)
        scope.tokens.append(token)
        self._forget(content)
        self.facts.pop(node, None)
        token.inner = TokenScope(content, token)
        self._begin(token.inner)
        self._end_if_empty(token.inner)

    def _act(self, node: str, element: Any) -> None:
        [operator] = element.iter(f"{EXTENSION}serviceTaskOperator")
        given = {
            each.get("id"): evaluate(each.get("value"), self.facts, self.functions)
            for each in operator.iter(f"{EXTENSION}parameter")
        }
        result = self.host.act(operator.get("id"), node, given, self.timer)
        if result is not None:
            self.facts[node] = dict(result)

    def _choose(self, scope: TokenScope, node: str) -> None:
        default, true = scope.nodes[node].get("default"), []
        out = [flow for flow in scope.flows if flow.get("sourceRef") == node]
        for flow in out:
            condition = flow.find(f"{BPMN}conditionExpression")
            if condition is None or flow.get("id") == default:
                continue
            if evaluate(condition.text, self.facts, self.functions) is True:
                true.append(flow)
        if len(true) > 1:
            raise ValueError(f"two conditions are true at {node}")
        plain = [flow for flow in out if flow.get("id") == default] or out
        self._arrive(scope, (true or plain)[0].get("targetRef"))


def _tree(text: bytes) -> Any:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    return etree.fromstring(text, parser)


def _tag(element: Any) -> str:
    return str(element.tag).removeprefix(BPMN)


def _interrupts(event: Any) -> bool:
    """Border events interrupt unless they say otherwise; an intermediate event has nothing to interrupt."""
    return _tag(event) == "boundaryEvent" and event.get("cancelActivity", "true") == "true"


def _property(element: Any, name: str) -> str | None:
    found = element.findall(f"{BPMN}extensionElements/{EXTENSION}properties/{EXTENSION}property")
    return next((each.get("value") for each in found if each.get("name") == name), None)
