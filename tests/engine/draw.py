"""Drawing diagrams in tests: each function gives the text of an element; a `Drawing` is a safe one by chance."""

from itertools import pairwise

HEAD = (
    '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" '
    'xmlns:spiffworkflow="http://spiffworkflow.org/bpmn/schema/1.0/core">'
)


def definitions(process, content, messages=()):
    named = "".join(f'<bpmn:message id="m_{name}" name="{name}"/>' for name in messages)
    return f'{HEAD}{named}<bpmn:process id="{process}">{content}</bpmn:process></bpmn:definitions>'.encode()


def node(kind, name, inside="", **attributes):
    given = "".join(f' {key}="{value}"' for key, value in attributes.items() if value)
    return f'<bpmn:{kind} id="{name}"{given}>{inside}</bpmn:{kind}>'


def properties(**named):
    inside = "".join(f'<spiffworkflow:property name="{k}" value="{v}"/>' for k, v in named.items() if v)
    inside = f"<spiffworkflow:properties>{inside}</spiffworkflow:properties>"
    return f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>"


def end(name, outcome=None, terminate=False):
    inside = properties(outcome=outcome) if outcome else ""
    return node("endEvent", name, inside + (node("terminateEventDefinition", f"{name}_t") if terminate else ""))


def action(name, operator="notice.send", kind="'reminder'"):
    parameter = f'<spiffworkflow:parameter id="kind" type="text" value="{kind}"/>'
    inside = f'<spiffworkflow:serviceTaskOperator id="{operator}"><spiffworkflow:parameters>{parameter}'
    inside += "</spiffworkflow:parameters></spiffworkflow:serviceTaskOperator>"
    return node("serviceTask", name, f"<bpmn:extensionElements>{inside}</bpmn:extensionElements>")


def clock(name, expression):
    return node("timerEventDefinition", f"{name}_d", f"<bpmn:timeDate>{expression}</bpmn:timeDate>")


def timer(name, on, expression, interrupting):
    attributes = {"attachedToRef": on, "cancelActivity": "true" if interrupting else "false"}
    return node("boundaryEvent", name, clock(name, expression), **attributes)


def message(name, on, said, interrupting):
    attributes = {"attachedToRef": on, "cancelActivity": "true" if interrupting else "false"}
    return node(
        "boundaryEvent", name, node("messageEventDefinition", f"{name}_d", messageRef=f"m_{said}"), **attributes
    )


def flow(source, target, condition=None):
    inside = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
    return node("sequenceFlow", f"{source}_to_{target}", inside, sourceRef=source, targetRef=target)


def path(*names):
    return "".join(flow(one, other) for one, other in pairwise(names))


