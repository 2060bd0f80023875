"""A regulation as frozen values: what it says, from which article, since when. Numbers that it does not give are
internal targets, and have a type of their own. Nothing is read from files here (load.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Literal

from app.deadlines.counting import Conventions
from app.floor.errors import NotFound
from app.floor.messages import Say, Terms, Text, say
from app.rules.durations import InternalTarget, OrderedDate, StatutoryTerm
from app.rules.grounds import Ground
from app.rules.own_rules import OwnRules

Kind = Literal["statutory", "internal", "convention"]
KINDS: tuple[Kind, ...] = ("statutory", "internal", "convention")
RULE_TYPES = ("days", "months", "ordered", "number", "switch", "choice", "choices", "text", "ladder")
PERIODS = ("days", "months")
"""The types that are counted: a regulation gives their number, or the pack gives an internal target with a reason."""
CLOCKS = (*PERIODS, "ordered")
"""The types that run as clocks; the end of an ordered one is a date that a body names in the case."""
VERBS = ("coordinate", "judge", "verify", "decide")
BUREAU, LOCAL_AUTHORITY = "bureau", "local_authority"
LONGEST = {"days": 999, "months": 600, "number": 1_000_000, "text": 4_000}

RANKS = (
    "normative_document", "law", "administrative_regulation", "local_regulation", "department_rule", "government_rule",
)  # fmt: skip
"""What kind of text a regulation is; 法定 is said of all but the first, which is no law (PROCEDURES)."""

FIRST_DAY, LAST_DAY = date(1949, 10, 1), date(2199, 12, 31)
"""Between them a rule may begin or end."""

Evaluate = Callable[[str], bool]


@dataclass(frozen=True)
class RuleKey:
    """A question that a procedure asks of every regulation. Declared by the procedure's forms, never by Python.

    A period without `starts_on` belongs to the tasks that name it: it begins and ends with them."""

    key: str
    type: str
    title: Text
    of: tuple[str, ...] = ()
    starts_on: tuple[str, ...] = ()
    met_by: tuple[str, ...] = ()
    restarts: bool = False
    pauses: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    extended_by: Mapping[str, str] | None = None
    pending_until: tuple[str, ...] = ()
    """Until one of these events nobody owes it, although it is counted from its start."""
    governs: tuple[str, ...] = ()
    """Steps of called procedures that stand under this clock, too."""
    owed_by: str | None = None
    """The lane that owes it before a step under it has opened."""
    names: Mapping[str, Text] = field(default_factory=dict)
    """What the codes of `of` are called, where the declaration says it."""
    due_on: str | None = None
    """Of an ordered date: the step whose answer names it, and the field, `order.limit_on`."""
    stricter: str = ""
    """One of levels.STRICTER; empty: the first of its type."""


Declared = Mapping[str, Mapping[str, RuleKey]]
"""The keys that each diagram (process id) declares."""


@dataclass(frozen=True)
class LadderStep:
    """One body on the way up, and what it does there (its verb)."""

    body: str
    verb: str
    only_if: str | None = None
    article: tuple[str, ...] = ()
    note: Text | None = None


@dataclass(frozen=True)
class Superior:
    """A text that stands above the regulations of several jurisdictions, as far as an answer has to cite it."""

    code: str
    title: Text
    document: str | None
    rank: str


Value = int | str | Text | tuple[str, ...] | tuple[LadderStep, ...] | None
"""Switches are `bool`. None only where the value depends on the case and has not been resolved."""


@dataclass(frozen=True)
class RuleValue:
    """One answer of a regulation, with its source and the days on which it holds (both ends belong to them).

    With `cases` it depends on the resource and the application: `resolve` picks the one that fits. `early` says that
    the day asked for lies before the first day of this, the earliest, answer.

    `above` is the superior text that gives the value; without it, it is the jurisdiction's own. `other` is what the
    other of the two levels says: it is shown, and counts for nothing, because this one binds more strictly."""

    key: str
    type: str
    kind: Kind
    value: Value = None
    reason: str | None = None
    article: tuple[str, ...] = ()
    note: Text | None = None
    source: str | None = None
    law: str | None = None  # the other act that the answer comes from
    effective_from: date | None = None
    effective_until: date | None = None
    applies_to_open: bool = False
    remind: int | None = None
    when: str | None = None
    cases: tuple[RuleValue, ...] = ()
    early: bool = False
    above: Superior | None = None
    other: RuleValue | None = None

    @property
    def levels(self) -> tuple[RuleValue, ...]:
        """The answers of both levels, the jurisdiction's own first."""
        both = (self, self.other) if self.other is not None else (self,)
        return tuple(sorted(both, key=lambda one: one.above is not None))

    @property
    def term(self) -> StatutoryTerm | InternalTarget | OrderedDate:
        """The period as one of types that cannot be taken for each other."""
        if self.type == "ordered":
            return OrderedDate()
        if self.type not in PERIODS or not isinstance(self.value, int):
            raise TypeError(f"{self.key} is not a period, or was not resolved")
        if self.kind == "statutory":
            return StatutoryTerm(self.value, self.article, self.type)
        return InternalTarget(self.value, self.reason or "", self.type)

    @property
    def plain(self) -> Any:
        """The value as expressions and JSON take it: a ladder is the list of its bodies, a text `{zh, en}`."""
        if isinstance(self.value, Text):
            return {"zh": self.value.zh, "en": self.value.en}
        if isinstance(self.value, tuple):
            return [one.body if isinstance(one, LadderStep) else one for one in self.value]
        return self.value


