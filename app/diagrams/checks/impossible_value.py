"""An answer, an outcome or a rule is compared only with values that it can have: anything else is never true."""

import ast
import difflib
from collections.abc import Iterator, Mapping

from app.diagrams.diagram import Diagram
from app.diagrams.findings import Fault, Level
from app.diagrams.symbols import expressions, rules
from app.floor.messages import Say, say

level: Level = "publish"

Values = Mapping[str, tuple[str, ...]]
"""`review.decision`, `rule('refusal.path')` → all that it can be."""


def check(diagram: Diagram) -> Iterator[Fault]:
    if diagram.forms is None:
        return
    possible = _possible(diagram)
    for written in expressions(diagram):
        if written.compiled is None:
            continue
        for read, value in _compared(written.source):
            if read in possible and value not in possible[read]:
                message = say("%(read)s is never %(value)r.", read=read, value=value[:60])
                yield Fault(written.element, message, _instead(value, possible[read]))


def _instead(value: str, possible: tuple[str, ...]) -> Say:
    close = difflib.get_close_matches(value, possible, n=1)
    if close:
        return say("Did you mean %(name)s?", name=close[0])
    return say("It can be: %(values)s.", values=", ".join(possible) or "–")


def _possible(diagram: Diagram) -> Values:
    found: dict[str, tuple[str, ...]] = {}
    for one in [diagram, *(known.diagram for known in diagram.called.values())]:
        for form in one.forms.all_forms() if one.forms else ():
            for field in form.fields:
                own = form.key != "application" or one is diagram
                if field.options and own and field.type not in ("basis", "boolean", "item_reasons", "points"):
                    found[f"{form.key}.{field.key}"] = tuple(option.value for option in field.options)
    for _, node in diagram.of_kind("callActivity"):
        known = diagram.called.get(node.called or "")
        if known is not None and known.forms is not None:
            found[f"{node.id}.outcome"] = tuple(known.forms.outcomes)
    for key, rule in (rules(diagram) or {}).items():
        if rule.type in ("choice", "choices"):
            found[f"rule('{key}')"] = rule.of
    return found


def _compared(source: str) -> Iterator[tuple[str, str]]:
    """What is compared with which text."""
    for node in ast.walk(ast.parse(source.strip(), mode="eval")):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            texts = [value for side in sides for value in _texts(side)]
            reads = [ast.unparse(side) for side in sides if isinstance(side, ast.Attribute | ast.Call)]
            yield from ((read, value) for read in reads for value in texts)


def _texts(side: ast.expr) -> list[str]:
    parts = side.elts if isinstance(side, ast.List | ast.Tuple) else [side]
    return [part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)]
