"""What a diagram may say: its actions, properties, functions, seed facts, and the ids that it must not use.

Data only. The engine runs by it, the upload check judges by it, and the editor offers what stands here.
"""

from __future__ import annotations

import keyword
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from app.engine.action_signature import Action, Kind, Parameter
from app.engine.dispute_actions import OF_DISPUTES
from app.floor.messages import LEVELS, Text


def _actions(*actions: Action) -> Mapping[str, Action]:
    return MappingProxyType({action.name: action for action in actions})


ACTIONS = _actions(
    Action(
        "notice.send",
        Text("发送通知", "Send a notice"),
        {"to": Parameter("text", from_timer=True), "kind": Parameter("text", from_timer=True)},
    ),
    Action(
        "holders.tell",
        Text("告知使用部门", "Tell those who hold a grant"),
        {"kind": Parameter("text"), "told_of": Parameter("list", required=False)},
    ),
    Action(
        "grant.create",
        Text("建立共享授权", "Create a grant"),
        {
            "items": Parameter("items"),
            "lost": Parameter("items", required=False),
            "purpose": Parameter("text"),
            "mode": Parameter("text", required=False),
            "conditions": Parameter("text", required=False),
            "own_conditions": Parameter("yes_no", required=False),
            "added_conditions": Parameter("any", required=False),
            "months": Parameter("number", required=False),
            "by_ladder": Parameter("yes_no", required=False),
            "agreed_text": Parameter("any", required=False),
            "stands": Parameter("yes_no", required=False),
        },
        {"number": "text", "items": "items", "mode": "any", "conditions": "any", "months": "any", "why": "any"},
        codes={"items": "items", "mode": "mode"},
    ),
    Action(
        "grant.settle",
        Text("对共享授权作出决定", "Decide on the grant under review"),
        {
            "kind": Parameter("text"),
            "items": Parameter("any", required=False),
            "reason": Parameter("any", required=False),
            "basis": Parameter("any", required=False),
            "conditions": Parameter("any", required=False),
            "months": Parameter("any", required=False),
            "mode": Parameter("any", required=False),
            "agreed_text": Parameter("any", required=False),
            "stands": Parameter("yes_no", required=False),
        },
        {"number": "text", "state": "text", "items": "items", "taken": "items", "why": "any"},
        codes={"items": "items", "taken": "items"},
    ),
    Action(
        "grant.dispute",
        Text("按争议结果变更授权", "Let a grant follow the result of a dispute about it"),
        {
            "grant": Parameter("any"),
            "kind": Parameter("text"),
            "decision": Parameter("text"),
            "items": Parameter("any"),
            "conditions": Parameter("any"),
            "months": Parameter("any"),
            "mode": Parameter("any"),
            "unconditioned": Parameter("any", required=False),
            "agreed_text": Parameter("any", required=False),
            "stands": Parameter("yes_no", required=False),
        },
        {"number": "text", "state": "text", "items": "items", "conditions": "any", "until": "any", "why": "any"},
        codes={"items": "items", "until": "date"},
    ),
    Action(
        "grant.award",
        Text("按争议结果建立授权", "Make the grant that a dispute about a refusal comes to"),
        {
            "refused": Parameter("any"),
            "purpose": Parameter("any"),
            "decision": Parameter("text"),
            "items": Parameter("any"),
            "conditions": Parameter("any", required=False),
            "months": Parameter("any", required=False),
            "mode": Parameter("any", required=False),
            "agreed_text": Parameter("any", required=False),
            "stands": Parameter("yes_no", required=False),
        },
        {"number": "any", "items": "any", "conditions": "any", "until": "any", "refused": "any", "why": "any"},
        codes={"items": "items", "until": "date"},
    ),
    Action(
        "letter.issue",
        Text("出具文书", "Issue a letter"),
        {"template": Parameter("text"), "to": Parameter("text")},
        {"number": "text"},
    ),
    Action(
        "catalogue.apply",
        Text("发布目录变更", "Publish the changes of the catalogue"),
        {
            "changes": Parameter("list"),
            "owner": Parameter("text", required=False),
            "publish": Parameter("yes_no", required=False),
        },
        {"versions": "list", "changed": "list", "opened": "list", "closed": "list", "first": "text"},
    ),
    Action(
        "transfer.prepare",
        Text("核对移交事项", "Say what is to be transferred, and to whom"),
        {"changes": Parameter("list")},
        {"to": "any", "resources": "list", "judged": "yes_no"},
        codes={"to": "department"},
    ),
    Action(
        "responsibility.publish",
        Text("发布责任清单新版", "Publish an edition of the responsibility list"),
        {"changes": Parameter("list")},
        {"edition": "number"},
    ),
    Action(
        "catalogue.publish",
        Text("发布目录条目", "Publish an entry of the catalogue"),
        {"entry": Parameter("text")},
        {"version": "number", "changes": "list", "changed": "list", "opened": "list", "closed": "list"},
    ),
    Action(
        "resource.take",
        Text("确定办件的信息资源", "Make an entry what the case is about"),
        {"entry": Parameter("text"), "items": Parameter("items", required=False)},
        {"entry": "text", "version": "number"},
    ),
    Action(
        "outbox.push",
        Text("推送上级平台", "Push upstream"),
        {
            "target": Parameter("text"),
            "what": Parameter("text"),
            "open_entries": Parameter("list", required=False),
            "shut_entries": Parameter("list", required=False),
            "published_entries": Parameter("list", required=False),
        },
    ),
    Action(
        "clock.extend",
        Text("延长时限", "Extend a deadline"),
        {"rule": Parameter("text"), "days": Parameter("number"), "reason": Parameter("text", required=False)},
    ),
    Action(
        "items.rest",
        Text("列出其余信息项", "List the items that are left"),
        {"asked": Parameter("items"), "given": Parameter("items")},
        {"items": "items", "count": "number"},
        codes={"items": "items"},
    ),
    *OF_DISPUTES,
)


