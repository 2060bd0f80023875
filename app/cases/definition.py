"""What the diagrams of a case declare, indexed once for each bundle: forms by element, rule keys, and which event
starts, meets, pauses or resumes which clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

from app.diagrams.forms import Field, Forms, Lane, TaskForm, ordering_event, parse_event
from app.engine.bundle import Bundle
from app.engine.vocabulary import ACTIONS
from app.floor.errors import NotFound
from app.floor.messages import Text, say
from app.rules.pack import RuleKey

Effect = Literal["start", "order", "bind", "meet", "suspend", "resume"]
BESIDE: Mapping[str, Text] = {
    "annulled": Text("已撤销", "Annulled"),
    "moot": Text("双方已为同一部门，不再处理", "Its two sides have become one department"),
}
"""How a case may end beside its drawing."""

_ELSEWHERE: Mapping[str, str] = {"bureau": "bureau", "body": "ladder"}
"""The lanes of departments that are no department like others, by their kind."""
Event = tuple[str, str]
"""('case', ''), ('field', name), ('opens' | 'done' | 'cancelled' | 'action' | 'message', element)."""


@dataclass(frozen=True)
class Trigger:
    """An event of the case has an effect on a clock, if `when` (an expression over the facts) holds."""

    key: str
    effect: Effect
    when: str | None = None
    ground: str | None = None


class Definition:
    """A bundle with its forms. Made once for each bundle in a process; never changed."""

    def __init__(self, bundle: Bundle, stored_as: str, version: str, forms: Mapping[str, Forms]):
        self.bundle, self.stored_as, self.version, self.forms = bundle, stored_as, version, dict(forms)
        self.process = bundle.process_id
        self.top = self.forms[self.process]
        self.rules: dict[str, RuleKey] = {key: rule for one in self.forms.values() for key, rule in one.rules.items()}
        self.tasks: dict[str, tuple[str, TaskForm]] = {
            element: (name, task) for name, one in self.forms.items() for element, task in one.tasks.items()
        }

    def task(self, element: str) -> TaskForm:
        if element not in self.tasks:
            raise NotFound(say("There is no step %(element)s in this procedure.", element=element))
        return self.tasks[element][1]

    def lane(self, process: str, name: str) -> Lane | None:
        """The lane as the case's own procedure calls it: a called one is walked through in the lanes of its caller."""
        names = (name, name.removesuffix("_head"))
        forms = [one for one in (self.top, self.forms.get(process)) if one is not None]
        return next((one.lanes[lane] for one in forms for lane in names if lane in one.lanes), None)

    def lane_title(self, process: str, name: str, kind: str | None = None) -> Text:
        """What a lane is called. Where its department follows from the case, the bureau and the bodies of a ladder are
        called what they are everywhere. `kind`: that of the department that sits in it."""
        declared = self.lane(process, name)
        known = self.top.lanes.get(_ELSEWHERE.get(kind or "", "")) if declared and declared.department else None
        found = known or declared
        return found.title if found else Text(name, name)

    def action(self, process: str, name: str) -> Any | None:
        """The form of a message action: of the task's own process, else of the procedure that called it."""
        return self.forms[process].actions.get(name) or self.top.actions.get(name)

    @cached_property
    def triggers(self) -> dict[Event, list[Trigger]]:
        found: dict[Event, list[Trigger]] = {}

        def on(text: str, key: str, effect: Effect, ground: str | None = None) -> None:
            event = parse_event(text)
            found.setdefault((event.kind, event.element), []).append(Trigger(key, effect, event.when, ground))

        for key, rule in self.rules.items():
            if rule.due_on is not None:
                on(ordering_event(rule.due_on), key, "order")
            for text in rule.starts_on:
                on(text, key, "start")
            for text in rule.pending_until:
                on(text, key, "bind")
            for text in rule.met_by:
                on(text, key, "meet")
            for ground, span in rule.pauses.items():
                on(span["from"], key, "suspend", ground)
                on(span["to"], key, "resume", ground)
        for element in self.tasks:
            for key in filter(self.own_clock, self.rules_of(element)):
                on(f"opens:{element}", key, "start")
                on(f"done:{element}", key, "meet")
        return found

    @cached_property
    def named_fields(self) -> dict[str, Field]:
        """The field behind each name that a letter can have in its braces, as far as forms and actions tell it."""
        found = {f"application.{one.key}": one for one in self.top.start.fields}
        found |= {f"{key}.{one.key}": one for key, (_, form) in self.tasks.items() for one in form.fields}
        found["resource.lost"] = Field("lost", "items", Text("", ""))
        for action in ACTIONS.values():
            for element in self.bundle.elements_with(action.name):
                found |= {f"{element}.{name}": Field(name, kind, Text("", "")) for name, kind in action.codes.items()}
        return found

    def outcome(self, code: str | None) -> Text | None:
        """What an outcome is called: the procedure's word, or that of an end which no drawing has."""
        return self.top.outcomes.get(code or "") or BESIDE.get(code or "")

    def rules_of(self, element: str) -> tuple[str, ...]:
        """The rules that govern a step: those that name it themselves (a caller's, for a step of what it calls), then
        those of its form."""
        naming = tuple(key for key, rule in self.rules.items() if element in rule.governs)
        return (*naming, *(self.tasks[element][1].rules if element in self.tasks else ()))

    def own_clock(self, key: str) -> bool:
        """A clock that belongs to the tasks that name it: it starts with the task and falls with it."""
        return not self.rules[key].starts_on
