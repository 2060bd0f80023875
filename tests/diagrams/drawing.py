"""Draws small processes for tests: `Drawing` writes BPMN with its picture, `FORMS` is the forms file of `small()`.

A test draws a good process, changes one thing, and asks the gate.
"""

from __future__ import annotations

import itertools
from xml.sax.saxutils import quoteattr

from app.diagrams import gate
from app.diagrams.diagram import Known
from app.diagrams.findings import Finding
from app.diagrams.forms import Forms, load_forms

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
    ' xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC"'
    ' xmlns:di="http://www.omg.org/spec/DD/20100524/DI" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
    ' xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core" id="definitions"'
    ' targetNamespace="urn:test">\n'
)


class Drawing:
    """A process, drawn from left to right, a level a box. Everything that is added stands in `xml()` in its order."""

    def __init__(self, process: str = "small"):
        self.process = process
        self.before: list[str] = []
        self.parts: list[str] = []
        self.shapes: list[str] = []
        self.edges: list[str] = []
        self.lanes: dict[str, list[str]] = {}
        self._x = 100

    def add(self, xml: str, shape: str | None = None) -> Drawing:
        self.parts.append(xml)
        if shape is not None:
            bounds = f'<dc:Bounds x="{self._x}" y="100" width="100" height="80"/>'
            self.shapes.append(f'<bpmndi:BPMNShape id="{shape}_di" bpmnElement="{shape}">{bounds}</bpmndi:BPMNShape>')
            self._x += 150
        return self

    def node(self, kind: str, name: str, inside: str = "", **attributes: str) -> Drawing:
        written = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
        return self.add(f"<bpmn:{kind} id={quoteattr(name)}{written}>{inside}</bpmn:{kind}>", name)

    def start(self, name: str = "begin") -> Drawing:
        return self.node("startEvent", name)

    def end(self, name: str, outcome: str | None = None, *, terminate: bool = False) -> Drawing:
        inside = properties(outcome=outcome) if outcome else ""
        inside += f'<bpmn:terminateEventDefinition id="{name}_terminate"/>' if terminate else ""
        return self.node("endEvent", name, inside)

    def task(
        self, name: str, lane: str | None = "provider", rule: str | None = "small.reply", **attributes: str
    ) -> Drawing:
        """A user task in its lane, with a reminder and a deadline that lead to a notice."""
        if lane is not None:
            self.lanes.setdefault(lane, []).append(name)
        self.node("userTask", name, **attributes)
        return self if rule is None else self.told(name, rule)

    def told(self, name: str, rule: str) -> Drawing:
        self.timer(f"{name}_overdue", name, f"deadline('{rule}')")
        self.service(f"{name}_notice", "notice.send").end(f"{name}_told")
        return self.flows(f"{name}_overdue", f"{name}_notice", f"{name}_told")

    def timer(self, name: str, on: str, when: str, *, interrupting: bool = False) -> Drawing:
        date = f"<bpmn:timeDate>{when}</bpmn:timeDate>"
        definition = f'<bpmn:timerEventDefinition id="{name}_when">{date}</bpmn:timerEventDefinition>'
        return self.boundary(name, on, definition, interrupting)

    def message(self, name: str, on: str, message: str, *, interrupting: bool = False) -> Drawing:
        self.before.append(f'<bpmn:message id="message_{message}" name="{message}"/>')
        definition = f'<bpmn:messageEventDefinition id="{name}_what" messageRef="message_{message}"/>'
        return self.boundary(name, on, definition, interrupting)

    def boundary(self, name: str, on: str, definition: str, interrupting: bool = False) -> Drawing:
        return self.node("boundaryEvent", name, definition, attachedToRef=on, cancelActivity=str(interrupting).lower())

    def service(self, name: str, action: str, **parameters: str) -> Drawing:
        given = "".join(
            f'<spiffworkflow:parameter id="{key}" type="any" value={quoteattr(value)}/>'
            for key, value in parameters.items()
        )
        operator = (
            f'<spiffworkflow:serviceTaskOperator id="{action}">'
            f"<spiffworkflow:parameters>{given}</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
        )
        return self.node("serviceTask", name, f"<bpmn:extensionElements>{operator}</bpmn:extensionElements>")

    def call(self, name: str, process: str, **lanes: str) -> Drawing:
        bound = properties(**{f"lane.{lane}": to for lane, to in lanes.items()}) if lanes else ""
        return self.node("callActivity", name, bound, calledElement=process)

    def gateway(self, name: str, default: str | None = None) -> Drawing:
        return self.node("exclusiveGateway", name, **({"default": default} if default else {}))

    def parallel(self, name: str) -> Drawing:
        return self.node("parallelGateway", name)

    def box(self, name: str, inside: Drawing) -> Drawing:
        """A sub-process with what was drawn in `inside`."""
        self.node("subProcess", name, "".join(inside.parts))
        self.before += inside.before
        self.shapes += inside.shapes
        self.edges += inside.edges
        return self

    def flow(self, source: str, target: str, when: str | None = None, name: str | None = None) -> Drawing:
        own = name or f"{source}_to_{target}"
        condition = f"<bpmn:conditionExpression>{_escaped(when)}</bpmn:conditionExpression>" if when is not None else ""
        line = '<di:waypoint x="1" y="1"/><di:waypoint x="2" y="2"/>'
        self.edges.append(f'<bpmndi:BPMNEdge id="{own}_di" bpmnElement="{own}">{line}</bpmndi:BPMNEdge>')
        return self.add(
            f'<bpmn:sequenceFlow id="{own}" sourceRef="{source}" targetRef="{target}">{condition}</bpmn:sequenceFlow>'
        )

    def flows(self, *names: str) -> Drawing:
        for source, target in itertools.pairwise(names):
            self.flow(source, target)
        return self

    def text(self) -> str:
        lanes = "".join(
            f'<bpmn:lane id="lane_{lane}" name="{lane}">'
            + "".join(f"<bpmn:flowNodeRef>{node}</bpmn:flowNodeRef>" for node in nodes)
            + "</bpmn:lane>"
            for lane, nodes in self.lanes.items()
        )
        body = (f'<bpmn:laneSet id="lanes">{lanes}</bpmn:laneSet>' if lanes else "") + "\n".join(self.parts)
        drawn = "\n".join(self.shapes + self.edges)
        before = "".join(dict.fromkeys(self.before))
        return (
            f'{HEAD}{before}<bpmn:process id="{self.process}" isExecutable="true">\n{body}\n</bpmn:process>\n'
            f'<bpmndi:BPMNDiagram id="picture"><bpmndi:BPMNPlane id="plane" bpmnElement="{self.process}">\n'
            f"{drawn}\n</bpmndi:BPMNPlane></bpmndi:BPMNDiagram></bpmn:definitions>\n"
        )

    def xml(self) -> bytes:
        return self.text().encode()


