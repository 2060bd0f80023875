"""One action on one locked case: what it reads once, the answers that the diagram asks for, and the history it leaves.

A `Step` is the engine's host (app/engine/run.py): rules, lanes and actions of a diagram reach the rows through it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app import history
from app.accounts import Actor, DepartmentRef, directory
from app.cases import policy
from app.cases.definition import Definition
from app.cases.models import Case, ClockEntry, Deadline, Party, Task, Timer
from app.catalogue.entries import find_entry, found_entry, item_names
from app.catalogue.models import Grant, Resource
from app.database import unit_of_work
from app.database.statements import BoundStatement, CompiledStatement, PendingResult
from app.database.transactions import ask, connection_of
from app.deadlines.calendar import Calendar
from app.engine.expressions import ExpressionError, evaluate
from app.engine.vocabulary import PREPARES
from app.floor import clock
from app.floor.errors import EngineError, NotFound
from app.floor.messages import Text, say
from app.jurisdictions.calendars import calendar_for
from app.jurisdictions.rulebook import RuleBook, rulebook
from app.rules.pack import BUREAU, RuleValue, ladder_for, resolve

OPEN_CLOCK = ("pending", "running", "paused")
"""The states of a clock that has not ended."""

# Statements of the hot path are built once: building one costs as much as running it.
CASE: BindParameter[int] = bindparam("case_id")
RUNS = or_(*(Deadline.state == state for state in OPEN_CLOCK))
"""Not IN: its list would be written into the statement anew at each run."""


def clocks_of(case: ColumnElement[int]) -> CompiledStatement:
    """The clocks of a case that can still matter: open ones, and those that exist once in a case. Not every clock of
    every round: the cost of a step must not grow with the case's past."""
    return CompiledStatement(
        unit_of_work.whole(Deadline, ClockEntry)
        .outerjoin_from(Deadline, ClockEntry)
        .where(Deadline.case_id == case, or_(RUNS, ~Deadline.repeats))
        .order_by(Deadline.id, ClockEntry.seq)
    )


def timers_alive(case: ColumnElement[int]) -> ColumnElement[bool]:
    """The armed timers of a case, and those that have spoken for a clock that is still open."""
    running = select(Deadline.id).where(Deadline.case_id == case, RUNS)
    return and_(Timer.case_id == case, or_(Timer.state == "armed", Timer.deadline_id.in_(running)))


CLOCKS, TIMERS = clocks_of(CASE), CompiledStatement(unit_of_work.whole(Timer).where(timers_alive(CASE)))
PARTIES = CompiledStatement(select(Party.__table__.c.department_id).where(Party.case_id == CASE))
OPEN_TASKS = CompiledStatement(
    unit_of_work.whole(Task).where(Task.case_id == CASE, Task.status == "open").order_by(Task.id)
)


def journals(session: Session, sent: PendingResult) -> list[Deadline]:
    """The clocks that were asked for, each with its journal."""
    entries: dict[Deadline, list[ClockEntry]] = {}
    for deadline, entry in unit_of_work.pairs(session, (Deadline, ClockEntry), sent.rows()):
        entries.setdefault(deadline, []).extend([entry] if entry else [])
    for deadline, journal in entries.items():
        if "entries" not in deadline.__dict__:  # one that is known keeps what it has been told since
            set_committed_value(deadline, "entries", journal)
    return list(entries)


