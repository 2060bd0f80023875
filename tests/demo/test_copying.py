"""A copy is what the same case would be, had it really been played on that day."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, inspect, select
from sqlalchemy.orm import Session

from app.accounts import SYSTEM, actor_by_username
from app.cases.commands import flow
from app.cases.models import Case, Deadline, Task, Timer
from app.database.transactions import Base, Database
from app.demo import foundation, player
from app.demo.bulk_copies import Draw, copy_cases, insert_copies
from app.demo.bulk_templates import COPIED, LEFT_OUT, Shift, read_originals
from app.demo.stories import Move, Story, moves_of, read_stories
from app.engine.serializer import renamed
from app.floor import clock
from app.history import append
from app.jurisdictions.calendars import calendar_for
from app.outbox import OutboxMessage
from tests.demo.conftest import DEMO, NOW, broken, load, made_from, prepared

STORIES = {story.key: story for story in read_stories()}
LONG_AGO = 37
"""Working days back, over the holidays of spring."""
COMPARED = [
    ("granted · jiangmen", LONG_AGO),
    ("granted late · yima", LONG_AGO),
    ("granted at once · yunyang", LONG_AGO),
    ("withdrawn · jiangmen", LONG_AGO),
    ("agreed between the two · jiangsu", LONG_AGO),
    ("settled by the upper body · yunyang", LONG_AGO),
    ("agreement signed and granted · yinchuan", LONG_AGO),
    ("corrected · yunyang", LONG_AGO),
    ("records, corrected · yima", LONG_AGO),
    ("update published · yima", LONG_AGO),
    ("overdue · yima", 9),
    ("supplement asked · jiangmen", 0),
    ("extension consented · yunyang", 2),
    ("withheld, negotiation lapsed · jiangsu", 1),
    ("fresh · yima", 0),
]


@pytest.fixture(scope="module")
def grounded_file(shipped_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Everything but cases."""
    with made_from(shipped_file, tmp_path_factory.mktemp("grounded")) as database, database.transaction() as session:
        foundation.carry_on(session, SYSTEM)
        foundation.lay_ground(session, SYSTEM, DEMO, {})
    return Path(database.url.removeprefix("sqlite:///"))


@pytest.fixture
def grounded(grounded_file: Path, tmp_path: Path) -> Iterator[Database]:
    """On a clock that only the test moves."""
    with made_from(grounded_file, tmp_path, simulated_clock=False) as database:
        yield database
    clock.stop_at(None)


