"""Rows written and read plainly are the rows that the session itself would write and read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import create_engine, select, update
from sqlalchemy.orm import Session, undefer
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from app import history
from app.cases.models import Case, ClockEntry, Deadline, Task, Timer
from app.database import unit_of_work
from app.database.statements import CompiledStatement
from app.database.transactions import Base, Database, connection_of

NOON = datetime(2026, 3, 2, 4, 0, tzinfo=UTC)
STEPS = (
    "deadline", "entry", "task", "timer", "answer", "move", "rebind", "renew", "loosen", "drop", "tell", "same",
    "nothing",
)  # fmt: skip


class Desk:
    """One case with what belongs to it, changed in small ways."""

    def __init__(self, session: Session):
        self.session = session
        self.case = Case(
            number="YM-1", jurisdiction="yima", procedure="p", bundle="b", diagram_version="1", rule_version="1",
            occurred_at=NOON, opened_at=NOON, opened_by="a", history_seq=0, history_hash="",
        )  # fmt: skip
        session.add(self.case)
        self.deadlines: list[Deadline] = []
        self.tasks: list[Task] = []
        self.timers: list[Timer] = []
        self.names = count()

    def take(self, name: str, number: int) -> None:
        getattr(self, name)(number)

    def deadline(self, number: int) -> None:
        made = Deadline(
            case=self.case, rule=f"r{number}", kind="statutory", length=number, repeats=False, state="running",
            calendar_version=1, rule_version="1",
        )  # fmt: skip
        self.deadlines.append(made)
        self.session.add(made)

    def entry(self, number: int) -> None:
        for deadline in self.deadlines[-1:]:
            values = {
                "seq": len(deadline.entries) + 1,
                "kind": "start",
                "on": date(2026, 3, 2),
                "at": NOON,
                "actor": "a",
            }
            if number % 2:
                deadline.entries.append(ClockEntry(**values))
            else:
                made = unit_of_work.added(self.session, ClockEntry, deadline=deadline, **values)
                set_committed_value(deadline, "entries", [*deadline.entries, made])

    def task(self, number: int) -> None:
        values: dict[str, Any] = {
            "case": self.case,
            "jurisdiction": "yima",
            "process": "p",
            "key": "k",
            "lane": "l",
            "opened_at": NOON,
        }
        if self.deadlines and number % 2:
            values["deadline"] = self.deadlines[number % len(self.deadlines)]
        made = unit_of_work.added(self.session, Task, **values) if number % 3 else Task(**values)
        self.tasks.append(made)
        self.session.add(made)

    def timer(self, number: int) -> None:
        made = Timer(
            case=self.case, engine_id=f"t{next(self.names)}", element="e", on_element="k", rule="r", kind="deadline",
            interrupting=bool(number % 2), deadline=self.deadlines[-1] if self.deadlines else None,
        )  # fmt: skip
        self.timers.append(made)
        self.session.add(made)

    def answer(self, number: int) -> None:
        for task in self.tasks[-1:]:
            task.status, task.closed_at = "done", NOON
            task.answer = {"number": number} if number % 3 else None

    def move(self, number: int) -> None:
        for deadline in self.deadlines:
            if number % 2:
                unit_of_work.change(deadline, due_on=date(2026, 3, 1 + number), rule=deadline.rule)
            else:
                deadline.due_on = date(2026, 3, 1 + number)

    def rebind(self, number: int) -> None:
        for timer in self.timers:
            timer.deadline = self.deadlines[number % len(self.deadlines)] if self.deadlines else None

    def renew(self, number: int) -> None:
        for timer in self.timers[:1]:
            timer.engine_id, timer.element = f"t{next(self.names)}", f"e{number}"

    def loosen(self, number: int) -> None:
        for timer in self.timers[:1]:
            timer.deadline = None

    def drop(self, number: int) -> None:
        if self.timers and self.timers[0] not in self.session.new:
            self.session.delete(self.timers.pop(0))

    def tell(self, number: int) -> None:
        history.append(self.session, self.case, "told", "a", {"number": number}, NOON)

    def same(self, number: int) -> None:
        self.case.status = "open"

    def nothing(self, number: int) -> None:
        self.case.facts = dict(self.case.facts or {}, number=number)


def everything(session: Session) -> dict[str, list[Any]]:
    return {
        table.name: [tuple(row) for row in session.connection().execute(select(table).order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
    }


def played(session: Session, script: list[list[tuple[str, int]]], write: Any) -> dict[str, list[Any]]:
    desk = Desk(session)
    with session.no_autoflush:
        for turn in script:
            for name, number in turn:
                desk.take(name, number)
            write(session)
            assert not session.new
            assert not session.deleted
            assert not any(session.is_modified(one) for one in session.dirty)
    return everything(session)


@pytest.fixture(scope="module")
def engine() -> Any:
    made = create_engine("sqlite://")
    Base.metadata.create_all(made)
    return made


turns = st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 6)), max_size=8)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(turns, min_size=1, max_size=5))
def test_what_is_written_plainly_is_what_the_session_would_write(engine: Any, script: list[Any]) -> None:
    with Session(engine) as plain, Session(engine) as usual:
        ours = played(plain, script, unit_of_work.write)
        plain.rollback()
        assert ours == played(usual, script, Session.flush)


def test_the_same_holds_on_both_databases(database: Database) -> None:
    script = [[(name, number) for name in STEPS] for number in range(4)]
    found = []
    for write in (unit_of_work.write, Session.flush):
        with database.transaction() as session:
            found.append(played(session, script, write))
            session.rollback()
    without_ids = [{name: len(lines) for name, lines in each.items()} for each in found]
    assert without_ids[0] == without_ids[1]
    assert without_ids[0]["clock_entry"] == without_ids[0]["task"] == 4


def laid(database: Database) -> int:
    with database.transaction() as session:
        desk = Desk(session)
        for name in ("deadline", "entry", "entry", "task", "timer"):
            desk.take(name, 1)
        unit_of_work.write(session)
        return desk.case.id


WHOLE_CASE = CompiledStatement(unit_of_work.whole(Case))
CLOCKS = CompiledStatement(
    unit_of_work.whole(Deadline, ClockEntry).outerjoin_from(Deadline, ClockEntry).order_by(Deadline.id, ClockEntry.seq)
)


def test_what_is_read_plainly_is_what_the_session_reads(database: Database) -> None:
    laid(database)
    with database.transaction(write=False) as session:
        usual = session.scalars(select(Case).options(undefer(Case.facts), undefer(Case.state))).one()
        known = {name: getattr(usual, name) for name in unit_of_work.mapping_of(Case).names}
    with database.transaction(write=False) as session:
        [case] = unit_of_work.read(session, Case, WHOLE_CASE, {})
        assert {name: getattr(case, name) for name in unit_of_work.mapping_of(Case).names} == known
        assert session.get(Case, case.id) is case
        assert not session.is_modified(case)
        pairs = unit_of_work.read_pairs(session, (Deadline, ClockEntry), CLOCKS, {})
        assert [(deadline.rule, entry.seq) for deadline, entry in pairs] == [("r1", 1), ("r1", 2)]
        assert pairs[0][0] is pairs[1][0]
        assert pairs[0][0].case is case


def test_a_missing_second_row_is_none(database: Database) -> None:
    with database.transaction() as session:
        Desk(session).take("deadline", 1)
        unit_of_work.write(session)
        [(deadline, entry)] = unit_of_work.read_pairs(session, (Deadline, ClockEntry), CLOCKS, {})
        assert (deadline.rule, entry) == ("r1", None)


def test_what_is_read_again_keeps_changes_unless_it_is_read_anew(database: Database) -> None:
    laid(database)
    with database.transaction() as session:
        [case] = unit_of_work.read(session, Case, WHOLE_CASE, {})
        case.subject = "changed"
        with session.no_autoflush:
            assert unit_of_work.read(session, Case, WHOLE_CASE, {})[0].subject == "changed"
            assert unit_of_work.read(session, Case, WHOLE_CASE, {}, anew=True)[0].subject == ""


def test_a_row_that_another_has_changed_meanwhile_is_not_overwritten(database: Database) -> None:
    number = laid(database)
    with database.transaction() as session:
        case = session.get_one(Case, number)
        session.execute(update(Case).values(version=7).execution_options(synchronize_session=False))
        case.subject = "mine"
        with pytest.raises(StaleDataError):
            unit_of_work.write(session)
        session.rollback()


def test_a_key_drawn_before_its_row_is_nobody_elses(database: Database) -> None:
    """Rows before it, the row itself, and rows after it that get theirs from the database."""
    drawn = CompiledStatement(select(unit_of_work.next_key(Case)))
    with database.transaction() as session:
        before = Desk(session).case
        unit_of_work.write(session)
        key = drawn.value(connection_of(session))
        made = Desk(session).case
        made.number, made.id = "YM-2", key
        unit_of_work.write(session)
        after = Desk(session).case
        after.number = "YM-3"
        unit_of_work.write(session)
        assert before.id < made.id == key < after.id
    with database.transaction(write=False) as session:
        assert dict(session.execute(select(Case.number, Case.id)).all())["YM-2"] == key


def test_a_spare_key_is_drawn_where_one_would_be_waited_for(database: Database) -> None:
    spare = CompiledStatement(select(unit_of_work.spare_key(Deadline), unit_of_work.spare_key(Deadline)))
    with database.transaction() as session:
        [[first, second]] = spare.rows(connection_of(session))
        desk = Desk(session)
        desk.deadline(5)
        desk.deadlines[0].id = first
        desk.deadline(6)
        desk.entry(0)
        unit_of_work.write(session)
        ids = [one.id for one in desk.deadlines]
    if database.is_sqlite:
        assert (first, second, ids) == (None, None, [1, 2])
    else:
        assert ids[0] == first < second < ids[1]


def test_what_nobody_writes_plainly_the_session_writes(database: Database) -> None:
    number = laid(database)
    with database.transaction() as session:
        unit_of_work.read(session, Case, WHOLE_CASE, {})[0].subject = "changed"
    with database.transaction(write=False) as session:
        assert session.get_one(Case, number).subject == "changed"


def test_every_class_of_ours_can_be_read_and_written_plainly() -> None:
    assert all(unit_of_work.mapping_of(mapper.class_).names for mapper in Base.registry.mappers)
