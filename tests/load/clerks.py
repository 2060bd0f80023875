"""What the processes of these tests do all day: open cases, answer tasks, fire timers, until nothing is left to do.

Each is a process of its own, so that it can be killed like one. What was acknowledged to a clerk, its process notes in
a file after the commit, in one write: a kill can lose the note, as it can lose an answer on the way to a browser, but
never half of it.
"""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path
from typing import Any

from sqlalchemy import event, func, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app.accounts import Actor, Department, actor_by_username
from app.cases.commands import flow, timers
from app.cases.models import Case, Task
from app.database.transactions import Database
from app.floor import clock
from app.floor.errors import Conflict

PLACE, RESOURCE, APPLICANT, PROVIDER = "yinchuan", "YC-WJ-101", "renshe", "weijian"
"""A sensitive resource where the bureau decides too: six tasks a case, two of them open at the same time."""
STEPS, OUTCOME = 6, "granted"
APPLICATION = {
    "resource": RESOURCE,
    "items": ["name"],
    "purpose": "生育津贴审核",
    "scope": "全市",
    "share_mode": "interface",
    "legal_duty": "办理社会保险",
}
PAUSE = 0.05


class Death:
    """Comes at the n-th statement, or before the n-th thing done is noted: it is committed, and nobody was told. So
    deaths happen at every place, not only where most of the time is spent. At 0 it does not come."""

    def __init__(self, at: str, n: int):
        self._at, self._left = at, n

    def comes_nearer(self, at: str) -> None:
        if at == self._at:
            self._left -= 1
            if self._left == 0:
                os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, database: Database) -> None:
        for moment in ("before_cursor_execute", "commit"):
            event.listen(database.engine, moment, lambda *_: self.comes_nearer("statement"))


class Notebook:
    """One process' notes: a line each, kept once it is written."""

    def __init__(self, file: Path, death: Death):
        self._file = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        self._death = death

    def note(self, *words: object) -> None:
        self._death.comes_nearer(str(words[0]))
        os.write(self._file, ("\t".join(map(str, words)) + "\n").encode())


def read_notes(folder: Path) -> Iterator[list[str]]:
    for file in sorted(folder.glob("*.notes")):
        for line in file.read_text().splitlines():
            yield line.split("\t")


def cut_off(folder: Path) -> list[list[str]]:
    """Where the database refused or was lost: never while it stands, for locks are there to be waited for."""
    return [words for words in read_notes(folder) if words[0] == "cut off"]


def process(work: Callable[..., None]) -> Callable[..., None]:
    """The body of a process: an error ends up in its notes."""

    @wraps(work)
    def whole(url: str, folder: Path, name: str, dies_at: tuple[str, int], *given: Any) -> None:
        death = Death(*dies_at)
        notebook = Notebook(folder / f"{name}.notes", death)
        database = Database(url, simulated_clock=True, pool_size=2)
        death.watch(database)
        try:
            work(database, notebook, name, *given)
        except BaseException:
            notebook.note("error", traceback.format_exc().replace("\n", "|"))
            raise

    return whole


# opening and answering


@process
def handle_cases(database: Database, notebook: Notebook, name: str, cases: int) -> None:
    """Open so many cases, all processes together, and answer what is open until every case is closed."""
    rng = random.Random(name)
    while True:
        with _again(notebook):
            todo = _look(database, cases, rng)
            if todo is None:
                return
            kind, what = todo
            if kind == "open":
                _open(database, notebook, name, what)
            elif kind == "task":
                _answer(database, notebook, name, what)


@contextmanager
def _again(notebook: Notebook) -> Iterator[None]:
    """What everybody does who was refused or cut off: note it, look again, go on."""
    try:
        yield
    except Conflict as error:
        notebook.note("refused", error.code)
    except DBAPIError as error:
        notebook.note("cut off", type(error.orig).__name__, getattr(error.orig, "sqlstate", ""))
        time.sleep(PAUSE)


def _look(database: Database, cases: int, rng: random.Random) -> tuple[str, Any] | None:
    """Something to do: a task that is open (of the oldest few, so that several reach for the same), or a case that is
    still to be opened. None when all is done."""
    with database.transaction(write=False) as session:
        tasks = session.scalars(select(Task.id).where(Task.status == "open").order_by(Task.id).limit(3)).all()
        opened = session.scalar(select(func.count()).select_from(Case)) or 0
    if opened < cases and (not tasks or rng.random() < 0.3):
        return "open", opened
    return ("task", rng.choice(tasks)) if tasks else None


def _open(database: Database, notebook: Notebook, name: str, number: int) -> None:
    """The key makes sure that each case is opened once, whoever comes first: it is of one account."""
    began = time.perf_counter()
    with database.transaction() as session:
        actor = named(session, f"{PLACE}.{APPLICANT}.clerk")
        case = flow.open_case(session, actor, "conditional_share", PLACE, APPLICATION, idempotency_key=f"case-{number}")
    notebook.note("opened", case.id, f"case-{number}", time.perf_counter() - began)


def _answer(database: Database, notebook: Notebook, name: str, task_id: int) -> None:
    began = time.perf_counter()
    with database.transaction() as session:
        task = session.get_one(Task, task_id)
        department = session.get_one(Department, task.department_id)
        actor = named(session, clerk(department.jurisdiction, department.code, name))
        answer = answer_to(session, task)
        session.expunge_all()
        flow.complete_task(session, actor, task_id, answer)
    notebook.note("done", task_id, actor.username, time.perf_counter() - began)


def answer_to(session: Session, task: Task) -> dict[str, Any]:
    supplemented = session.scalar(
        select(func.count()).where(Task.case_id == task.case_id, Task.key == "applicant_supplement")
    )
    return {
        "provider_review": {"decision": "approve"}
        if supplemented
        else {"decision": "supplement", "reason": "请补充办理依据"},
        "applicant_supplement": {"note": "已补正"},
        "confirm_agreement_applicant": {"agreed": True},
        "confirm_agreement_provider": {"agreed": True},
        "bureau_authorise": {"decision": "approve"},
    }[task.key]


def clerk(place: str, department: str, seat: str) -> str:
    return f"{place}.{department}.clerk.{seat}"


def named(session: Session, username: str) -> Actor:
    actor = actor_by_username(session, username)
    assert actor is not None, username
    return actor


# ticking


@process
def fire_timers(database: Database, notebook: Notebook, name: str) -> None:
    """Fire what is due until nothing is."""
    while True:
        with _again(notebook):
            ticked = timers.run_due(database, limit=1)
            notebook.note("fired", ticked.fired, ticked.failed)
            with database.transaction(write=False) as session:
                due_at, now = timers.next_due_at(session), clock.now()
            if due_at is None or due_at > now:
                return
