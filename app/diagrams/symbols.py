"""What the expressions of a drawing may read: the facts and their fields, the rule keys, and where each is written."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from app.diagrams.diagram import Diagram, Node, Scope
from app.diagrams.forms import Form
from app.engine.expressions import Expression, ExpressionError, compile_expression
from app.engine.vocabulary import ACTIONS, GIVEN_FACTS, SEED_FACTS
from app.rules.pack import RuleKey

Fields = frozenset[str] | None
"""The fields of a fact; None where they are not known."""


@dataclass(frozen=True, eq=False)
class Written:
    """An expression and where it stands. `element` is what a person finds in the editor."""

    source: str
    element: str
    scope: Scope
    at: str
    """The node at which it is evaluated."""
    place: str
    """condition, parameter, timer or letter."""

    @property
    def compiled(self) -> Expression | None:
        """None where it cannot be read."""
        try:
            return compile_expression(self.source)
        except ExpressionError:
            return None


def expressions(diagram: Diagram) -> Iterator[Written]:
    """Every expression of the drawing, and the conditions in the letters that it issues."""
    for scope in diagram.scopes:
        for flow in scope.flows:
            if flow.condition is not None:
                yield Written(flow.condition, flow.id or flow.source, scope, flow.source, "condition")
        for node in scope.nodes.values():
            for parameter in node.parameters:
                yield Written(parameter.source, node.id, scope, node.id, "parameter")
            for source in _conditions(diagram, node):
                yield Written(source, node.id, scope, node.id, "letter")
            if node.timer is not None:
                yield Written(node.timer, node.id, scope, node.id, "timer")


def _conditions(diagram: Diagram, node: Node) -> Iterator[str]:
    """All that the letters which a service task issues ask of the case: titles, senders, paragraphs."""
    if diagram.forms is None or node.action != "letter.issue":
        return
    templates = [name for one in node.parameters if one.name == "template" for name in constants(one.source)]
    for name in dict.fromkeys(templates):
        letter = diagram.forms.letters.get(name)
        yield from letter.conditions if letter else ()


def constants(source: str) -> list[str]:
    """The texts that a parameter can be: itself, or both sides of a choice."""
    try:
        waiting: list[ast.expr] = [ast.parse(source.strip(), mode="eval").body]
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found = []
    while waiting:
        match waiting.pop():
            case ast.Constant(value=str(value)):
                found.append(value)
            case ast.IfExp(body=body, orelse=orelse):
                waiting += [body, orelse]
    return found


@lru_cache(8)
def facts(diagram: Diagram) -> Mapping[str, Fields]:
    """Every fact that a case of this diagram can have, with its fields."""
    found: dict[str, Fields] = dict.fromkeys(SEED_FACTS)
    if diagram.forms is not None and diagram.forms.startable:
        found["application"] = _fields(diagram.forms.start)
    for name, action in GIVEN_FACTS.items():
        found[name] = frozenset(ACTIONS[action].results)
    for known in diagram.called.values():
        found |= own_facts(known.diagram)
    return found | own_facts(diagram)


def own_facts(diagram: Diagram) -> dict[str, Fields]:
    """The facts of this file's own elements."""
    found: dict[str, Fields] = {}
    for _, node in diagram.nodes:
        if node.kind == "userTask":
            form = diagram.forms.tasks.get(node.id) if diagram.forms else None
            found[node.id] = _fields(form) if form else None
        elif node.kind == "serviceTask" and results(node):
            found[node.id] = frozenset(results(node))
        elif node.kind == "callActivity":
            found[node.id] = frozenset({"outcome"})
        elif (message := diagram.message_name(node)) is not None:
            action = diagram.forms.actions.get(message) if diagram.forms else None
            found[message] = _fields(action) if action else None
    return found


def results(node: Node) -> Mapping[str, str]:
    action = ACTIONS.get(node.action or "")
    return action.results if action else {}


def rules(diagram: Diagram) -> Mapping[str, RuleKey] | None:
    """The rule keys that may be read: those of this file's forms and of every procedure known. None without forms."""
    if diagram.forms is None:
        return None
    elsewhere = {
        key: rule for known in diagram.library.values() if known.forms for key, rule in known.forms.rules.items()
    }
    return {**elsewhere, **diagram.forms.rules}


def _fields(form: Form) -> frozenset[str]:
    return frozenset(field.key for field in form.fields)
