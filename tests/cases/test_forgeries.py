"""`audit verify` against a forger who writes SQL: each sealed column of each sealed table changed, rows taken out and
swapped, chains cut, replaced and counted anew. Everything is tried on one installation and undone."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from inspect import get_annotations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Column, Connection, Table, delete, func, insert, select, update
from sqlalchemy.orm import Session

from app.accounts.models import Account, Department
from app.cases import audit
from app.cases.models import Case, ClockEntry, Deadline, Task
from app.catalogue.models import Grant, ResponsibilityEdition, ResponsibilityLine, Use
from app.cli import scheduler
from app.database.transactions import Base, Setting
from app.history import HistoryEvent, Ledger, digest_of, seal
from app.outbox.models import Counter
from tests.cases.sealed_columns import NAMED, SEALED, UNSEALED, UNSEALED_TABLES
from tests.procedures.grant_story import Story
from tests.world import World, done, on_postgres, opened

SHARING, ERROR = "case:YM-GX-2026-0001", "case:YM-JH-2026-0001"
DOUBT = {"resource": "YM-MZ-002", "items": ["name"], "doubt": "姓名有误"}
DUTIES = {"trigger": "duties", "changed_on": "2026-02-10", "description": "职能调整", "resources": ["YY-GA-002"]}
FEWER = {"resource": "YY-GA-002", "action": "change", "items": [{"code": "name", "name": "姓名"}]}
SUPERIOR = {
    "key": "conditional_share.reply", "value": 3, "superior": "order_809", "article": ["12"], "source": "国务院公报",
    "from_on": "2025-08-01",
}  # fmt: skip
OF_THE_ERROR = select(Deadline.id).join(Case).where("case:" + Case.number == ERROR)
ROW: dict[str, Any] = {
    "account": Account.username == "yima.minzheng.clerk",
    "clock_entry": ClockEntry.deadline_id.in_(OF_THE_ERROR) & (ClockEntry.seq == 2),
    "counter": Counter.name.like("case:yima:GX:%"),
    "deadline": Deadline.id.in_(OF_THE_ERROR),
    "department": (Department.jurisdiction == "yima") & (Department.code == "minzheng"),
    "history_event": (HistoryEvent.stream == SHARING) & (HistoryEvent.seq == 2),
    "ledger": Ledger.name == "accounts",
    "responsibility_edition": ResponsibilityEdition.id == select(func.max(ResponsibilityEdition.id)).scalar_subquery(),
    "setting": Setting.name == "edition:rules:yima",
    "task": Task.status == "done",
}
"""Which row of a table is forged, where it is not the first."""


def played(world: World) -> None:
    """Something of everything that is sealed: a grant with its letter and its uses, a clock that was paused, an edition
    of the list of responsibilities, a rule that a superior text has set."""
    story = Story(world, "yima")
    story.check()
    story.check(items=["no_such"])
    story.later()
    scheduler.daily(world.database)
    clock = world.open_case("yima.gongan.clerk", "data_error", DOUBT)["deadlines"][0]["id"]
    holder = world.api("yima.minzheng.clerk")
    done(holder.post(f"/deadlines/{clock}/pause", {"ground": "supplement"}))
    done(holder.post(f"/deadlines/{clock}/resume"))
    changed = world.open_case("yunyang.gongan.clerk", "catalogue_update", DUTIES)["id"]
    world.complete(changed, "draft_update", {"changes": [FEWER]})
    world.complete(changed, "review_update", {"decision": "pass"})
    proposals = "/jurisdictions/yima/rules/proposals"
    proposed = done(world.api("admin").post(proposals, SUPERIOR), 202)["id"]
    done(world.api("admin2").post(f"{proposals}/{proposed}/confirm"))


@pytest.fixture(scope="module")
def honest(laid_out: Any, one_app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    file = tmp_path_factory.mktemp("forged") / "honest.sqlite3"
    shutil.copy(laid_out, file)
    with opened(one_app, f"sqlite:///{file}") as world:
        played(world)
        yield world


@contextmanager
def forging(world: World) -> Iterator[Session]:
    """What is done inside is undone; and no key of the database stands in the way of whoever owns it."""
    unlocked = (
        "pragma defer_foreign_keys = on" if world.database.is_sqlite else "set session_replication_role = replica"
    )
    with world.database.transaction() as session:
        session.connection().exec_driver_sql(unlocked)
        yield session
        session.rollback()


def found(session: Session) -> str:
    session.expire_all()
    session.info.clear()  # a transaction reads the editions once
    return str(audit.verify(session)[1])


# every column


def another(column: Column[Any], value: Any) -> Any:
    """A value of the column's kind that is not this one, and no longer."""
    match _zero(column) if value is None else value:
        case bool(it):
            return not it
        case int(it):
            return it + (1000 if column.primary_key else 1)
        case str(it):
            return it[:-1] + ("y" if it.endswith("x") else "x")
        case datetime() | date() as it:
            return it + timedelta(days=1)
        case dict(it):
            return {**it, "forged": {}}
        case list(it):
            return [*it, "forged"]
    raise AssertionError(f"{column}: how is {value!r} forged?")