class Drawing:
    """A random diagram within the drawing rules, and the processes that it calls."""

    def __init__(self, chance, depth=3):
        self.chance, self.count, self.messages, self.called = chance, 0, [], []
        self.files = [*self._process("p", depth)]

    def _process(self, name, depth):
        content, first, last = self._block(depth)
        outcome = self.chance.choice([None, f"{name}_done"])
        content += node("startEvent", f"{name}_start") + end(f"{name}_end", outcome, self.chance.random() < 0.5)
        content += path(f"{name}_start", first) + path(last, f"{name}_end")
        here = definitions(name, content, self.messages)
        return [here, *self.called]

    def _new(self, kind):
        self.count += 1
        return f"{kind}_{self.count}"

    def _block(self, depth):
        """The text of a block with the names of its first and last node."""
        if depth == 0 or self.chance.random() < 0.1:
            return self.chance.choice([self._task, self._task, self._action, self._wait])()
        kinds = [self._sequence, self._choice, self._loop, self._fork, self._box, self._asked, self._call]
        return self.chance.choice(kinds)(depth - 1)

    def _bordered(self, name):
        """Timers on a task, box or call: a reminder, and a deadline that goes on without it."""
        text, last = "", name
        if self.chance.random() < 0.4:
            remind, note, done = self._new("remind"), self._new("note"), self._new("reminded")
            text += timer(remind, name, f"before_deadline('r.{name}')", False)
            text += action(note) + end(done) + path(remind, note, done)
        if self.chance.random() < 0.3:
            late, last = self._new("late"), self._new("merge")
            text += timer(late, name, f"deadline('r.{name}')", True) + node("exclusiveGateway", last)
            text += path(name, last) + path(late, last)
        return text, name, last

    def _task(self):
        text, first, last = self._bordered(name := self._new("task"))
        return node("userTask", name) + text, first, last

    def _action(self):
        name = self._new("act")
        return action(name), name, name

    def _wait(self):
        name = self._new("wait")
        return node("intermediateCatchEvent", name, clock(name, f"deadline('r.{name}')")), name, name

    def _sequence(self, depth):
        one, other = self._block(depth), self._block(depth)
        return one[0] + other[0] + path(one[2], other[1]), one[1], other[2]

    def _asking(self):
        """A task and a gateway on its answer."""
        name, gateway = self._new("ask"), self._new("answer")
        return name, gateway, node("userTask", name) + path(name, gateway)

    def _choice(self, depth):
        name, gateway, text = self._asking()
        yes, no, merge = self._block(depth), self._block(depth), self._new("merge")
        text += node("exclusiveGateway", gateway, default=f"{gateway}_to_{no[1]}") + node("exclusiveGateway", merge)
        text += yes[0] + no[0] + flow(gateway, yes[1], f"{name}.go") + path(gateway, no[1])
        return text + path(yes[2], merge) + path(no[2], merge), name, merge

    def _loop(self, depth):
        name, gateway, text = self._asking()
        body, first, last = self._block(depth), self._new("merge"), self._new("merge")
        text += node("exclusiveGateway", first) + body[0] + path(first, body[1]) + path(body[2], name)
        text += node("exclusiveGateway", gateway, default=f"{gateway}_to_{last}") + node("exclusiveGateway", last)
        return text + flow(gateway, first, f"{name}.go") + path(gateway, last), first, last

    def _fork(self, depth):
        start, fork, join, done = (self._new(kind) for kind in ("start", "fork", "join", "end"))
        joined = self.chance.random() < 0.7
        text = node("startEvent", start) + node("parallelGateway", fork) + path(start, fork)
        text += node("parallelGateway", join) + end(done) + path(join, done) if joined else ""
        for _ in range(self.chance.randint(2, 3)):
            content, first, last = self._block(depth)
            text += content + path(fork, first)
            if joined:
                text += path(last, join)
            else:
                text += end(alone := self._new("end")) + path(last, alone)
        return self._boxed(text)

    def _boxed(self, text):
        name = self._new("box")
        border, first, last = self._bordered(name)
        if self.chance.random() < 0.4:
            gone, merge = self._new("gone"), self._new("merge")
            self.messages.append(said := self._new("withdraw"))
            border += message(gone, name, said, True) + node("exclusiveGateway", merge)
            border += path(gone, merge) + path(last, merge)
            last = merge
        return node("subProcess", name, text) + border, first, last

    def _box(self, depth):
        content, first, last = self._block(depth)
        start, done = self._new("start"), self._new("end")
        text = node("startEvent", start) + end(done, terminate=self.chance.random() < 0.5)
        return self._boxed(text + content + path(start, first) + path(last, done))

    def _asked(self, depth):
        """A task with an action that opens a consent beside it, in a box that ends both."""
        name, consent = self._new("task"), self._new("consent")
        start, done, asked, over = (self._new(kind) for kind in ("start", "end", "asked", "over"))
        self.messages.append(said := self._new("extend"))
        text = node("startEvent", start) + node("userTask", name) + end(done, terminate=True) + path(start, name, done)
        text += message(asked, name, said, False) + node("userTask", consent) + end(over) + path(asked, consent, over)
        return self._boxed(text)

    def _call(self, depth):
        process, name = self._new("called"), self._new("call")
        self.messages, kept = [], self.messages
        files = self._process(process, depth)
        self.messages, self.called = kept, files
        border, first, last = self._bordered(name)
        inside = properties(**{"lane.x": "y"})
        return node("callActivity", name, inside, calledElement=process) + border, first, last
