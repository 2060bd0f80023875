"""One action in this process: time, statements, commits; and what a finished case keeps."""

from __future__ import annotations

import argparse
import time
from typing import Any

from sqlalchemy import func, select, text

from app.cases.commands import flow
from app.cases.models import Task
from app.catalogue.models import Resource
from app.database.transactions import Base
from tests.benchmarks.installations import APPLICATION, Installation
from tests.benchmarks.report import line, spread


def application(installation: Installation, jurisdiction: str = "yima", provider: str = "minzheng") -> dict[str, Any]:
    """What to ask for: some items of a conditional resource that is not sensitive."""
    with installation.database.transaction(write=False) as session:
        query = select(Resource).where(
            Resource.jurisdiction == jurisdiction,
            Resource.share_type == "conditional",
            ~Resource.sensitive,
            Resource.published,
        )
        found = next(one for one in session.scalars(query) if one.provider.code == provider)
        return {**APPLICATION, "resource": found.code, "items": [item["code"] for item in found.items[:3]]}


REFUSAL = {
    "decision": "refuse",
    "reason": "与职责无关",
    "basis": {"kind": "rule", "title": "《办法》", "article": "第十五条"},
    "ground": "outside_duty",
}
WAYS: dict[str, tuple[tuple[str, dict[str, Any], str], ...]] = {
    "refused": (
        ("decider", REFUSAL, "complete one (a letter, the next task)"),
        ("asker", {"response": "accept"}, "complete one (the last)"),
    ),
    "granted": (
        ("decider", {"decision": "supplement", "reason": "缺依据"}, "complete one (sent back)"),
        ("asker", {"note": "已补充"}, "complete one (supplemented)"),
        ("decider", {"decision": "approve"}, "complete one (grant, letter, the last)"),
    ),
}
"""Who answers what, one after the other, and how the figure is called."""


def measure(installation: Installation, given: argparse.Namespace) -> None:
    actors = {"asker": installation.actor("yima.renshe.clerk"), "decider": installation.actor("yima.minzheng.clerk")}
    data, database = application(installation), installation.database
    taken: dict[str, list[float]] = {}
    counts: dict[str, dict[str, int]] = {}

    def one(name: str, do: Any) -> Any:
        with installation.counting() as counted:
            started = time.perf_counter()
            with database.transaction() as session:
                found = do(session)
            taken.setdefault(name, []).append(time.perf_counter() - started)
        counts[name] = dict(counted)
        return found

    def play(way: str) -> None:
        opens = "create a case and run to its first task"
        case = one(opens, lambda s: flow.open_case(s, actors["asker"], "conditional_share", "yima", data))
        for who, answer, name in WAYS[way]:
            task = _open_task(installation, case.id)
            one(name, lambda s, t=task, a=answer, w=who: flow.complete_task(s, actors[w], t, a))

    kept = {}
    for way in WAYS:
        play(way)  # the first pays for what is read once a process
        before = _kept(installation)
        for _ in range(given.rounds):
            play(way)
        kept[way] = [(now - then) / given.rounds for now, then in zip(_kept(installation), before, strict=True)]
    for name, seconds in taken.items():
        counted = f"{counts[name]['statements']} statements, {counts[name]['commits']} commit"
        line(name, f"{spread(seconds)}, {counted}", "5 ms, 16, 1", "3 ms, 12")
    for way, (rows, size) in kept.items():
        what = f"kept of a finished case, {way} ({len(WAYS[way])} tasks)"
        line(what, f"{rows:.1f} rows, {size / 1000:.1f} kB", "22 rows, 14 kB" if way == "refused" else "", "8 kB")


def _open_task(installation: Installation, case_id: int) -> int:
    with installation.database.transaction(write=False) as session:
        return session.scalars(select(Task.id).where(Task.case_id == case_id, Task.status == "open")).one()


def _kept(installation: Installation) -> tuple[int, int]:
    """Rows of all tables, and bytes in use."""
    installation.vacuum()
    with installation.database.transaction(write=False) as session:
        rows = sum(
            session.scalar(select(func.count()).select_from(table)) or 0 for table in Base.metadata.sorted_tables
        )
        if installation.database.is_sqlite:
            used = session.scalar(text("pragma page_count")) - session.scalar(text("pragma freelist_count"))
            size = used * session.scalar(text("pragma page_size"))
        else:
            size = session.scalar(text("select pg_database_size(current_database())"))
    return rows, size