def _zero(column: Column[Any]) -> Any:
    model = next(one.class_ for one in Base.registry.mappers if one.local_table is column.table)
    annotations = (get_annotations(one) for one in model.__mro__)
    declared = next(str(names[column.name]) for names in annotations if column.name in names)
    zeros = {"bool": False, "int": 0, "str": "", "datetime": datetime(2026, 1, 1, tzinfo=UTC), "dict": {}, "list": []}
    kind = re.match(r"Mapped\[(\w+)", declared)
    assert kind, declared
    return date(2026, 1, 1) if kind[1] == "date" else zeros[kind[1]]


def forge(session: Session, table: Table, column: Column[Any]) -> None:
    keys = list(table.primary_key)
    query = select(*keys, column.label("forged")).where(ROW.get(table.name, True)).order_by(*keys).limit(1)
    row = session.connection().execute(query).one()
    here = [key == value for key, value in zip(keys, row, strict=False)]
    value = another(column, row.forged)
    for key in () if column.primary_key else column.foreign_keys:  # of a row that is there, as a forger would take it
        there = select(key.column).where(key.column != row.forged if row.forged is not None else True)
        value = session.connection().scalars(there.order_by(key.column.desc()).limit(1)).one()
    changed = session.connection().execute(update(table).where(*here).values({column: value}))
    assert changed.rowcount == 1


def test_what_nobody_has_forged_holds(honest: World) -> None:
    with forging(honest) as session:
        assert found(session) == "None"


@pytest.mark.parametrize("name", SEALED)
def test_each_sealed_column_is_found_when_it_is_changed(honest: World, name: str) -> None:
    table = Base.metadata.tables[name]
    missed = {}
    for column in SEALED[name]:
        with forging(honest) as session:
            forge(session, table, table.c[column])
            told = found(session)
        if not re.search(NAMED[name], told):
            missed[column] = told
    assert missed == {}


def test_each_column_of_each_model_is_sealed_or_it_is_said_why_not() -> None:
    for name, table in Base.metadata.tables.items():
        columns = {column.name for column in table.c}
        open_ = [column for some in UNSEALED.get(name, {}).values() for column in some]
        listed = [*SEALED.get(name, ()), *open_, *(columns if name in UNSEALED_TABLES else ())]
        assert sorted(listed) == sorted(columns), name
    assert {*SEALED, *UNSEALED, *UNSEALED_TABLES} == {*Base.metadata.tables}


@pytest.mark.parametrize("name", sorted({*SEALED} - {"history_event"}))
def test_a_row_that_is_taken_out_is_found(honest: World, name: str) -> None:
    table = Base.metadata.tables[name]
    keys = list(table.primary_key)
    first = select(*keys).where(ROW.get(name, True)).order_by(*keys).limit(1)
    with forging(honest) as session:
        row = session.connection().execute(first).one()
        session.connection().execute(delete(table).where(*(key == value for key, value in zip(keys, row, strict=True))))
        assert found(session) != "None"


