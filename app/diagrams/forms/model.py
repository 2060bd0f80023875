"""What a forms file says, as values: who starts a procedure, what each step asks, which rule keys it reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from app.floor.messages import Text
from app.rules.pack import RuleKey

BUILT_IN_LANES = ("applicant", "provider", "claimant", "respondent", "bureau", "ladder", "external")
"""Lanes that every case can resolve. `<lane>_head` is always the head of that lane's department."""

BOUND_LANES = ("claimant", "respondent")
"""Of these, the ones that a caller binds. Where nobody calls, the forms file says who they are."""

FIELD_TYPES = (
    "text",
    "longtext",
    "choice",
    "choices",
    "boolean",
    "integer",
    "date",
    "department",
    "resource",
    "resources",
    "items",
    "changes",
    "basis",
    "points",
    "item_reasons",
)
LONGEST = {"text": 200, "longtext": 4000}
PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_.]*)\}")
"""What stands in the braces of a letter: a fact or its field, `lanes.<lane>`, `rule.<key>` for a text of the
regulation, or one of LETTER_WORDS."""
LETTER_WORDS = (
    "letter.case",
    "letter.issued_on",
    "letter.issuer",
    "letter.verb",
    "letter.regulation",
    "letter.article",
    "letter.received_on",
    "letter.due_on",
    "letter.refused",
)
"""What a letter knows of itself: the number of its case, its day, who issues it and what that body of a ladder does,
the regulation and the articles that it is written under, the day on which the case was received, the day on which the
period ends, and the reasons and basis of what was refused or taken back in the case; a paragraph that names those is
left out where nothing was."""
SYSTEM_SENDER = "system"
"""Issues what no body has decided."""
MANY = ("choices", "resources", "items", "changes", "item_reasons", "points")
"""The types whose answer is a list."""


@dataclass(frozen=True)
class Option:
    value: str
    title: Text
    when: str | None = None
    on_pages: bool = True
    """False: taken from programs, and no page offers it."""


@dataclass(frozen=True)
class Field:
    """One question. `required` and `shown` may be expressions; `options_from` is a rule key of type choices that
    leaves only some of the options, or supplies them. Of a boolean the options are the words of yes and no."""

    key: str
    type: str
    title: Text
    required: bool | str = False
    shown: str | None = None
    help: Text | None = None
    max: int | None = None
    min: int | None = None
    options: tuple[Option, ...] = ()
    options_from: str | None = None
    default: Any = None
    group: str | None = None
    """Fields of one group are sent together: `wanted_fields` of the group `wanted` as `{wanted: {fields}}`."""
    of: tuple[str, ...] = ()
    """Of type changes: what a row may do; without it all that a row can."""

    @property
    def name(self) -> str:
        """Its name within its group."""
        return self.key.removeprefix(f"{self.group}_") if self.group else self.key

    def yes_or_no(self, value: bool, holds: Callable[[str], bool]) -> Text | None:
        """What a yes or a no to this question means, where the form says it in words of its own."""
        code = "true" if value else "false"
        said = (one.title for one in self.options if one.value == code and (one.when is None or holds(one.when)))
        return next(said, None)

    def option_title(self, value: str, holds: Callable[[str], Any]) -> Text | None:
        """What an option is called here: of several of one value the first whose `when` holds, else the first."""
        own = [one for one in self.options if one.value == value]
        said = (one.title for one in own if one.when is None or holds(one.when) is True)
        return next(said, own[0].title if own else None)

    def words_differ(self, value: Any) -> bool:
        """Whether what that value is called depends on how a case stands."""
        code = str(value).lower() if isinstance(value, bool) else value
        return self.type in ("boolean", "choice") and sum(one.value == code for one in self.options) > 1

    def neutral_title(self, value: Any) -> Text | None:
        """What it is called however a case stands."""
        code = str(value).lower() if isinstance(value, bool) else value
        return next((one.title for one in self.options if one.value == code and one.when is None), None)

    begins: str | None = None
    """An expression for what stands in the field of a page before anybody has written there."""
    among: str | None = None
    """Of type items: an expression for those that can be named here."""
    apart_from: str | None = None
    """Of type item_reasons: the field of items that are none of its own, because they are not refused."""


@dataclass(frozen=True)
class FormCheck:
    """What must not be: when the expression is true, the sentence stands at the field."""

    when: str
    field: str
    say: Text


@dataclass(frozen=True)
class Paragraph:
    """A part of a letter, said where `when` holds as the letter is issued. Its texts have {placeholders}."""

    text: Text
    when: str | None = None
    alone: bool = False
    """Of a preview: where this is said, nothing else is."""

    @cached_property
    def names(self) -> frozenset[str]:
        """All that stands in the braces, in either language, but the words of the regulation."""
        named = PLACEHOLDER.findall(self.text.zh) + PLACEHOLDER.findall(self.text.en)
        return frozenset(name for name in named if not name.startswith("word."))


