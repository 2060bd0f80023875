"""The rows of a case: itself, its parties, tasks, deadlines with their journal, timers and incidents."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.database.transactions import Base
from app.history import Chained

_OPEN, _ARMED = text("status = 'open'"), text("state = 'armed'")
_WATCHED = text("watch_at is not null")


class Case(Base, Chained):
    """One run of a procedure. `state` (the engine's, trimmed and packed) and `facts` (every answer, by element id) are
    written in the same transaction as all other rows; the row's lock orders everything that happens to the case.
    `grant_id`: the grant that the case reviews, or that an application is to renew."""

    __tablename__ = "case"
    stream_of = "case:", "number"
    sealed = (
        "number", "jurisdiction", "procedure", "bundle", "diagram_version", "rule_version", "subject", "status",
        "outcome", "occurred_at", "opened_at", "closed_at", "opened_by", "resource", "lanes", "grant_id",
    )  # fmt: skip
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(60), unique=True)
    number_order: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """The number with its count in ten digits, so that 10000 comes after 9999."""
    jurisdiction: Mapped[str] = mapped_column(String(40))
    procedure: Mapped[str] = mapped_column(String(60))
    bundle: Mapped[str] = mapped_column(String(64))
    diagram_version: Mapped[str] = mapped_column(String(80))
    rule_version: Mapped[str] = mapped_column(String(120))
    subject: Mapped[str] = mapped_column(String(300), default="")
    status: Mapped[str] = mapped_column(String(10), default="open")
    outcome: Mapped[str | None] = mapped_column(String(60))
    occurred_at: Mapped[datetime]
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    opened_by: Mapped[str] = mapped_column(String(80))
    due_at: Mapped[datetime | None]
    resource: Mapped[str | None] = mapped_column(String(120))
    lanes: Mapped[dict[str, Any]] = mapped_column(default=dict)
    idempotency_key: Mapped[str | None] = mapped_column(String(200), unique=True)
    request_hash: Mapped[str | None] = mapped_column(String(64))
    """Of what was sent with the key: the same key with something else is refused."""
    receipt: Mapped[str | None] = mapped_column(String(64), unique=True)
    grant_id: Mapped[int | None]
    facts: Mapped[dict[str, Any]] = mapped_column(default=dict, deferred=True)
    state: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        Index("ix_case_list", "jurisdiction", "id"),
        Index("ix_case_status", "jurisdiction", "status", "id"),
        Index("ix_case_due", "jurisdiction", "due_at", "id"),
        Index("ix_case_grant", "grant_id"),
        Index("ix_case_number_order", "number_order", "id"),
    )


class Party(Base):
    """A department that may see the case: applicant, provider, and everybody who ever held a task of it."""

    __tablename__ = "party"
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    __table_args__ = (Index("ix_party_case", "case_id"),)


class Deadline(Base):
    """A clock of the case under one rule. Its dates are the fold of its journal, kept here to be searched.

    `owed_by_id` and `owed_role` are who last held a step under it: they owe it, wherever the case lies. `watch_at` is
    the next moment at which somebody must hear of it; `reminded_for` and `overdue_for` are the due dates of which that
    has been done. After some `watch_attempts` that failed there is an incident, and it is tried once a day."""

    __tablename__ = "deadline"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    rule: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(12))
    length: Mapped[int]
    unit: Mapped[str] = mapped_column(String(8), default="days")
    article: Mapped[list[str]] = mapped_column(default=list)
    law: Mapped[str | None] = mapped_column(String(200))
    reason: Mapped[str | None] = mapped_column(String(12))
    remind: Mapped[int] = mapped_column(default=0)
    repeats: Mapped[bool]
    state: Mapped[str] = mapped_column(String(12))
    started_on: Mapped[date | None]
    due_on: Mapped[date | None]
    due_at: Mapped[datetime | None]
    unpaused_due_on: Mapped[date | None]
    certainty: Mapped[str | None] = mapped_column(String(12))
    late: Mapped[bool] = mapped_column(default=False)
    met_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    calendar_version: Mapped[int]
    rule_version: Mapped[str] = mapped_column(String(120))
    owed_by_id: Mapped[int | None]
    owed_role: Mapped[str] = mapped_column(String(10), default="clerk")
    watch_at: Mapped[datetime | None]
    reminded_for: Mapped[date | None]
    overdue_for: Mapped[date | None]
    watch_attempts: Mapped[int] = mapped_column(default=0)
    case: Mapped[Case] = relationship()
    entries: Mapped[list[ClockEntry]] = relationship(back_populates="deadline", order_by="ClockEntry.seq")

    __table_args__ = (
        Index("ix_deadline_case", "case_id"),
        Index(
            "ix_deadline_open",
            "due_on",
            postgresql_where=text("state in ('pending', 'running', 'paused')"),
            sqlite_where=text("state in ('pending', 'running', 'paused')"),
        ),
        Index("ix_deadline_watch", "watch_at", "id", postgresql_where=_WATCHED, sqlite_where=_WATCHED),
    )


class ClockEntry(Base):
    """One line of a clock's append-only journal: start, pend, bind, suspend, resume, restart, extend,
    correct, order, met, cancel. An order names its day (`on`), the department (`ground`) and the step (`reason`)."""

    __tablename__ = "clock_entry"
    deadline_id: Mapped[int] = mapped_column(ForeignKey("deadline.id"), primary_key=True)
    seq: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    on: Mapped[date]
    at: Mapped[datetime]
    days: Mapped[int | None]
    ground: Mapped[str | None] = mapped_column(String(60))
    reason: Mapped[str | None] = mapped_column(String(4000))
    actor: Mapped[str] = mapped_column(String(80))
    deadline: Mapped[Deadline] = relationship(back_populates="entries")


class Task(Base):
    """A step that waits for a person. `origin` is the diagram or a side task that hangs on `parent`; a task with open
    blocking side tasks cannot be completed. Completing is one guarded step on a locked case: it happens once."""

    __tablename__ = "task"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    jurisdiction: Mapped[str] = mapped_column(String(40))
    process: Mapped[str] = mapped_column(String(60))
    key: Mapped[str] = mapped_column(String(100))
    engine_id: Mapped[str | None] = mapped_column(String(36))
    origin: Mapped[str] = mapped_column(String(10), default="diagram")
    side_kind: Mapped[str | None] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    blocking: Mapped[bool] = mapped_column(default=False)
    lane: Mapped[str] = mapped_column(String(60))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    role: Mapped[str] = mapped_column(String(10), default="clerk")
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    status: Mapped[str] = mapped_column(String(10), default="open")
    actions: Mapped[list[str]] = mapped_column(default=list)
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadline.id"))
    due_at: Mapped[datetime | None]
    due_kind: Mapped[str] = mapped_column(String(12), default="none")
    opened_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    answer: Mapped[dict[str, Any] | None]
    case: Mapped[Case] = relationship()
    deadline: Mapped[Deadline | None] = relationship()

    __table_args__ = (
        Index("ix_task_case", "case_id"),
        Index(
            "ix_task_inbox",
            "department_id",
            "due_at",
            "id",
            postgresql_where=_OPEN,
            sqlite_where=_OPEN,
        ),
        Index("ix_task_due", "jurisdiction", "due_at", "id", postgresql_where=_OPEN, sqlite_where=_OPEN),
        Index("ix_task_deadline", "deadline_id"),
    )


class Timer(Base):
    """A timer of the diagram, armed: ours, not the engine's. `due_at` is read through its clock and empty while the
    clock is not started, paused or met. Rows that fired stay, so that nothing is told twice. `spent`: the drawing's own
    event has happened, and only the telling is repeated when the clock has been moved to a new day."""

    __tablename__ = "timer"
    engine_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    element: Mapped[str] = mapped_column(String(100))
    on_element: Mapped[str] = mapped_column(String(100))
    rule: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    interrupting: Mapped[bool]
    deadline_id: Mapped[int | None] = mapped_column(ForeignKey("deadline.id"))
    state: Mapped[str] = mapped_column(String(10), default="armed")
    due_at: Mapped[datetime | None]
    told_for: Mapped[date | None]
    spent: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    case: Mapped[Case] = relationship()
    deadline: Mapped[Deadline | None] = relationship()

    __table_args__ = (
        Index("ix_timer_case", "case_id"),
        Index("ix_timer_due", "due_at", "engine_id", postgresql_where=_ARMED, sqlite_where=_ARMED),
    )


class Incident(Base):
    """A step that could not run. The case is as it was before; a supervisor sees it and can have it tried again."""

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    jurisdiction: Mapped[str] = mapped_column(String(40))
    timer: Mapped[str | None] = mapped_column(String(36))
    deadline_id: Mapped[int | None]
    task_id: Mapped[int | None] = mapped_column(ForeignKey("task.id"))
    reason: Mapped[str] = mapped_column(String(60))
    message: Mapped[str] = mapped_column(String(4000))
    element: Mapped[str | None] = mapped_column(String(100))
    actor: Mapped[str] = mapped_column(String(80))
    opened_at: Mapped[datetime]
    solved_at: Mapped[datetime | None]
    solved_by: Mapped[str | None] = mapped_column(String(80))
    times: Mapped[int] = mapped_column(default=1)

    __table_args__ = (
        Index(
            "ix_incident_open",
            "jurisdiction",
            "id",
            postgresql_where=text("solved_at is null"),
            sqlite_where=text("solved_at is null"),
        ),
        Index("ix_incident_case", "case_id"),
    )