@dataclass(frozen=True)
class Regulation:
    """The text behind a pack. `from_on` is None where this copy does not say when it began; `reason` then says why."""

    title: Text
    from_on: date | None
    until: date | None
    article: tuple[str, ...]
    reason: str | None = None
    document: str | None = None
    note: Text | None = None
    rank: str = RANKS[0]


@dataclass(frozen=True)
class Body:
    """A department that the regulation itself names: its bureau, or a body further up a ladder."""

    department: str
    title: Text
    level: str
    article: tuple[str, ...] = ()
    note: Text | None = None
    area: str = ""
    """Of an authority: the part of the jurisdiction whose departments are its own."""
    by_letter: bool = False
    """It has no account here: what goes to it goes as a letter, and its answer is recorded."""


LOCAL_TITLE = Text("双方所在地的同级主管部门", "The authority of the parties' own area")


@dataclass(frozen=True)
class Further:
    """What the regulation says beyond the procedures that ship: kept and cited, read by no diagram yet."""

    key: str
    value: Any
    kind: Kind | None = None
    reason: str | None = None
    article: tuple[str, ...] = ()
    note: Text | None = None


@dataclass(frozen=True)
class Slip:
    """An oddity of the source text that a reader must know of."""

    article: tuple[str, ...]
    note: Text


@dataclass(frozen=True)
class Pack:
    """One regulation, checked. `rules` holds the periods of each key from the oldest on, without overlap or gap."""

    jurisdiction: str
    title: Text
    number_code: str
    level: str
    regulation: Regulation
    bureau: Body
    bodies: Mapping[str, Body]
    authorities: tuple[Body, ...]
    """The bureaus of parts of the jurisdiction, where the regulation leaves them their own matters."""
    conventions: Conventions
    grounds: Mapping[str, Ground]
    procedures: Mapping[str, str]
    rules: Mapping[str, tuple[RuleValue, ...]]
    further: Mapping[str, Further]
    slips: tuple[Slip, ...]
    keys: Mapping[str, RuleKey]
    hash: str
    """Of the file's text."""
    awaits_local: Text | None = None
    """Why local notices of days off are awaited there; None where they are not."""
    terms: Terms = field(default_factory=dict)
    """What it calls the things that all regulations know; whole, with the general words."""
    superior: tuple[str, ...] | None = None
    """The codes of the texts that stand above it; None: every one that is loaded."""
    own_rules: OwnRules | None = None
    """Which titles are a department's own rules that bear no refusal; None where the text does not speak of them."""

    def value(self, key: str, on: date | None) -> RuleValue:
        """The answer in force on that day, else the first one, marked early. Without a day: the newest."""
        return in_force_on(periods_of(self.rules, key), on)

    def in_force(self, on: date) -> bool:
        begun = self.regulation.from_on is None or self.regulation.from_on <= on
        return begun and (self.regulation.until is None or on <= self.regulation.until)

    def body(self, code: str) -> Body:
        """The body of a ladder step; `bureau` is the bureau, or the authority of a part of the jurisdiction that takes
        its place: `local_authority` where the pack does not name it."""
        if code == BUREAU:
            return self.bureau
        if code == LOCAL_AUTHORITY:
            return Body("", LOCAL_TITLE, self.level, by_letter=True)
        named = {one.department: one for one in self.authorities}
        return self.bodies[code] if code in self.bodies else named[code]

    @property
    def reached_by_letter(self) -> tuple[str, ...]:
        """The codes of bodies that are no department here."""
        return (LOCAL_AUTHORITY, *(code for code, body in self.bodies.items() if body.by_letter))


