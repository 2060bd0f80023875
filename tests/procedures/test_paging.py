"""A list by date: each row once on all its pages, rows without a date last, and a page behind the others costs what the
first one does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from app.cases import paging
from app.cases.models import Case
from app.cases.paging import cursor_of, rows_of
from app.floor.errors import Invalid
from tests.world import World, on_both, on_postgres

FIRST = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
DAYS = (3, None, 1, 3, None, 2, 3, None)
"""When each case is due: some on the same day, some never."""
APPLICATION = {
    "resource": "YM-GA-002", "items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface",
}  # fmt: skip
OF_YIMA = select(Case.id, Case.due_at).where(Case.jurisdiction == "yima")


@pytest.fixture
def dated(world: World) -> list[tuple[datetime | None, int]]:
    world.at("2026-03-09T10:00:00+08:00")
    ids = [world.open_case("yima.renshe.clerk", "conditional_share", APPLICATION)["id"] for _ in DAYS]
    dues = [None if days is None else FIRST + timedelta(days=days) for days in DAYS]
    with world.database.transaction() as session:
        for case_id, due in zip(ids, dues, strict=True):
            session.execute(update(Case).where(Case.id == case_id).values(due_at=due))
    return list(zip(dues, ids, strict=True))


def in_order(dated: list[tuple[datetime | None, int]], descending: bool) -> list[int]:
    with_date = sorted(((due, case_id) for due, case_id in dated if due), reverse=descending)
    without = sorted((case_id for due, case_id in dated if not due), reverse=descending)
    return [case_id for _, case_id in with_date] + without


@on_both
@pytest.mark.parametrize("descending", [False, True])
def test_all_pages_together_are_the_list(
    world: World, dated: list[tuple[datetime | None, int]], descending: bool
) -> None:
    with world.database.transaction(write=False) as session:
        for limit in range(1, len(DAYS) + 2):
            assert list(paged(session, descending, limit)) == in_order(dated, descending), limit


def paged(session: Session, descending: bool, limit: int) -> Iterator[int]:
    after: str | None = None
    for _ in range(len(DAYS) + 1):
        found = rows_of(session.execute, OF_YIMA, Case.due_at, Case.id, descending=descending, after=after, limit=limit)
        yield from (case_id for case_id, _ in found[:limit])
        if len(found) <= limit:
            return
        case_id, due_at = found[limit - 1]
        after = cursor_of(due_at, case_id)
    raise AssertionError("the pages have no end")


@on_postgres
@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("after", ["", "2026-03-12T09:30:00+00:00|3"])
def test_each_page_is_read_from_where_it_begins(world: World, descending: bool, after: str) -> None:
    """By the index, in its order: nothing is sorted, and what the pages before have shown is not read again."""
    with world.database.transaction(write=False) as session:
        session.execute(text("SET LOCAL enable_seqscan = off"))
        session.execute(text("SET LOCAL enable_bitmapscan = off"))
        first = next(paging._parts(OF_YIMA, Case.due_at, Case.id, descending, after or None))
        plan = explained(session, first.limit(3))
    assert "ix_case_due" in plan
    assert "Sort" not in plan
    assert ("ROW(due_at, id)" in plan) is bool(after)


def explained(session: Session, query: Any) -> str:
    spelt = query.compile(session.get_bind(), compile_kwargs={"literal_binds": True})
    return "\n".join(session.scalars(text(f"EXPLAIN {spelt}".replace(":", "\\:"))))


def test_a_cursor_of_something_else_is_refused(world: World) -> None:
    with world.database.transaction(write=False) as session:
        for after in ("x", "yesterday|1", "|x", "|99999999999"):
            with pytest.raises(Invalid, match="after"):
                rows_of(session.execute, OF_YIMA, Case.due_at, Case.id, descending=False, after=after, limit=3)
