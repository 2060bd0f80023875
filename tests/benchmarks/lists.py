"""Lists in a large installation: the clerk's tasks, cases, a grant asked for."""

from __future__ import annotations

import argparse
import time

from sqlalchemy import func, select

from app import accounts, create_app
from app.accounts import SYSTEM, Actor, Demo
from app.cases.models import Case, Task
from app.cases.read import api
from app.catalogue import grants
from app.catalogue.models import Grant
from app.demo.bulk_copies import copy_cases
from app.demo.loading import load_demo
from app.entry import COOKIE
from app.floor import clock
from config import Config
from tests.benchmarks.installations import Installation
from tests.benchmarks.report import line, spread, timed

OPEN_SHARE = 0.9
"""More than in any office: what is open is what lists and ticks could be slowed by."""


def measure(installation: Installation, given: argparse.Namespace) -> None:
    database = installation.database
    started = time.perf_counter()
    load_demo(database, SYSTEM, Demo(allowed=True), seed=1)
    copy_cases(database, given.cases, "bench", lambda *_: None, lambda *_: None, open_share=OPEN_SHARE)
    with database.transaction(write=False) as session:
        held = select(Task.department_id, func.count()).where(Task.status == "open").group_by(Task.department_id)
        fullest = max(session.execute(held).all(), key=lambda row: row[1])
        open_tasks = session.scalar(select(func.count()).select_from(Task).where(Task.status == "open"))
        cases = session.scalar(select(func.count()).select_from(Case))
    line("played and copied", f"{cases} cases, {open_tasks} open tasks in {time.perf_counter() - started:.0f} s")
    clerk = installation.actor(_clerk_of(installation, fullest[0]))
    bureau = installation.actor("yima.bureau.clerk")

    def lists(do: object, limit: int, **more: object) -> str:
        taken = []
        for _ in range(max(20, given.rounds // 2)):
            with database.transaction(write=False) as session, installation.counting() as counted:
                taken.append(timed(lambda: do(session, limit, **more)))  # type: ignore[operator]
        return f"{spread(taken)}, {counted['statements']} statements"

    line(
        f"my tasks: 100 of {fullest[1]} by due date",
        lists(lambda s, n: api.tasks(s, clerk, mine=True, limit=n), 100),
        "5 ms",
        "",
    )
    line("the page of the same tasks, whole", _page(installation, clerk, given.rounds // 2), "40 ms", "")
    line("cases: 50 of a jurisdiction", lists(lambda s, n: api.cases(s, bureau, limit=n), 50), "10 ms, 5", "")
    line(
        "cases: 50 overdue",
        lists(lambda s, n: api.cases(s, bureau, limit=n, overdue=True, sort="due_at"), 50),
        "10 ms, 5",
        "",
    )
    line("grants/check", lists(lambda s, n: _check(s), 1), "p95 10 ms", "")


def _page(installation: Installation, clerk: Actor, rounds: int) -> str:
    """The clerk's inbox as a browser asks for it, in this process."""
    assert clerk.account_id is not None
    with installation.database.transaction() as session:
        cookie = accounts.open_session(session, clerk.account_id, clock.wall())
    config = Config(str(installation.database.url), secret_key="bench", clock="simulated")
    browser = create_app(config).test_client()
    browser.set_cookie(COOKIE, cookie)

    def ask() -> None:
        assert browser.get("/inbox").status_code == 200

    ask()  # the first pays for what is read once a process
    return spread([timed(ask) for _ in range(max(20, rounds))])


def _check(session: object) -> None:
    grant = session.scalars(select(Grant).limit(1)).first()  # type: ignore[attr-defined]
    if grant is not None:
        grants.check_grant(
            session, grant.jurisdiction, grant.department.code, grant.resource.code, grant.items, purpose=grant.purpose,
            today=clock.today(),
        )  # type: ignore[arg-type]  # fmt: skip


def _clerk_of(installation: Installation, department_id: int) -> str:
    from app.accounts import Account

    with installation.database.transaction(write=False) as session:
        found = session.scalars(select(Account).where(Account.department_id == department_id)).all()
    return next(account.username for account in found if "clerk" in account.roles)