def periods_of(rules: Mapping[str, tuple[RuleValue, ...]], key: str) -> tuple[RuleValue, ...]:
    if key not in rules:
        raise NotFound(say("The rules have no answer to %(key)s.", key=key))
    return rules[key]


def in_force_on(periods: Sequence[RuleValue], on: date | None) -> RuleValue:
    if on is None:
        return periods[-1]
    for value in reversed(periods):
        if value.effective_from is None or value.effective_from <= on:
            return value
    return replace(periods[0], early=True)


def governing(periods: Sequence[RuleValue], started_on: date, today: date) -> RuleValue:
    """The answer for a clock that started on that day: the one in force then. A later one reaches it, once begun, only
    if it carries `applies_to_open`, or if both are internal targets, which always move open clocks."""
    governs = in_force_on(periods, started_on)
    for later in periods:
        if later.effective_from is None or not started_on < later.effective_from <= today:
            continue
        if later.applies_to_open or governs.kind == later.kind == "internal":
            governs = later
        elif later.above is not None:
            governs = _target_within(governs, later)
    return governs


def _target_within(target: RuleValue, later: RuleValue) -> RuleValue:
    """A clock that began before a superior number was in force is not bound by it; but a target of our own is never
    longer than what the law by then says, and stays ours."""
    own = target.kind == "internal" and not (target.cases or later.cases)
    if own and target.type == later.type and later.value < target.value:  # type: ignore[operator]
        return replace(target, value=later.value)
    return target


def resolve(value: RuleValue, evaluate: Evaluate) -> RuleValue:
    """The case that fits: the first whose `when` is true, else the last, which has none."""
    if not value.cases:
        return value
    fits = next(case for case in value.cases if case.when is None or evaluate(case.when))
    return replace(fits, early=value.early)


def ladder_for(value: RuleValue, evaluate: Evaluate) -> tuple[LadderStep, ...]:
    """The steps of a ladder that concern this case, from the lowest up."""
    if value.type != "ladder" or not isinstance(value.value, tuple):
        raise TypeError(f"{value.key} is not a ladder")
    steps = (step for step in value.value if isinstance(step, LadderStep))
    return tuple(step for step in steps if step.only_if is None or evaluate(step.only_if))


class Unfit(ValueError):
    """A value that its key does not take."""

    def __init__(self, sentence: Say):
        self.sentence = sentence
        super().__init__(str(sentence))


def value_of(rule: RuleKey, given: Any) -> Value:
    """`given` (plain data) as a value of that key; raises Unfit. Ladders are read from files only."""
    match rule.type:
        case "days" | "months":
            return _number(given, 1, LONGEST[rule.type])
        case "number":
            return _number(given, 0, LONGEST["number"])
        case "switch":
            if isinstance(given, bool):
                return given
            raise Unfit(say("true or false is needed here"))
        case "ordered":
            if given is True:
                return True
            raise Unfit(say("true is needed here: the day itself is named in the case"))
        case "choice":
            return _choices([given], rule.of)[0]
        case "choices":
            if isinstance(given, (list, tuple)):
                return _choices(given, rule.of)
            raise Unfit(say("a list is needed here"))
        case "text":
            return _text(given)
    raise Unfit(say("a value of the type %(type)s cannot be given here", type=rule.type))


def _number(given: Any, least: int, most: int) -> int:
    if isinstance(given, int) and not isinstance(given, bool) and least <= given <= most:
        return given
    raise Unfit(say("a whole number from %(least)s to %(most)s is needed here", least=least, most=most))


def _choices(given: Iterable[Any], of: tuple[str, ...]) -> tuple[str, ...]:
    chosen = tuple(given)
    for one in chosen:
        if not isinstance(one, str) or one not in of:
            raise Unfit(say("%(value)s is none of: %(choices)s", value=str(one)[:60], choices=", ".join(of)))
        if chosen.count(one) > 1:
            raise Unfit(say("%(value)s is named twice", value=one))
    return chosen


def _text(given: Any) -> Text:
    if isinstance(given, Mapping) and set(given) == {"zh", "en"} and all(isinstance(t, str) for t in given.values()):
        if max(map(len, given.values())) > LONGEST["text"]:
            raise Unfit(say("At most %(limit)s characters.", limit=LONGEST["text"]))
        return Text(given["zh"], given["en"])
    raise Unfit(say("a text in both languages is needed here: {zh: …, en: …}"))
