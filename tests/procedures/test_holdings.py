"""The list of grants: the same for pages and programs, each department its own, read by index however long it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text

from app.accounts import actor_by_username
from app.cases.read import grant_lists
from app.catalogue.models import Grant
from tests.procedures.grant_story import START, Story
from tests.world import World, done, on_both

ASKED: dict[str, dict[str, Any]] = {
    "all": {},
    "state": {"state": "suspended"},
    "expired": {"state": "expired"},
    "ends within": {"ends_within": 30},
    "holder": {"department": "renshe"},
    "provider": {"provider": "gongan"},
    "entry": {"resource": "YM-GA-002"},
    "by end": {"sort": "-valid_until"},
    "held": {"role": "held"},
    "held, by state": {"role": "held", "state": "suspended"},
    "held, by end": {"role": "held", "sort": "valid_until"},
    "provided": {"role": "provided"},
}
READERS = ("yima.bureau.clerk", "yima.renshe.clerk", "yima.gongan.clerk")


def statements(world: World, who: str, asked: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What the list asks the database, each with its plan; nothing is scanned because the tables are small."""
    sent: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        sent.append((statement, parameters))

    engine = world.database.engine
    with world.database.transaction(write=False) as session:
        actor = actor_by_username(session, who)
        assert actor is not None
        event.listen(engine, "before_cursor_execute", note)
        grant_lists.find(session, actor, **asked)
        event.remove(engine, "before_cursor_execute", note)
        explain = "EXPLAIN QUERY PLAN " if engine.dialect.name == "sqlite" else "EXPLAIN "
        if engine.dialect.name != "sqlite":
            session.execute(text("SET LOCAL enable_seqscan = off"))
        for statement, parameters in sent:
            if "share_grant" in statement:
                plan = session.connection().exec_driver_sql(explain + statement, parameters).all()
                yield statement, "\n".join(str(row[-1]) for row in plan)


@on_both
def test_every_filter_and_order_of_the_list_is_read_by_an_index(world: World) -> None:
    world.at(START)
    for who in READERS:
        for name, asked in ASKED.items():
            found = list(statements(world, who, asked))
            assert found, (who, name)
            for statement, plan in found:
                scanned = [one for one in plan.splitlines() if re.search("(scan|search).* share_grant", one, re.I)]
                assert scanned or "One-Time Filter: false" in plan, plan
                told = (who, name, statement, plan)
                assert all("INDEX" in one.upper() or "Bitmap Heap" in one for one in scanned), told
                assert "Seq Scan on share_grant" not in plan, told


def numbers(world: World, who: str, **asked: Any) -> list[str]:
    return [one["number"] for one in done(world.api(who).get("/grants", **asked))["items"]]


def test_programs_filter_the_same_list_and_page_through_it(world: World) -> None:
    story = Story(world, "yima")
    made = [story.number]
    with world.database.transaction() as session:
        first = session.get_one(Grant, story.grant()["id"])
        for days in (10, 40, None):
            kept = {
                one.name: getattr(first, one.name)
                for one in Grant.__table__.columns
                if one.name not in ("id", "number", "valid_until")
            }
            until = START.date() + timedelta(days=days) if days else None
            number = f"{story.number}-{days}"
            session.add(Grant(number=number, valid_until=until, **kept))
            made.append(number)
    bureau = "yima.bureau.clerk"
    assert sorted(numbers(world, bureau)) == sorted(made)
    assert numbers(world, bureau, ends_within=30) == [made[1]]
    assert numbers(world, bureau, ends_within=60) == [made[1], made[2]]
    assert numbers(world, bureau, sort="valid_until")[:2] == [made[1], made[2]]
    for sort in grant_lists.SORTS:
        for who in (bureau, "yima.renshe.clerk", "yima.gongan.clerk"):
            assert list(paged(world, who, sort)) == numbers(world, who, sort=sort), (who, sort)
    assert sorted(numbers(world, "yima.renshe.clerk", role="held")) == sorted(made)
    assert numbers(world, "yima.renshe.clerk", role="provided") == []
    assert sorted(numbers(world, "yima.gongan.clerk", role="provided")) == sorted(made)
    assert numbers(world, "yima.shuiwu.clerk") == numbers(world, "yunyang.bureau.clerk") == []
    assert numbers(world, "yunyang.bureau.clerk", department="renshe") == []
    story.later(20)
    assert numbers(world, bureau, state="expired") == [made[1]]
    for odd in ({"state": "x"}, {"role": "x"}, {"sort": "x"}, {"ends_within": -1}, {"after": "x"}):
        assert world.api(bureau).get("/grants", **odd).status_code == 422, odd


def paged(world: World, who: str, sort: str) -> Iterator[str]:
    after: dict[str, str] = {}
    for _ in range(9):
        found = done(world.api(who).get("/grants", sort=sort, limit=1, **after))
        yield from (one["number"] for one in found["items"])
        if found["next"] is None:
            return
        after = {"after": found["next"]}
    raise AssertionError("the pages have no end")


@pytest.mark.parametrize("day", [date(2026, 9, 8), date(2026, 9, 9), date(2026, 9, 10)])
def test_a_grant_is_good_until_the_end_of_its_last_day_here(world: World, day: date) -> None:
    """Asia/Shanghai, whatever the machine's day is: 00:30 there is the day before in UTC."""
    story = Story(world, "yima", {"period_months": 6, "reason": "业务半年内办结"})
    assert story.grant()["valid_until"] == "2026-09-09"
    for hour in ("00:30", "23:59"):
        world.at(f"{day.isoformat()}T{hour}:00+08:00")
        assert story.check()["allowed"] is (day <= date(2026, 9, 9)), hour
        assert story.grant()["state"] == ("active" if day <= date(2026, 9, 9) else "expired")