def properties(**values: str) -> str:
    inside = "".join(f'<spiffworkflow:property name="{name}" value="{value}"/>' for name, value in values.items())
    listed = f"<spiffworkflow:properties>{inside}</spiffworkflow:properties>"
    return f"<bpmn:extensionElements>{listed}</bpmn:extensionElements>"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


FORMS = """\
procedure: small
title: {zh: 小事项, en: A small matter}
number_code: XS
startable: true
starters: [department]
about: none
lanes:
  applicant: {title: {zh: 使用部门, en: User department}}
  provider: {title: {zh: 提供部门, en: Provider}}
rules:
  small.reply: {type: days, title: {zh: 答复, en: Reply}}
  small.limit: {type: number, title: {zh: 上限, en: Limit}}
  small.modes: {type: choices, of: [file, batch], title: {zh: 方式, en: Modes}}
start:
  fields:
    - {key: purpose, type: text, title: {zh: 用途, en: Purpose}, required: true}
    - {key: months, type: integer, title: {zh: 月数, en: Months}, required: true, min: 1, max: 36}
tasks:
  review:
    title: {zh: 审核, en: Review}
    rule: small.reply
    fields:
      - key: decision
        type: choice
        required: true
        title: {zh: 意见, en: Decision}
        options:
          - {value: approve, title: {zh: 同意, en: Approve}}
          - {value: refuse, title: {zh: 不同意, en: Refuse}}
          - {value: supplement, title: {zh: 补正, en: Supplement}}
      - {key: reason, type: longtext, title: {zh: 理由, en: Why}, shown: "review.decision == 'refuse'", required: true}
  supplement:
    title: {zh: 补正, en: Supplement}
    rule: small.reply
    fields:
      - {key: note, type: text, required: true, title: {zh: 说明, en: Note}}
outcomes:
  granted: {zh: 已同意, en: Granted}
  refused: {zh: 未同意, en: Refused}
notices:
  granted: {zh: 已同意, en: Granted}
"""


def small() -> Drawing:
    """A reviewer approves, refuses or asks for more; the applicant answers; round it goes."""
    drawing = Drawing().start().gateway("to_review").task("review").gateway("decided", "decided_to_supplement")
    drawing.task("supplement", "applicant").end("end_granted", "granted").end("end_refused", "refused")
    drawing.service("granted_notice", "notice.send", to="'applicant'", kind="'granted'")
    drawing.flows("begin", "to_review", "review", "decided", "supplement", "to_review")
    drawing.flow("decided", "granted_notice", "review.decision == 'approve'").flow("granted_notice", "end_granted")
    return drawing.flow("decided", "end_refused", "review.decision == 'refuse'")


def forms(text: str = FORMS) -> Forms:
    return load_forms(text, "small.forms.yaml")


def findings(
    drawing: Drawing | str | bytes,
    forms_text: str | None = FORMS,
    library: dict[str, Known] | None = None,
    level: str = "publish",
) -> list[Finding]:
    """What the gate finds, without the random walk."""
    raw = drawing.xml() if isinstance(drawing, Drawing) else drawing
    raw = raw.encode() if isinstance(raw, str) else raw
    read = forms(forms_text) if forms_text is not None else None
    return gate.check(raw, forms=read, library=library, level=level, file="small.bpmn", walk=False).findings


def found(check: str, *args: object, **kwargs: object) -> list[str]:
    """The elements at which a check finds something."""
    return [finding.element for finding in findings(*args, **kwargs) if finding.check == check]


def changed(drawing: Drawing, old: str, new: str) -> str:
    """The drawing's text with one thing changed; the old text must be there."""
    text = drawing.text()
    assert old in text, old
    return text.replace(old, new)


def called(drawing: Drawing, forms_text: str | None = None) -> dict[str, Known]:
    """A library that holds this process."""
    read = load_forms(forms_text, "called.forms.yaml") if forms_text else None
    return {drawing.process: Known(drawing.process, drawing.xml(), read)}
