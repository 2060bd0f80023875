"""A drawing as the checks see it: scopes (processes and sub-processes) with nodes and flows. Reads whatever was drawn,
however wrong; judging is the checks' business."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from lxml import etree

from app.diagrams.forms import Forms
from app.diagrams.xml import BPMN, SPIFF, Element, read_xml

PARTS = ("EventDefinition", "LoopCharacteristics")
"""Elements with ids that nobody can click on: what they belong to is named."""


def names(text: str) -> frozenset[str]:
    return frozenset(text.split())


NODES = names(
    "startEvent endEvent userTask serviceTask exclusiveGateway parallelGateway boundaryEvent intermediateCatchEvent"
    " intermediateThrowEvent subProcess callActivity task manualTask scriptTask sendTask receiveTask businessRuleTask"
    " inclusiveGateway complexGateway eventBasedGateway transaction adHocSubProcess"
)
EMBEDDED = ("subProcess", "transaction", "adHocSubProcess")


def name_of(element: Element) -> str:
    return etree.QName(element).localname


def namespace_of(element: Element) -> str:
    return etree.QName(element).namespace or ""


def is_bpmn(element: Element, *names: str) -> bool:
    return namespace_of(element) == BPMN and name_of(element) in names


def elements(root: Element) -> Iterator[Element]:
    """All elements below and with `root`, without comments."""
    return root.iter(etree.Element)


def children(element: Element, *names: str) -> list[Element]:
    """The BPMN children of these names, or all of them."""
    inside = (child for child in element.iterchildren(etree.Element) if namespace_of(child) == BPMN)
    return [child for child in inside if not names or name_of(child) in names]


def id_of(element: Element | None) -> str | None:
    """The id that a person finds in the editor: the element's own or that of the nearest element around it."""
    while element is not None:
        own, part = element.get("id"), name_of(element).endswith(PARTS) or namespace_of(element) == SPIFF
        if own and not part:
            return own
        element = element.getparent()
    return None


@dataclass(frozen=True, eq=False)
class DrawnParameter:
    name: str
    source: str


@dataclass(frozen=True, eq=False)
class Node:
    """A flow node. `event` is the local name of its event definition without its ending: timer, message, terminate."""

    id: str
    kind: str
    element: Element
    event: str | None = None
    attached_to: str | None = None
    interrupting: bool = True
    default: str | None = None
    called: str | None = None
    action: str | None = None
    parameters: tuple[DrawnParameter, ...] = ()
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def timer(self) -> str | None:
        """The expression of a timeDate."""
        found = self.element.find(f"{{{BPMN}}}timerEventDefinition/{{{BPMN}}}timeDate")
        return None if found is None else text_of(found)

    @property
    def message(self) -> str | None:
        found = self.element.find(f"{{{BPMN}}}messageEventDefinition")
        return None if found is None else found.get("messageRef")

    @property
    def terminates(self) -> bool:
        return self.kind == "endEvent" and self.event == "terminate"


@dataclass(frozen=True, eq=False)
class Flow:
    id: str
    source: str
    target: str
    condition: str | None
    element: Element


@dataclass(frozen=True, eq=False)
class Scope:
    """A process or an embedded sub-process: what one token game is played on."""

    id: str
    element: Element
    nodes: Mapping[str, Node]
    flows: tuple[Flow, ...]
    parent: Scope | None
    depth: int

    @cached_property
    def _out(self) -> Mapping[str, list[Flow]]:
        return _by(self.flows, "source")

    @cached_property
    def _into(self) -> Mapping[str, list[Flow]]:
        return _by(self.flows, "target")

    @cached_property
    def _attached(self) -> Mapping[str, list[Node]]:
        found: dict[str, list[Node]] = {}
        for node in self.nodes.values():
            if node.kind == "boundaryEvent" and node.attached_to in self.nodes:
                found.setdefault(str(node.attached_to), []).append(node)
        return found

    def out(self, node: str) -> list[Flow]:
        return self._out.get(node, [])

    def into(self, node: str) -> list[Flow]:
        return self._into.get(node, [])

    def attached(self, node: str) -> list[Node]:
        return self._attached.get(node, [])

    def of_kind(self, *kinds: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.kind in kinds]

    def after(self, node: str) -> list[str]:
        """Where a token may go on from here: along the flows, or out of an event that is attached."""
        along = [flow.target for flow in self.out(node) if flow.target in self.nodes]
        return [*along, *(event.id for event in self.attached(node))]

    def reachable(self, *begin: str, without: frozenset[str] = frozenset(), events: bool = True) -> set[str]:
        """All nodes that a token may come to from `begin` (these included), never entering those of `without`."""
        seen, waiting = set[str](), [node for node in begin if node in self.nodes and node not in without]
        while waiting:
            node = waiting.pop()
            if node in seen:
                continue
            seen.add(node)
            onward = self.after(node) if events else [f.target for f in self.out(node) if f.target in self.nodes]
            waiting += [target for target in onward if target not in without]
        return seen

    @cached_property
    def main(self) -> frozenset[str]:
        """The nodes of the main token: all but those that only a non-interrupting event leads to."""
        side = frozenset(n.id for n in self.nodes.values() if n.kind == "boundaryEvent" and not n.interrupting)
        return frozenset(self.reachable(*(node.id for node in self.of_kind("startEvent")), without=side))

    @cached_property
    def on_cycle(self) -> frozenset[str]:
        """The nodes that a token may come back to."""
        return frozenset(node for node in self.nodes if node in self.reachable(*self.after(node)))

    @property
    def process(self) -> Scope:
        return self if self.parent is None else self.parent.process


