"""Whether the tasks of a case are what its history tells of them: each that it has opened is there, of that step, lane
and department, and was closed as it says, by whom and when. And whether its seats are the departments that they name,
and its running clocks are watched: who swaps two departments, or keeps a clock quiet, is found here."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from app.accounts import Account, Department
from app.cases.models import Deadline, Task
from app.floor import clock

DONE, CANCELLED, STARTED = "task.done", "task.cancelled", "task.opened"
"""The links that tell the answer to a task, that it is no longer needed, and that it is to be done."""
MOVED, STOPPED = "case.moved", "case.stopped"
"""The link that tells of a new department in the seats, and that which ends whatever is open."""
_TASKS = (
    select(
        Task.id, Task.key, Task.lane, Task.role, Task.origin, Task.status, Task.answer, Task.opened_at, Task.closed_at,
        Department.code.label("department"), Account.username.label("by"),
    )
    .outerjoin(Department, Department.id == Task.department_id)
    .outerjoin(Account, Account.id == Task.closed_by_id)
    .where(Task.case_id == bindparam("case_id"))
)  # fmt: skip
Places = Mapping[int, tuple[str, str]]
"""The departments by id: jurisdiction and code."""


def places(session: Session) -> Places:
    rows = session.execute(select(Department.id, Department.jurisdiction, Department.code))
    return {id: (jurisdiction, code) for id, jurisdiction, code in rows}


def changed_seats(row: Any, known: Places) -> list[str]:
    """The seats whose department, by its number, is not the one of that code."""
    seats = [seat for seat in (row.lanes or {}).values() if seat and seat.get("id") is not None]
    return sorted({seat["code"] for seat in seats if known.get(seat["id"]) != (row.jurisdiction, seat["code"])})


def changed_tasks(session: Session, case_id: int, events: Iterable[Any]) -> list[str]:
    """The tasks that are not as they were opened and closed, that are gone, or of which nobody has told."""
    rows = session.execute(_TASKS, {"case_id": case_id}).all()
    closed = {detail["task"]: (kind, link) for kind, detail, link in _closings(events)}
    stops = {at for at, kind, _, _ in events if kind == STOPPED}
    forged = {f"task {id}" for id in closed.keys() - {row.id for row in rows}}
    forged |= {f"task {row.id}" for row in rows if not _closed_as_told(session, row, closed.get(row.id), stops)}
    return sorted(forged | _opened_otherwise(rows, events))


def _closings(events: Iterable[Any]) -> Iterator[tuple[str, Mapping[str, Any], Any]]:
    for link in events:
        if link.kind in (DONE, CANCELLED):
            yield link.kind, link.detail, link


def _closed_as_told(session: Session, row: Any, told: tuple[str, Any] | None, stops: set[Any]) -> bool:
    if told is None:
        beside = row.origin != "diagram" or row.closed_at in stops
        return row.status == "open" or (row.status == "cancelled" and beside)
    kind, link = told
    if (row.key, row.closed_at) != (link.detail["key"], link.at):
        return False
    if kind == CANCELLED:
        return bool(row.status == "cancelled")
    return bool(row.status == "done") and link.detail["data"] == _given(row.answer or {}) and _by(session, row, link)


def _given(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if value is not None}


def _by(session: Session, row: Any, link: Any) -> bool:
    """Whether who has closed it is who the history says; a citizen has no account."""
    if row.by is not None:
        return bool(row.by == link.actor)
    return session.scalar(select(Account.id).where(Account.username == link.actor)) is None


def _opened_otherwise(rows: Iterable[Any], events: Iterable[Any]) -> set[str]:
    """The steps of which not as many tasks are there as were opened at that moment, or for another department or role.
    A department that took the case over has those that were open."""
    told, kept = Tally[Any](), Tally[Any]()
    whose: dict[Any, set[tuple[Any, Any]]] = {}
    receivers = {link.detail.get("receiver") for link in events if link.kind == MOVED}
    for link in events:
        if link.kind == STARTED:
            about = link.detail["key"], link.detail["lane"], link.at
            told[about] += 1
            if "role" in link.detail:
                whose.setdefault(about, set()).add((link.detail["department"], link.detail["role"]))
    forged = set()
    for row in rows:
        about = row.key, row.lane, row.opened_at
        kept[about] += row.origin == "diagram"
        held = whose.get(about)
        allowed = held and held | {(code, role) for code in receivers for _, role in held}
        if allowed and row.origin == "diagram" and (row.department, row.role) not in allowed:
            forged.add(f"task {row.id}")
    return forged | {f"task {key}" for key, _, _ in (told - kept) + (kept - told)}


def unwatched(clocks: Iterable[Deadline]) -> list[str]:
    """The rules whose running clock nobody would hear of: it has no next moment, and was not told of as overdue."""
    today = clock.today()
    return sorted(
        row.rule
        for row in clocks
        if row.state == "running" and row.due_on is not None and row.watch_at is None and not row.watch_attempts
        if row.overdue_for is None or row.overdue_for > today
    )