@pytest.fixture
def apart(grounded_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The same ground once more: what is played here finds the catalogue as the original found it."""
    with made_from(grounded_file, tmp_path_factory.mktemp("apart"), simulated_clock=False) as database:
        yield database


@pytest.fixture(scope="module")
def many_file(told_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with made_from(told_file, tmp_path_factory.mktemp("many")) as database:
        load(database, cases=480)
    return Path(database.url.removeprefix("sqlite:///"))


@pytest.fixture
def many(many_file: Path, tmp_path: Path) -> Iterator[Database]:
    """The demonstration and 381 copies."""
    with made_from(many_file, tmp_path) as database:
        yield database


def play(database: Database, moves: Sequence[Move], until: datetime) -> None:
    for move in moves:
        player.play(database, move)
    player.pass_time(database, until)
    clock.stop_at(NOW)


def moves(database: Database, story: Story) -> list[Move]:
    with database.transaction(write=False) as session:
        return moves_of(session, [story], NOW, 1)


def again(move: Move, shift: Shift) -> Move:
    """The same move on the earlier day, in a case of its own."""
    story = replace(move.story, key=f"{move.story.key} again")
    return Move(shift.moment(move.at), story, shift.day(move.opened_on), move.step)


def rows_of(session: Session, case_id: int) -> dict[str, list[dict[str, Any]]]:
    """All rows of a case, with every id and number replaced by its place, so that two cases can be compared."""
    case = session.get_one(Case, case_id)
    tables: dict[str, list[dict[str, Any]]] = {}
    for model in COPIED:
        table = model.__table__
        if "case_id" in table.c:
            condition = table.c.case_id == case_id
        elif model is Case:
            condition = table.c.id == case_id
        elif "stream" in table.c:
            condition = table.c.stream == case.stream
        else:
            condition = table.c.deadline_id.in_(select(Deadline.id).where(Deadline.case_id == case_id))
        found = session.execute(select(table).where(condition).order_by(*table.primary_key)).mappings()
        tables[model.__tablename__] = [dict(row) for row in found]
    return _placed(tables)


def _placed(tables: dict[str, list[dict[str, Any]]]) -> dict[str, list[dict[str, Any]]]:
    names: dict[str, str] = {tables["case"][0]["number"]: "case"}
    ids: dict[str, dict[int, int]] = {}
    for name, rows in tables.items():
        ids[name] = {row["id"]: place for place, row in enumerate(rows) if "id" in row}
    for place, row in enumerate(tables["letter"]):
        names[row["number"]] = f"letter {place}"
    for place, row in enumerate(tables["share_grant"]):
        names[row["number"]] = f"grant {place}"
    for task in tables["task"]:
        names[task["engine_id"]] = f"task {ids['task'][task['id']]}"
    for timer in tables["timer"]:
        names[timer["engine_id"]] = (
            f"timer {timer['element']} {timer['deadline_id'] and ids['deadline'][timer['deadline_id']]}"
        )
    case = tables["case"][0]
    if case["state"]:
        case["state"] = _places_of(case["state"], names)
    case_id = case["id"]
    for name, rows in tables.items():
        for row in rows:
            _place(name, row, ids, names, case_id)
    tables["timer"].sort(key=lambda row: (row["engine_id"], row["kind"]))
    return tables


def _place(
    name: str, row: dict[str, Any], ids: Mapping[str, Mapping[int, int]], names: Mapping[str, str], case_id: int
) -> None:
    for column, table in (("deadline_id", "deadline"), ("parent_id", "task")):
        if row.get(column) is not None:
            row[column] = ids[table][row[column]]
    if "task" in row.get("detail", {}):
        row["detail"]["task"] = ids["task"][row["detail"]["task"]]
    for sealed in (row.get("detail", {}), *row.get("detail", {}).get("letters", ())):
        sealed.pop("seal", None)  # of numbers and ids, which are not the same; that it holds is asked below
    for sealed in row.get("detail", {}).get("letters", ()):
        sealed.pop("text")
    for told in ("standings", "row"):  # of a copy its last line tells all of them
        row.get("detail", {}).pop(told, None)
    if name == "letter":
        row["text"] = _named_within(row["text"], names)
    if name == "outbox_message":
        row["key"] = row["key"].replace(f"case:{case_id}:", "case:", 1)
        if row["channel"] == "push":  # a copy has nothing to send
            assert row["state"] in ("sent", "pending")
            row |= {"state": None, "sent_at": None, "attempts": None}
    keys = (
        "id",
        "case_id",
        "idempotency_key",
        "request_hash",
        "number_order",
        "hash",
        "prev_hash",
        "history_hash",
        "stream",
    )
    for column in keys:
        row.pop(column, None)
    for column, value in row.items():
        row[column] = _named(value, names)


def _named(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _named(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_named(one, names) for one in value]
    if not isinstance(value, str):
        return value
    return ":".join(names.get(part, part) for part in value.split(":"))


def _named_within(kept: Any, names: Mapping[str, str]) -> str:
    """The text of a letter, with its numbers by their places."""
    told = json.dumps(kept, ensure_ascii=False)
    for old in sorted(names, key=len, reverse=True):
        told = told.replace(old, names[old])
    return told


def _places_of(state: bytes, names: Mapping[str, str]) -> str:
    """A state with its ids in the order of their names."""
    engine_ids = [old for old, name in sorted(names.items(), key=lambda pair: pair[1]) if len(old) == 36]
    return renamed(state, {old: f"00000000-0000-4000-8000-{place:012d}" for place, old in enumerate(engine_ids)}).hex()


@pytest.mark.parametrize(("key", "back"), COMPARED)
def test_a_copy_equals_the_case_really_played_on_that_day(
    grounded: Database, apart: Database, key: str, back: int
) -> None:
    told = moves(grounded, STORIES[key])
    play(grounded, told, NOW)
    with grounded.transaction(write=False) as session:
        (original,) = read_originals(session, NOW)
        shift = Shift(calendar_for(session, original.case["jurisdiction"]), back)
    assert back in original.backs
    play(apart, [again(move, shift) for move in told], shift.moment(NOW))
    with grounded.transaction() as session:
        insert_copies(session, [Draw(original, back)], random.Random(1))
    [played], [_, copied] = every_case(apart), every_case(grounded)
    for table, rows in played.items():
        assert copied[table] == rows, table
    assert broken(apart) is None
    assert broken(grounded) is None


def every_case(database: Database) -> list[dict[str, list[dict[str, Any]]]]:
    """The rows of each case, in the order in which they were made."""
    with database.transaction(write=False) as session:
        return [rows_of(session, case_id) for case_id in session.scalars(select(Case.id).order_by(Case.id))]


def test_an_open_case_is_not_put_back_behind_what_it_waits_for(told: Database) -> None:
    with told.transaction(write=False) as session:
        originals = read_originals(session, NOW)
    waiting = [one for one in originals if any(row["watch_at"] for row in one.rows[Deadline])]
    assert len(waiting) > 20
    for one in waiting:
        first = min(row["watch_at"] for row in one.rows[Deadline] if row["watch_at"])
        assert one.is_open
        assert all(Shift(one.calendar, back).moment(first) > NOW for back in one.backs)


def test_stories_that_cannot_happen_twice_are_not_copied(told: Database) -> None:
    with told.transaction(write=False) as session:
        keys = {one.case["idempotency_key"].partition(":demo:")[2] for one in read_originals(session, NOW)}
    assert {story.key for story in read_stories()} - keys == {
        "granted and revoked · jiangsu",
        "granted and revoked · yunyang",
        "granted, revoked and contested · yima",
        "granted and suspended · yima",
        "items taken out · yima",
        "entry added · yunyang",
        "need, supplied in part and published · yima",
        "need, supplied in part and published · yunyang",
    }


def test_every_table_that_points_to_a_case_is_copied_or_left_out_on_purpose() -> None:
    known = {model.__tablename__ for model in (*COPIED, *LEFT_OUT)}
    pointing = {
        table.name
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name == "case_id" or any(key.column.table.name in known for key in column.foreign_keys)
    }
    assert pointing <= known


def test_so_many_cases_as_asked_for_of_which_the_rest_are_copies(many: Database) -> None:
    with many.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 480
        assert session.scalar(select(func.count(Case.idempotency_key))) == 95  # with four reviews of grants
    assert load(many, cases=481).copies == 382
    with many.transaction(write=False) as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 481


def test_copies_break_no_chain_fire_nothing_and_send_nothing(many: Database) -> None:
    assert broken(many) is None
    with many.transaction(write=False) as session:
        armed = select(func.count()).where(Timer.state == "armed", Timer.due_at <= clock.now())
        assert session.scalar(armed) == 0
        waiting = session.scalars(select(OutboxMessage).where(OutboxMessage.state == "pending")).all()
        assert {one.case_id for one in waiting} <= set(session.scalars(select(Case.id).where(Case.id <= 99)))


def test_copies_lie_in_the_past_under_numbers_of_their_years(many: Database) -> None:
    with many.transaction(write=False) as session:
        cases = session.scalars(select(Case)).all()
    assert all(one.opened_at < NOW for one in cases)
    assert all(one.number.rsplit("-", 2)[1] == str(one.opened_at.year) for one in cases)
    assert {one.opened_at.year for one in cases} == {2024, 2025, 2026}
    closed = [one for one in cases if one.status == "closed"]
    assert len(closed) > len(cases) * 0.7


def test_a_step_of_a_copied_case_can_be_done(many: Database) -> None:
    with many.transaction() as session:
        reviewed = select(Task).where(Task.key == "provider_review", Task.status == "open").order_by(Task.id.desc())
        task = session.scalars(reviewed).first()
        assert task is not None
        assert task.case.idempotency_key is None
        code = session.execute(
            select(Base.metadata.tables["department"].c.code).filter_by(id=task.department_id)
        ).scalar_one()
        clerk = actor_by_username(session, f"{task.jurisdiction}.{code}.clerk")
        answer = {
            "decision": "refuse",
            "reason": "与职责无关",
            "ground": "outside_duty",
            "basis": {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"},
        }
        flow.complete_task(session, clerk, task.id, answer)
        opened = session.scalars(select(Task).where(Task.case_id == task.case_id, Task.status == "open")).all()
        assert [one.key for one in opened] == ["applicant_response"]
        assert task.case.facts["provider_review"]["decision"] == "refuse"
    assert broken(many) is None


def test_real_cases_go_on_behind_the_numbers_of_the_copies(many: Database) -> None:
    with many.transaction() as session:
        taken = set(session.scalars(select(Case.number)))
        story = STORIES["fresh · yima"]
        move = Move(clock.now(), replace(story, key="a real one"), clock.today())
        player._open(session, move)
        number = player.case_of(session, move.story).number
    assert number not in taken
    assert number == max(one for one in {*taken, number} if one.startswith(number.rpartition("-")[0]))


@pytest.mark.postgres
def test_the_demonstration_is_told_and_copied_on_postgresql_too(postgres_url: str) -> None:
    database = prepared(postgres_url)
    try:
        record = load(database, cases=110)
        assert (record.cases, record.copies) == (110, 11)
        assert broken(database) is None
        with database.transaction() as session:
            move = Move(clock.now(), replace(STORIES["fresh · yima"], key="a real one"), clock.today())
            player._open(session, move)  # its ids come from the sequences behind those of the copies
            assert session.scalar(select(func.count()).select_from(Case)) == 111
    finally:
        database.engine.dispose()


def test_nothing_to_copy_is_nothing_made(shipped: Database) -> None:
    made = copy_cases(shipped, 5, "1", lambda session, copied: None, lambda done, total: None)
    assert made == 0
    assert inspect(shipped.engine).has_table("case")


def test_a_case_worked_on_at_a_weekend_is_no_original(told: Database) -> None:
    with told.transaction(write=False) as session:
        before = [one.case["id"] for one in read_originals(session, NOW)]
    saturday = datetime.fromisoformat("2026-06-13T10:00:00+08:00").astimezone(NOW.tzinfo)
    with told.transaction() as session:
        append(session, session.get_one(Case, before[0]), "task.claimed", "somebody", {}, saturday)
    with told.transaction(write=False) as session:
        assert [one.case["id"] for one in read_originals(session, NOW)] == before[1:]


def test_shifting_keeps_the_time_of_day_and_counts_working_days(told: Database) -> None:
    with told.transaction(write=False) as session:
        shift = Shift(calendar_for(session, "yima"), 2)
    monday = datetime.fromisoformat("2026-06-15T09:07:00+08:00")
    assert shift.moment(monday).astimezone(clock.OFFICE).isoformat() == "2026-06-11T09:07:00+08:00"
    midnight = datetime.fromisoformat("2026-06-13T00:00:00+08:00")  # the end of Friday
    assert shift.moment(midnight).astimezone(clock.OFFICE).isoformat() == "2026-06-11T00:00:00+08:00"