# rows and chains


def links(connection: Connection, stream: str) -> list[dict[str, Any]]:
    query = select(HistoryEvent.__table__).where(HistoryEvent.stream == stream).order_by(HistoryEvent.seq)
    return [dict(row) for row in connection.execute(query).mappings()]


def rewrite(connection: Connection, stream: str, chain: list[dict[str, Any]], *, head: bool = True) -> None:
    """Another chain in place of one, each link counted anew; its head, too."""
    connection.execute(delete(HistoryEvent).where(HistoryEvent.stream == stream))
    last = ""
    for seq, link in enumerate(chain, 1):
        link |= {"stream": stream, "seq": seq, "prev_hash": last}
        del link["hash"]
        last = link["hash"] = digest_of(**link)
        connection.execute(insert(HistoryEvent).values(link))
    if head:
        owner, here = (Case, "case:" + Case.number) if stream.startswith("case:") else (Ledger, Ledger.name)
        connection.execute(update(owner).where(here == stream).values(history_seq=len(chain), history_hash=last))


def cut(seq: int) -> Callable[[Connection], None]:
    return lambda connection: _drop(connection, seq)


def _drop(connection: Connection, seq: int) -> None:
    chain = links(connection, SHARING)
    number = chain[seq]["seq"]
    connection.execute(delete(HistoryEvent).where(HistoryEvent.stream == SHARING, HistoryEvent.seq == number))


def swap(model: Any, column: str, *here: Any) -> Callable[[Connection], None]:
    """Two rows of a table change places."""

    def done(connection: Connection) -> None:
        key = model.__table__.c[column]
        first, second = connection.scalars(select(key).where(*here).order_by(key).limit(2)).all()
        beside = "beside" if isinstance(first, str) else -1
        for before, after in ((first, beside), (second, first), (beside, second)):
            connection.execute(update(model.__table__).where(*here, key == before).values({key: after}))

    return done


def swap_links(connection: Connection) -> None:
    first, second = links(connection, SHARING)[1:3]
    for seq, of in ((first["seq"], second), (second["seq"], first)):
        said = {name: of[name] for name in ("at", "actor", "kind", "detail")}
        here = (HistoryEvent.stream == SHARING) & (HistoryEvent.seq == seq)
        connection.execute(update(HistoryEvent).where(here).values(said))


def put_in(connection: Connection) -> None:
    last = links(connection, SHARING)[-1]
    told = {**last, "seq": last["seq"] + 1, "prev_hash": last["hash"]}
    del told["hash"]
    connection.execute(insert(HistoryEvent).values(**told, hash=digest_of(**told)))


def replace_by_copy(connection: Connection) -> None:
    """The chain of another case, link by link, with its head."""
    chain = links(connection, ERROR)
    connection.execute(delete(HistoryEvent).where(HistoryEvent.stream == SHARING))
    connection.execute(insert(HistoryEvent), [{**link, "stream": SHARING} for link in chain])
    head = {"history_seq": len(chain), "history_hash": chain[-1]["hash"]}
    connection.execute(update(Case).where("case:" + Case.number == SHARING).values(head))


def renamed(actor: str, *, head: bool) -> Callable[[Connection], None]:
    """Another actor of one link, and all that follow counted anew."""

    def done(connection: Connection) -> None:
        chain = links(connection, SHARING)
        chain[0]["actor"] = actor
        rewrite(connection, SHARING, chain, head=head)

    return done


def without(kind: str) -> Callable[[Connection], None]:
    """The chain counted anew, as if nothing of that kind had been."""
    return lambda connection: rewrite(
        connection, SHARING, [link for link in links(connection, SHARING) if not link["kind"].startswith(kind)]
    )


def case_taken_out(connection: Connection) -> None:
    connection.execute(delete(Case).where("case:" + Case.number == SHARING))
    connection.execute(delete(HistoryEvent).where(HistoryEvent.stream == SHARING))