class Transition:
    def __init__(self, session: Session, case: Case, plan: Definition, actor: Actor):
        self.session, self.case, self.plan, self.actor = session, case, plan, actor
        self.now = clock.now()
        self.facts: dict[str, Any] = dict(case.facts or {})
        self._entries: dict[str, Resource | None] = {}
        self.forgotten: Mapping[str, Any] = {}
        self.said: dict[str, Mapping[str, Text]] = {}
        """The words with which something was answered in this step, by its key; the history has those of before."""
        self.timer: Timer | None = None
        self.messages: list[dict[str, Any]] = []
        """What this step tells others; written to the outbox at its end, in one statement."""
        self.on_behalf_of: str | None = None
        """The department for which the bureau enters what has come on paper."""
        self.late_reason: str | None = None
        """Why what was received earlier is entered only now."""
        self.grant: Grant | None = None
        """The grant that the case to be opened reviews, or is to renew."""
        self.suspended: list[Grant] = []
        """Grants that this step has suspended: each is to be reviewed in a case of its own."""
        self.spare: int | None = None
        """A key for the first clock that this step begins, if one was drawn."""
        self.opening = case.id is None
        self.happened_at = case.occurred_at if self.opening else self.now
        """When what this step books happened: now; for all that opening a case sets off, the receipt."""

    @cached_property
    def rules(self) -> RuleBook:
        return rulebook(self.session, self.case.jurisdiction)

    @cached_property
    def calendar(self) -> Calendar:
        """The days of this jurisdiction, newest version; `for_statutory()` leaves out what only binds ourselves."""
        return calendar_for(self.session, self.case.jurisdiction)

    @cached_property
    def deadlines(self) -> list[Deadline]:
        if self.opening:
            return []
        [clocks] = ask(self.session, BoundStatement(CLOCKS, {"case_id": self.case.id}))
        return journals(self.session, clocks)

    @cached_property
    def timers(self) -> list[Timer]:
        return [] if self.opening else unit_of_work.read(self.session, Timer, TIMERS, {"case_id": self.case.id})

    def read_open(self) -> None:
        """Clocks, timers and open tasks in one breath: whatever moves the case will ask for them all."""
        if self.opening or "deadlines" in self.__dict__:
            return
        questions = [BoundStatement(each, {"case_id": self.case.id}) for each in (CLOCKS, TIMERS, OPEN_TASKS)]
        clocks, timers, tasks = ask(self.session, *questions)
        self.know_clocks(clocks, unit_of_work.objects(self.session, Timer, timers.rows()))
        self.tasks = unit_of_work.objects(self.session, Task, tasks.rows())

    def know_clocks(self, clocks: PendingResult, timers: list[Timer]) -> None:
        """What has been read of them."""
        self.deadlines, self.timers = journals(self.session, clocks), timers
        by_id: dict[int | None, Deadline] = {deadline.id: deadline for deadline in self.deadlines}
        for timer in timers:
            if timer.deadline_id in by_id:
                set_committed_value(timer, "deadline", by_id[timer.deadline_id])

    @cached_property
    def parties(self) -> set[int]:
        """The departments that may see the case."""
        if self.opening:
            return set()
        return {one for (one,) in PARTIES.rows(connection_of(self.session), {"case_id": self.case.id})}

    @cached_property
    def tasks(self) -> list[Task]:
        """The open tasks, side tasks too; where a task was locked they came with it."""
        return [] if self.opening else unit_of_work.read(self.session, Task, OPEN_TASKS, {"case_id": self.case.id})

    def department(self, code: str) -> DepartmentRef | None:
        """A department of this jurisdiction."""
        return directory(self.session).by_code.get((self.case.jurisdiction, code))

    def entry(self, code: str) -> Resource | None:
        """An entry of this jurisdiction's catalogue, read once."""
        if code not in self._entries:
            self._entries[code] = find_entry(self.session, self.case.jurisdiction, code)
        return self._entries[code]

    def item_names(self, code: str | None, items: Sequence[str]) -> list[str]:
        """The items of that entry by their names; those that it has lost by the last name they had."""
        found = self.entry(code) if code else None
        names = {one["code"]: one["name"] for one in found.items} if found else {}
        if code and not names.keys() >= set(items):
            names = item_names(self.session, code) | names
        return [names.get(one, one) for one in items]

    def knows_entry(self, entry: Resource) -> None:
        """As it is now: it may not have been there when it was asked for before."""
        self._entries[entry.code] = entry

    def look_at_entry(self) -> None:
        """Read anew the entry that the case is about: what is decided now follows the law of today."""
        known = self.facts.get("resource") or {}
        if known.get("code"):
            found = self.entry(known["code"])
            now = found.as_fact() if found else {**known, "published": False, "withdrawn": True}
            received_as = known.get("received_as", known.get("share_type"))
            asked = (self.facts.get("application") or {}).get("items") or ()
            lost = [item for item in asked if item not in now["items"]] if found else []
            self.facts["resource"] = now | {"received_as": received_as, "lost": lost}

    def look_again(self) -> None:
        """Read the entry again as a step is taken: the history tells what has changed since the case last looked."""
        known = self.facts.get("resource") or {}
        self.look_at_entry()
        now, watched = self.facts.get("resource") or {}, ("version", "share_type", "withdrawn", "published")
        if any(now.get(name) != known.get(name, False) for name in watched if name in now):
            told = {name: now[name] for name in watched}
            self.record("resource.changed", resource=known["code"], was=known.get("share_type"), **told)

    def know_entry(self, code: str, sent: PendingResult) -> None:
        """Take the entry that `which_entry` has asked for together with something else."""
        found = found_entry(self.session, sent)
        self._entries.setdefault(code, found)

    def review(self, grant: Grant) -> None:
        """The case is about this grant, and so about its entry, be that withdrawn or not."""
        self.grant, self.case.grant_id = grant, grant.id
        self._entries[grant.resource.code] = grant.resource

    # what expressions may ask

    @cached_property
    def received_on(self) -> date:
        """The day of the start event."""
        return clock.office_date(self.case.occurred_at)

    def rule_value(self, key: str, on: date) -> RuleValue:
        """The answer of the regulation for an event of that day, resolved for this case."""
        return resolve(self.rules.value(key, on), self.holds)

    def rule_now(self, key: str) -> RuleValue:
        """The answer that governs this case: as in force at its start event (PROCEDURES, counting rule 9)."""
        return self.rule_value(key, self.received_on)

    def rule(self, key: str) -> Any:
        """The rule's value as an expression reads it."""
        value = self.rule_now(key)
        if value.type == "ladder":
            return [rung.body for rung in ladder_for(value, self.holds)]
        return value.value.zh if isinstance(value.value, Text) else value.plain

    def answered_rule(self, key: str) -> Any:
        """The rule's value within an expression; no answer where the regulation (no longer) has one."""
        try:
            return self.rule(key)
        except NotFound as error:
            raise ExpressionError("unknown", error.detail) from error

    def involves(self, level: str) -> bool:
        """Whether one of the sides has this level, or is the bureau. Who only settles between them is no side, whenever
        it was seated."""
        if level == BUREAU:
            return any(one.code == self.rules.pack.bureau.department for one in self.disputants)
        return any(one.level == level for one in self.disputants)

    @property
    def disputants(self) -> list[DepartmentRef]:
        """Between whom it is settled: the two sides of a dispute, over whose entry it ever is; else all parties."""
        prepared = [self.facts[one] for one in self.plan.bundle.elements_with(PREPARES) if one in self.facts]
        codes = [prepared[-1].get(side) for side in ("claimant", "respondent")] if prepared else []
        found = [card for code in codes if isinstance(code, str) and (card := self.department(code))]
        departments = directory(self.session).by_id
        return found or [departments[seat["id"]] for seat in policy.sides(self.case)]

    @cached_property
    def functions(self) -> Mapping[str, Any]:
        return {
            "rule": self.answered_rule,
            "involves": self.involves,
            "answered": lambda element: element in self.facts,
            "len": len,
        }

    def holds(self, expression: str, earlier: Mapping[str, Any] | None = None) -> bool:
        """A yes/no expression over the facts of the case, and over `earlier` ones forgotten in this very step.
        Raises EngineError when it has no answer."""
        facts = {**earlier, **self.facts} if earlier else self.facts
        try:
            return evaluate(expression, facts, self.functions) is True
        except ExpressionError as error:
            told = say("%(expression)s: %(why)s", expression=expression, why=error.detail)
            raise EngineError("expression", told) from error

    def value_of(self, expression: str) -> Any:
        """What an expression gives here; None where it has no answer (yet)."""
        try:
            return evaluate(expression, self.facts, self.functions)
        except ExpressionError:
            return None

    # what is written everywhere

    def record(self, kind: str, /, **detail: Any) -> None:
        """A line of the case's history, by whoever acts in this step."""
        history.append(self.session, self.case, kind, self.actor.username, detail, self.now)
