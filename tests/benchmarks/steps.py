"""One action in this process: time, statements, commits; and what a finished case keeps."""

from __future__ import annotations

import argparse
import time
from typing import Any

from sqlalchemy import func, select, text

from app.cases import flow
from app.cases.models import Task
from app.catalogue.models import Resource
from app.db import Base
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


def measure(installation: Installation, given: argparse.Namespace) -> None:
    asker, decider = installation.actor("yima.renshe.clerk"), installation.actor("yima.minzheng.clerk")
    data, database = application(installation), installation.database
    opened: list[float] = []
    sent_back: list[float] = []
    approved: list[float] = []
    counts: dict[str, dict[str, int]] = {}

    def one(name: str, taken: list[float], do: Any) -> Any:
        with installation.counting() as counted:
            started = time.perf_counter()
            with database.transaction() as session:
                found = do(session)
            taken.append(time.perf_counter() - started)
        counts[name] = dict(counted)
        return found

    before = _kept(installation)
    for _ in range(given.rounds):
        case = one("open", opened, lambda s: flow.open_case(s, asker, "conditional_share", "yima", data))
        task = _open_task(installation, case.id)
        one(
            "back",
            sent_back,
            lambda s, t=task: flow.complete_task(s, decider, t, {"decision": "supplement", "reason": "缺依据"}),
        )
        task = _open_task(installation, case.id)
        with database.transaction() as session:
            flow.complete_task(session, asker, task, {"note": "已补充"})
        task = _open_task(installation, case.id)
        one("approve", approved, lambda s, t=task: flow.complete_task(s, decider, t, {"decision": "approve"}))
    rows, size = (now - then for now, then in zip(_kept(installation), before, strict=True))
    for what, name, taken in (
        ("create a case and run to its first task", "open", opened),
        ("complete one user task (sent back)", "back", sent_back),
        ("complete one user task (grant, letter, end)", "approve", approved),
    ):
        counted = counts[name]
        found = f"{spread(taken)}, {counted['statements']} statements, {counted['commits']} commit"
        line(what, found, "5 ms, 16, 1", "3 ms, 12")
    line(
        "kept per finished case (3 tasks)",
        f"{rows / given.rounds:.1f} rows, {size / given.rounds / 1000:.1f} kB",
        "22 rows, 14 kB",
        "8 kB",
    )


def _open_task(installation: Installation, case_id: int) -> int:
    with installation.database.transaction(write=False) as session:
        return session.scalars(select(Task.id).where(Task.case_id == case_id, Task.status == "open")).one()


def _kept(installation: Installation) -> tuple[int, int]:
    """Rows of all tables, and bytes in use."""
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