OF_ONE_CLOCK = ClockEntry.deadline_id == select(func.min(OF_THE_ERROR.subquery().c.id)).scalar_subquery()
OF_YIMA = Department.jurisdiction == "yima"
FOUND: dict[str, tuple[Callable[[Connection], Any], str]] = {
    "the first link cut off": (cut(0), rf"{SHARING} #1: missing"),
    "a gap": (cut(2), rf"{SHARING} #3: missing"),
    "the last link cut off": (cut(-1), rf"{SHARING} #\d+: cut off"),
    "two links swapped": (swap_links, rf"{SHARING} #2: changed"),
    "a link put in at the end": (put_in, rf"{SHARING} #\d+: cut off"),
    "the chain of another case": (replace_by_copy, rf"{SHARING} #1: changed"),
    "a chain counted anew without its head": (renamed("yima.head", head=False), rf"{SHARING} #\d+: cut off"),
    "a chain counted anew without its grant": (without("grant."), rf"{SHARING}: not as it was told: .*-SQ"),
    "a chain counted anew without its tasks": (without("task."), rf"{SHARING}: not as it was told: task"),
    "a chain of nothing": (without(""), rf"{SHARING}: not as it was told"),
    "a case with its chain, without its number": (case_taken_out, "no case has made|numbers were given out"),
    "two entries of a clock swapped": (swap(ClockEntry, "seq", OF_ONE_CLOCK), f"{ERROR}: its clocks"),
    "two uses swapped": (swap(Use, "id"), "log of uses"),
    "two departments swapped": (swap(Department, "id", OF_YIMA), "department"),
    "two names of departments swapped": (swap(Department, "code", OF_YIMA), "department"),
    "two responsibilities swapped": (swap(ResponsibilityLine, "id"), "responsibility:yunyang"),
}


@pytest.mark.parametrize("what", FOUND)
def test_rows_and_chains_that_were_cut_swapped_or_replaced_are_found(honest: World, what: str) -> None:
    forgery, named = FOUND[what]
    with forging(honest) as session:
        forgery(session.connection())
        assert re.search(named, found(session))


@on_postgres
def test_the_forgeries_are_found_on_postgres(world: World) -> None:
    played(world)
    for forgery, named in FOUND.values():
        with forging(world) as session:
            forgery(session.connection())
            assert re.search(named, found(session))
    for name, column in (
        ("share_grant", "valid_until"),
        ("deadline", "due_on"),
        ("task", "answer"),
        ("letter", "body"),
    ):
        with forging(world) as session:
            table = Base.metadata.tables[name]
            forge(session, table, table.c[column])
            assert re.search(NAMED[name], found(session))


# what only a key outside the database could show


def widened(connection: Connection) -> None:
    """More data for a grant, and its seal with it, in a chain counted anew."""
    connection.execute(update(Grant).values(items=["name", "id_number"]))
    grant = connection.execute(select(Grant.__table__)).one()
    chain = links(connection, SHARING)
    for link in chain:
        if link["detail"].get("number") == grant.number:
            link["detail"]["seal"] = seal(audit.GRANT, grant)
    rewrite(connection, SHARING, chain)


def newest_cut_off(connection: Connection) -> None:
    rewrite(connection, "calendar", links(connection, "calendar")[:-1])


NOT_FOUND: dict[str, Callable[[Connection], Any]] = {
    "another actor in a chain counted anew with its head": renamed("yima.head", head=True),
    "a grant changed with its seal in a chain counted anew": widened,
    "the newest link taken out with all that tells of it": newest_cut_off,
}


@pytest.mark.parametrize("what", NOT_FOUND)
def test_whoever_writes_all_of_the_database_can_count_it_anew_unseen_without_a_key_elsewhere(
    honest: World, what: str
) -> None:
    """A bound that is known, and told: only a signature by what lies outside the database would show it."""
    with forging(honest) as session:
        NOT_FOUND[what](session.connection())
        assert found(session) == "None"