class Diagram:
    """One file, with its forms and the processes that are known elsewhere."""

    def __init__(
        self,
        raw: bytes,
        *,
        file: str,
        forms: Forms | None = None,
        library: Mapping[str, Known] | None = None,
    ):
        """Raises Unreadable."""
        self.raw, self.root = raw, read_xml(raw)
        self.file, self.forms, self.library = file, forms, dict(library or {})
        self.processes = [_scope(element, None, 0) for element in children(self.root, "process")]
        self.messages = {m.get("id"): m.get("name") for m in children(self.root, "message") if m.get("id")}

    @cached_property
    def process(self) -> Scope | None:
        """The process that runs: the first executable one."""
        runs = [scope for scope in self.processes if scope.element.get("isExecutable") == "true"]
        return runs[0] if runs else None

    @cached_property
    def scopes(self) -> list[Scope]:
        return [scope for process in self.processes for scope in _with_inner(process)]

    @cached_property
    def nodes(self) -> list[tuple[Scope, Node]]:
        return [(scope, node) for scope in self.scopes for node in scope.nodes.values()]

    def of_kind(self, *kinds: str) -> list[tuple[Scope, Node]]:
        return [(scope, node) for scope, node in self.nodes if node.kind in kinds]

    def inner(self, node: Node) -> Scope | None:
        """The scope inside a sub-process."""
        return self._inner.get(node.element)

    @cached_property
    def _inner(self) -> Mapping[Element, Scope]:
        return {scope.element: scope for scope in self.scopes if scope.parent is not None}

    @cached_property
    def lanes(self) -> Mapping[str, str]:
        """Node id → lane name, as the lane sets say."""
        found: dict[str, str] = {}
        for process in self.processes:
            for lane in process.element.iter(f"{{{BPMN}}}lane"):
                for reference in children(lane, "flowNodeRef"):
                    found[text_of(reference)] = lane.get("name") or ""
        return found

    def lane(self, scope: Scope, node: Node) -> str | None:
        """The lane of a node: its own property, or the lane that holds it or the sub-process around it."""
        own = node.properties.get("lane")
        if own:
            return own
        if scope.parent is None:
            return self.lanes.get(node.id)
        outer = scope.parent.nodes.get(scope.id)
        return None if outer is None else self.lane(scope.parent, outer)

    def message_name(self, node: Node) -> str | None:
        return self.messages.get(node.message) if node.message else None

    @cached_property
    def called(self) -> Mapping[str, Known]:
        """Every process that this one calls, directly or not, as far as it is known."""
        found: dict[str, Known] = {}
        waiting = [node.called for _, node in self.of_kind("callActivity")]
        while waiting:
            name = waiting.pop()
            if name in self.library and name not in found:
                found[name] = self.library[name]
                waiting += found[name].calls
        return found


@dataclass(frozen=True, eq=False)
class Known:
    """A process that is known already: published, shipped, or in the same call."""

    process: str
    bpmn: bytes
    forms: Forms | None = None

    @cached_property
    def diagram(self) -> Diagram:
        return Diagram(self.bpmn, file=f"{self.process}.bpmn", forms=self.forms)

    @cached_property
    def calls(self) -> list[str]:
        return [node.called for _, node in self.diagram.of_kind("callActivity") if node.called]


def text_of(element: Element) -> str:
    """The text of an element as the engine reads it."""
    return (element.text or "").strip()


def _by(flows: tuple[Flow, ...], end: str) -> dict[str, list[Flow]]:
    found: dict[str, list[Flow]] = {}
    for flow in flows:
        found.setdefault(getattr(flow, end), []).append(flow)
    return found


def _with_inner(scope: Scope) -> Iterator[Scope]:
    yield scope
    for node in scope.nodes.values():
        if node.kind in EMBEDDED:
            yield from _with_inner(_scope(node.element, scope, scope.depth + 1))


def _scope(element: Element, parent: Scope | None, depth: int) -> Scope:
    nodes: dict[str, Node] = {}
    for child in children(element):
        if name_of(child) in NODES and child.get("id") and child.get("id") not in nodes:
            nodes[child.get("id", "")] = _node(child)
    flows = tuple(_flow(child) for child in children(element, "sequenceFlow"))
    return Scope(element.get("id", ""), element, nodes, flows, parent, depth)


def _flow(element: Element) -> Flow:
    condition = element.find(f"{{{BPMN}}}conditionExpression")
    return Flow(
        element.get("id", ""),
        element.get("sourceRef", ""),
        element.get("targetRef", ""),
        None if condition is None else text_of(condition),
        element,
    )


def _node(element: Element) -> Node:
    definitions = [name_of(child) for child in children(element) if name_of(child).endswith("EventDefinition")]
    extensions = element.find(f"{{{BPMN}}}extensionElements")
    operator = None if extensions is None else extensions.find(f"{{{SPIFF}}}serviceTaskOperator")
    return Node(
        id=element.get("id", ""),
        kind=name_of(element),
        element=element,
        event=definitions[0].removesuffix("EventDefinition") if definitions else None,
        attached_to=element.get("attachedToRef"),
        interrupting=element.get("cancelActivity", "true").lower() == "true",
        default=element.get("default"),
        called=element.get("calledElement"),
        action=None if operator is None else operator.get("id", ""),
        parameters=() if operator is None else _parameters(operator),
        properties={} if extensions is None else _properties(extensions),
    )


def _parameters(operator: Element) -> tuple[DrawnParameter, ...]:
    found = operator.iterfind(f"{{{SPIFF}}}parameters/{{{SPIFF}}}parameter")
    return tuple(DrawnParameter(part.get("id", ""), part.get("value", "")) for part in found)


def _properties(extensions: Element) -> dict[str, str]:
    found = extensions.iterfind(f"{{{SPIFF}}}properties/{{{SPIFF}}}property")
    return {part.get("name", ""): part.get("value", "") for part in found}