@dataclass(frozen=True)
class Form:
    """The questions of one step. `key` is the element id; the start form answers under `application`."""

    key: str
    title: Text
    fields: tuple[Field, ...] = ()
    checks: tuple[FormCheck, ...] = ()
    help: Text | None = None
    preview: tuple[Paragraph, ...] = ()
    """What the answer will do, said before it is sent."""
    foresees: tuple[str, ...] = ()
    """Service tasks whose facts the preview names as the answer would make them."""

    def field(self, key: str) -> Field | None:
        return next((one for one in self.fields if one.key == key), None)


@dataclass(frozen=True)
class TaskForm(Form):
    """A user task's form, and its rules: the task shows the first of them whose clock runs."""

    rules: tuple[str, ...] = ()
    adverse: str | None = None
    """When the answer is adverse to whoever asked: it then carries what a refusal carries."""
    by_current_entry: bool = False
    """The entry that the case is about is read anew as the task is answered: the law of that day counts."""
    owed_by_holder: bool = False
    """Whoever holds the entry owes this step, also where a transfer has made it the one who asked."""
    second_to: tuple[str, ...] = ()
    """Steps that this one checks: whoever has done one of them does not do it, where both are of one department."""
    resumes: bool = False
    """Where a case comes back to the task, its page begins with the answer of the last time."""


@dataclass(frozen=True)
class SideAction(Form):
    """A message that a person may send on an open task. Without `on`: on every task inside; without `lane`: by whoever
    may answer the task; without `offered`: always."""

    on: tuple[str, ...] = ()
    lane: str | None = None
    offered: str | None = None


@dataclass(frozen=True)
class Lane:
    """The title of a lane; `department` is an expression for its department code, for lanes that are not built in or
    bound by a caller."""

    title: Text
    department: str | None = None


@dataclass(frozen=True)
class Sender:
    """A lane whose department issues a letter, where `when` holds as it is issued."""

    lane: str
    when: str | None = None


@dataclass(frozen=True)
class Cited:
    """A rule key whose articles a letter cites, where `when` holds."""

    rule: str
    when: str | None = None


@dataclass(frozen=True)
class Addressee:
    """The fact that names whom a letter is written to, where `when` holds."""

    fact: str
    when: str | None = None


@dataclass(frozen=True)
class LetterTemplate:
    """A template of letter.issue. Of several titles and senders the first counts whose condition holds."""

    titles: tuple[Paragraph, ...]
    paragraphs: tuple[Paragraph, ...] = ()
    senders: tuple[Sender, ...] = ()
    """Without one: whoever brings it about."""
    cites: tuple[Cited, ...] = ()
    clock: str | None = None
    """The rule key of the period within which it is to be issued."""
    signed_with: str | None = None
    """The lane of a second department that has signed what the letter carries."""
    addressees: tuple[Addressee, ...] = ()
    """Whom it is written to, where that is a body without an account, told by a fact; else whoever it is issued to."""

    @property
    def title(self) -> Text:
        """What such letters are called where no case is known."""
        return self.titles[-1].text

    @property
    def conditions(self) -> tuple[str, ...]:
        """All that is asked as it is issued."""
        asked: tuple[Paragraph | Sender | Cited | Addressee, ...]
        asked = (*self.titles, *self.senders, *self.cites, *self.addressees, *self.paragraphs)
        return tuple(one.when for one in asked if one.when is not None)

    @cached_property
    def names(self) -> frozenset[str]:
        """All that stands in its braces."""
        return frozenset(one.fact for one in self.addressees).union(*(one.names for one in self.paragraphs))


@dataclass(frozen=True)
class Forms:
    """Everything that a procedure's forms file says."""

    procedure: str
    title: Text
    number_code: str | None
    startable: bool
    starters: tuple[str, ...]
    about: str
    start: Form
    lanes: Mapping[str, Lane] = field(default_factory=dict)
    rules: Mapping[str, RuleKey] = field(default_factory=dict)
    tasks: Mapping[str, TaskForm] = field(default_factory=dict)
    actions: Mapping[str, SideAction] = field(default_factory=dict)
    outcomes: Mapping[str, Text] = field(default_factory=dict)
    notices: Mapping[str, Text] = field(default_factory=dict)
    letters: Mapping[str, LetterTemplate] = field(default_factory=dict)
    duty: str | None = None
    """The lane whose department owes the whole case: it cannot take it back; its bureau may annul it."""
    begins: Text | None = None
    """What its beginning is called, where nothing is received: a dispute is raised."""

    @property
    def received(self) -> bool:
        """Whether a case comes from somebody who asks for something; a duty of one's own, or a review, is begun."""
        return self.duty != "applicant" and bool({"department", "public"} & set(self.starters))

    @property
    def arrives(self) -> bool:
        """Whether the case begins with the receipt of what is asked for."""
        return self.received and self.begins is None

    def all_forms(self) -> tuple[Form, ...]:
        return (self.start, *self.tasks.values(), *self.actions.values())
