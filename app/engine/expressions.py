"""The closed language of conditions, parameters and timers. Nothing of it is ever run as Python.

    provider_review.decision == 'refuse' and rule('refusal.carries') != 'reason'

An expression is read once, each of its parts is held against a list of what is allowed, and it becomes nested
closures. A dot or an index looks into a fact, never at a Python object. Only like is compared with like, `and`, `or`,
`not` and `if` take real yes/no values, and every value that arises is bounded.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from app.engine.action_signature import Kind
from app.engine.vocabulary import FUNCTIONS, Function
from app.floor.errors import ShuliuError
from app.floor.messages import Say, say

MAX_CHARACTERS, MAX_NODES, MAX_DEPTH = 500, 120, 16
MAX_TEXT, MAX_NUMBER, MAX_ITEMS = 10_000, 10**15, 1_000
NUMBERS, LISTS, HOLDERS = (int, float), (list, tuple), (list, tuple, Mapping)

Facts = Mapping[str, Any]
Functions = Mapping[str, Callable[..., Any]]
Step = Callable[[Facts, Functions], Any]


class ExpressionError(ShuliuError):
    """An expression that cannot be read or has no answer. `code` is stable: expression.empty, .syntax, .forbidden,
    .too-complex, .too-big, .unknown, .type."""

    status, code = 422, "expression"

    def __init__(self, code: str, detail: Say):
        super().__init__(detail, f"expression.{code}")


class _Varies:
    def __repr__(self) -> str:
        return "VARIES"


VARIES: Final = _Varies()
"""Stands in `Call.arguments` for an argument that is not written out."""


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Expression:
    """A checked expression. `names` are the facts that it reads, as far as they are written out
    (`provider_review.decision`); `type` is what its value will be, `any` where that shows only later."""

    source: str
    names: frozenset[str]
    calls: tuple[Call, ...]
    type: Kind
    _run: Step

    @property
    def roots(self) -> frozenset[str]:
        return frozenset(name.partition(".")[0] for name in self.names)

    @property
    def constant(self) -> bool:
        """Always the same, whatever the facts."""
        return not self.names and not self.calls

    def evaluate(self, facts: Facts, functions: Functions) -> Any:
        """The value over `facts` with the given functions. Raises ExpressionError, and what a function raises that is
        no ordinary error of a value."""
        try:
            return self._run(facts, functions)
        except (TypeError, ValueError, ArithmeticError, LookupError, RecursionError) as error:
            kind = type(error).__name__
            raise ExpressionError("type", say("The expression has no answer (%(kind)s).", kind=kind)) from error


@lru_cache(4096)
def compile_expression(source: str) -> Expression:
    """Read and check an expression; raises ExpressionError. Answers are remembered."""
    text = source.strip()
    if not text:
        raise ExpressionError("empty", say("The expression is empty."))
    if len(text) > MAX_CHARACTERS:
        raise ExpressionError(
            "too-complex", say("The expression is longer than %(limit)s characters.", limit=MAX_CHARACTERS)
        )
    if "\\" in text:
        raise ExpressionError("forbidden", say("A backslash is not allowed here."))
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        place = error.offset if isinstance(error, SyntaxError) and error.lineno == 1 else None
        if place is None:
            raise ExpressionError("syntax", say("The expression cannot be read.")) from None
        told = say("The expression cannot be read from character %(place)s on.", place=place)
        raise ExpressionError("syntax", told) from None
    reader = _Reader(text)
    kind, run = reader.read(tree.body, 1)
    return Expression(text, frozenset(reader.names), tuple(reader.calls), kind, run)


def evaluate(source: str, facts: Facts, functions: Functions) -> Any:
    """The value of an expression over `facts` with `functions`; raises ExpressionError."""
    return compile_expression(source).evaluate(facts, functions)


class _Reader:
    """Turns a parsed expression into closures, part by part, and notes what it reads and calls."""

    def __init__(self, text: str):
        self.text, self.nodes = text, 0
        self.names: set[str] = set()
        self.calls: list[Call] = []

    def read(self, node: ast.expr, depth: int) -> tuple[Kind, Step]:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise ExpressionError("too-complex", say("The expression is too complex."))
        deeper = depth + 1
        match node:
            case ast.Constant(value=value) if value is None or type(value) in (bool, int, float, str):
                constant = _bounded(value)
                return _kind(value), lambda facts, functions: constant
            case ast.Name() | ast.Attribute():
                return "any", self._path(node, deeper)
            case ast.Subscript(value=holder, slice=key):
                return "any", self._index(holder, key, deeper)
            case ast.BoolOp(op=op, values=values):
                return "yes_no", self._combine(isinstance(op, ast.And), values, deeper)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                asked = self._yes_no(operand, deeper)
                return "yes_no", lambda facts, functions: not asked(facts, functions)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._arithmetic(operator.sub, ast.Constant(0), operand, node, deeper)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in ARITHMETIC:
                return self._arithmetic(ARITHMETIC[type(op)], left, right, node, deeper)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return "yes_no", self._compare(left, op, right, node, deeper)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                return self._choice(test, body, orelse, deeper)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                items = [self.read(element, deeper)[1] for element in elements]
                return "list", lambda facts, functions: [item(facts, functions) for item in items]
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
                return self._call(name, FUNCTIONS[name], arguments, deeper)
        raise self._forbidden(node)

    def _path(self, node: ast.expr, depth: int) -> Step:
        """`name` or `name.part.part`; the whole path is noted at once."""
        keys: list[str] = []
        part = node
        while isinstance(part, ast.Attribute):
            keys.insert(0, part.attr)
            part = part.value
        if any(key.startswith("_") for key in keys) or len(keys) > MAX_DEPTH:
            raise self._forbidden(node)
        if not isinstance(part, ast.Name):
            _, holder = self.read(part, depth)
            return lambda facts, functions: _look(holder(facts, functions), keys)
        if part.id.startswith("_"):
            raise self._forbidden(node)
        keys.insert(0, part.id)
        self.names.add(".".join(keys))
        return lambda facts, functions: _look(facts, keys)

    def _index(self, holder: ast.expr, key: ast.expr, depth: int) -> Step:
        inside, index = self.read(holder, depth)[1], self.read(key, depth)[1]
        return lambda facts, functions: _item(inside(facts, functions), index(facts, functions))

    def _yes_no(self, node: ast.expr, depth: int) -> Step:
        kind, value = self.read(node, depth)
        if kind == "yes_no" and not isinstance(node, ast.Call):
            return value  # a yes or a no, whatever the facts
        if kind not in ("yes_no", "any"):
            raise ExpressionError("type", say("Yes or no is needed here, not %(part)s.", part=self._segment(node)))
        return lambda facts, functions: _boolean(value(facts, functions))

    def _combine(self, every: bool, values: list[ast.expr], depth: int) -> Step:
        parts = [self._yes_no(value, depth) for value in values]
        settled = not every

        def combined(facts: Facts, functions: Functions) -> bool:
            for part in parts:
                if part(facts, functions) is settled:
                    return not every
            return every

        return combined

    def _arithmetic(
        self, reckon: Callable[[Any, Any], Any], left: ast.expr, right: ast.expr, node: ast.expr, depth: int
    ) -> tuple[Kind, Step]:
        (one, first), (other, second) = self.read(left, depth), self.read(right, depth)
        joins = reckon is operator.add and {one, other} <= {"text", "any"}
        if not joins and not {one, other} <= {"number", "any"}:
            raise ExpressionError("type", say("%(part)s: only numbers can be reckoned with.", part=self._segment(node)))
        kind: Kind = "any" if joins and "text" not in (one, other) else "text" if joins else "number"
        return kind, lambda facts, functions: _reckon(reckon, first(facts, functions), second(facts, functions))

    def _compare(self, left: ast.expr, op: ast.cmpop, right: ast.expr, node: ast.expr, depth: int) -> Step:
        (one, first), (other, second) = self.read(left, depth), self.read(right, depth)
        if isinstance(op, ast.Is | ast.IsNot):
            if other != "nothing":
                raise self._forbidden(node)
            wanted = isinstance(op, ast.Is)
            return lambda facts, functions: (first(facts, functions) is None) is wanted
        if not _comparable(one, op, other):
            raise ExpressionError("type", say("%(part)s compares unlike things.", part=self._segment(node)))
        compare = COMPARISONS[type(op)]
        return lambda facts, functions: compare(first(facts, functions), second(facts, functions))

    def _choice(self, test: ast.expr, body: ast.expr, orelse: ast.expr, depth: int) -> tuple[Kind, Step]:
        asked = self._yes_no(test, depth)
        (one, yes), (other, no) = self.read(body, depth), self.read(orelse, depth)
        kind: Kind = one if one == other else "any"
        return kind, lambda facts, functions: (yes if asked(facts, functions) else no)(facts, functions)

    def _call(self, name: str, function: Function, arguments: list[ast.expr], depth: int) -> tuple[Kind, Step]:
        given = [self.read(argument, depth) for argument in arguments]
        constants = tuple(a.value if isinstance(a, ast.Constant) else VARIES for a in arguments)
        fits = len(given) == len(function.arguments) and all(
            wanted == "any" or kind == wanted or (kind == "any" and not function.constant)
            for wanted, (kind, _) in zip(function.arguments, given, strict=True)
        )
        if not fits or (function.constant and VARIES in constants):
            raise ExpressionError("type", say("%(name)s() is not given what it takes.", name=name))
        if function.choices and not set(constants) <= set(function.choices):
            choices = ", ".join(function.choices)
            raise ExpressionError("unknown", say("%(name)s() takes one of %(choices)s.", name=name, choices=choices))
        self.calls.append(Call(name, constants))
        steps = [step for _, step in given]

        def call(facts: Facts, functions: Functions) -> Any:
            if name not in functions:
                raise ExpressionError("unknown", say("%(name)s() cannot be used here.", name=name))
            return _bounded(functions[name](*[step(facts, functions) for step in steps]))

        return function.result, call

    def _segment(self, node: ast.expr) -> str:
        return _clip(ast.get_source_segment(self.text, node) or self.text)

    def _forbidden(self, node: ast.expr) -> ExpressionError:
        return ExpressionError("forbidden", say('"%(part)s" is not allowed here.', part=self._segment(node)))


def _clip(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _kind(value: Any) -> Kind:
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes_no"
    if isinstance(value, str):
        return "text"
    if isinstance(value, NUMBERS):
        return "number"
    return "list" if isinstance(value, LISTS) else "any"


def _comparable(one: Kind, op: ast.cmpop, other: Kind) -> bool:
    """What can be said before the values are known."""
    if isinstance(op, ast.In | ast.NotIn):
        return other in ("list", "any") or (other == "text" and one in ("text", "any"))
    if isinstance(op, ast.Eq | ast.NotEq):
        return one == other or bool({"any", "nothing"} & {one, other})
    return {one, other} in ({"text"}, {"number"}, {"any"}, {"text", "any"}, {"number", "any"})


def _boolean(value: Any) -> bool:
    if value is True or value is False:
        return bool(value)
    raise ExpressionError("type", say("Yes or no is needed here, not %(value)s.", value=_clip(repr(value))))


def _bounded(value: Any) -> Any:
    if isinstance(value, str):
        too_long = len(value) > MAX_TEXT
    elif isinstance(value, NUMBERS):
        if not abs(value) <= MAX_NUMBER:
            raise ExpressionError("too-big", say("The number is too big."))
        too_long = False
    else:
        too_long = isinstance(value, HOLDERS) and len(value) > MAX_ITEMS
    if too_long:
        raise ExpressionError("too-big", say("The value is too long."))
    return value


def _look(holder: Any, keys: list[str]) -> Any:
    for key in keys:
        holder = _item(holder, key)
    return holder


def _item(holder: Any, key: Any) -> Any:
    try:
        if (type(holder) is dict or isinstance(holder, Mapping)) and isinstance(key, str):  # asking for a kind is slow
            return holder[key]
        if isinstance(holder, LISTS) and type(key) is int:
            return holder[key]
    except LookupError:
        pass
    raise ExpressionError("unknown", say('There is no "%(key)s" here.', key=_clip(str(key))))


def _reckon(reckon: Callable[[Any, Any], Any], left: Any, right: Any) -> Any:
    kinds = _kind(left), _kind(right)
    if kinds == ("number", "number") or (reckon is operator.add and kinds == ("text", "text")):
        return _bounded(reckon(_bounded(left), _bounded(right)))
    raise ExpressionError("type", say("Only numbers can be reckoned with, and only texts joined."))


def _unlike(left: Any, right: Any) -> ExpressionError:
    shown = _clip(repr(left)), _clip(repr(right))
    return ExpressionError("type", say("%(left)s and %(right)s cannot be compared.", left=shown[0], right=shown[1]))


def _equal(left: Any, right: Any) -> bool:
    if left is None or right is None:
        return left is right
    one, other = _kind(left), _kind(right)
    if one != other or one == "any":
        raise _unlike(left, right)
    if one == "list":
        _bounded(left), _bounded(right)
        return len(left) == len(right) and all(_equal(a, b) for a, b in zip(left, right, strict=True))
    return bool(left == right)


def _contains(value: Any, holder: Any) -> bool:
    _bounded(holder)
    if isinstance(holder, LISTS):
        return any(_equal(value, item) for item in holder)
    if isinstance(value, str) and isinstance(holder, str):
        return value in holder
    raise _unlike(value, holder)


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def ordered(left: Any, right: Any) -> bool:
        kind = _kind(left)
        if kind not in ("number", "text") or kind != _kind(right):
            raise _unlike(left, right)
        return compare(left, right)

    return ordered


ARITHMETIC: Mapping[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
}
COMPARISONS: Mapping[type, Callable[[Any, Any], bool]] = {
    ast.Eq: _equal,
    ast.NotEq: lambda left, right: not _equal(left, right),
    ast.Lt: _ordered(operator.lt),
    ast.LtE: _ordered(operator.le),
    ast.Gt: _ordered(operator.gt),
    ast.GtE: _ordered(operator.ge),
    ast.In: _contains,
    ast.NotIn: lambda value, holder: not _contains(value, holder),
}


def read_timer(source: str) -> tuple[str, str]:
    """The rule and the kind of a timer: exactly `deadline('rule')` or `before_deadline('rule')`."""
    expression = compile_expression(source)
    if expression.type != "moment" or len(expression.calls) != 1:
        raise ExpressionError("type", say("A timer is deadline('rule') or before_deadline('rule')."))
    [call] = expression.calls
    return str(call.arguments[0]), call.function