@dataclass(frozen=True, slots=True)
class Property:
    """A `spiffworkflow:property` and the elements (by their BPMN names) that may carry it."""

    title: Text
    on: tuple[str, ...]


PROPERTIES: Mapping[str, Property] = MappingProxyType(
    {
        "lane": Property(Text("角色", "Lane"), ("userTask",)),
        "lane.*": Property(Text("被调用流程中的角色", "Lane of the called process"), ("callActivity",)),
        "outcome": Property(Text("办结结果", "Outcome"), ("endEvent",)),
    }
)
"""`lane.*` stands for `lane.<name of a lane in the called process>`."""


@dataclass(frozen=True, slots=True)
class Function:
    """A function of the expression language. With `constant` its arguments are written out in the drawing, so that a
    check can find each of them; `choices` are all that they may be."""

    arguments: tuple[Kind, ...]
    result: Kind
    constant: bool = True
    choices: tuple[str, ...] = ()


EXPRESSION_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {
        "rule": Function(("text",), "any"),
        "answered": Function(("text",), "yes_no"),
        "involves": Function(("text",), "yes_no", choices=(*LEVELS, "bureau")),
        "len": Function(("any",), "number", constant=False),
    }
)
TIMER_FUNCTIONS: Mapping[str, Function] = MappingProxyType(
    {"deadline": Function(("text",), "moment"), "before_deadline": Function(("text",), "moment")}
)
FUNCTIONS: Mapping[str, Function] = MappingProxyType({**EXPRESSION_FUNCTIONS, **TIMER_FUNCTIONS})

SEED_FACTS = ("application", "resource", "applicant", "provider")
"""The facts that every case begins with."""

RAISES = "ladder.raise"
"""The action that puts the next body of the ladder in charge."""
PREPARES = "dispute.prepare"
"""The action that puts down what a dispute is about."""
SETTLES = "dispute.settle"
"""The action that puts down what it has come to."""
NOTES_RECUSAL = "recusal.note"
"""The action that puts down which body is asked for its decision beside another one."""

GIVEN_FACTS: Mapping[str, str] = MappingProxyType({"dispute_case": "dispute.prepare"})
"""Facts that a calling procedure may have left: element id → the action that makes it. A called diagram may ask for
them with `answered(…)` although it has no such element itself."""

PARAMETERS = frozenset(name for action in ACTIONS.values() for name in action.parameters)
RESERVED_ENDINGS = (".EndJoin", ".BoundaryEventSplit", ".BoundaryEventJoin")
NAMES = frozenset(
    {"Start", "End", "Root", "StartEventSplit", "StartEventJoin"}  # names that the engine gives to parts of its own
    | {"__proto__", "constructor", "prototype", "hasOwnProperty", "toString", "valueOf"}  # the editor keeps ids in maps
    | set(SEED_FACTS)
    | set(FUNCTIONS)
    | set(ACTIONS)
    | set(keyword.kwlist)  # a condition could not name it
)
RESERVED = NAMES | PARAMETERS


def is_reserved(name: str, passed: Collection[str] = PARAMETERS) -> bool:
    """Whether an element or a message must not be called so. The parser mixes up an element and a parameter of one id
    in one file: whoever knows which parameters a file passes says so, and the names of the others are free."""
    return name in NAMES or name in passed or name.endswith(RESERVED_ENDINGS) or name.startswith("_")
