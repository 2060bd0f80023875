"""What time brings about: each due timer fires, and each due clock is told of, in a transaction of its own, on a locked
case, exactly once.

On PostgreSQL the row itself is the claim (FOR UPDATE SKIP LOCKED, held until the commit): a process that dies gives it
back at once, and two tickers never hold the same one. On SQLite writers queue anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from app.cases.commands import flow, incidents
from app.cases.models import Case, Deadline, Timer
from app.database import unit_of_work
from app.database.statements import CompiledStatement
from app.database.transactions import OUT_OF_REACH, Database, Setting
from app.floor import clock
from app.floor.errors import EngineError, unforeseen
from app.history import SYSTEM

log = structlog.get_logger()
RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
TOLD_AGAIN_AFTER, TOLD_AGAIN = timedelta(days=1), 60
"""A clock that could not be told of is an incident, and is tried again each day, so often."""
NOTED_EVERY = timedelta(seconds=5)
_NOTE = "worker:tick"


@dataclass
class Ticked:
    fired: int = 0
    failed: int = 0


def run_due(database: Database, limit: int | None = None) -> Ticked:
    """Fire everything that is due now, oldest first; at most `limit`. Failures are put off and become incidents."""
    ticked = Ticked()
    while limit is None or ticked.fired + ticked.failed < limit:
        done = _fire_next(database)
        if done is None:
            break
        ticked.fired += done
        ticked.failed += not done
    return ticked


@dataclass(frozen=True)
class Pass:
    """A worker's look at the timers that came to its end, by the machine's clock."""

    ended_at: datetime
    seconds: float


def note_pass(database: Database, done: Pass) -> None:
    """Write down that a pass came to its end: a worker that hangs, fails each time or is gone falls silent. Not every
    pass, because each would be a write."""
    with database.transaction(write=False) as session:
        last = last_pass(session)
    if last is not None and done.ended_at - last.ended_at < NOTED_EVERY:
        return
    with database.transaction() as session:
        session.merge(Setting(name=_NOTE, value=f"{done.ended_at.isoformat()} {done.seconds:.3f}"))


def last_pass(session: Session) -> Pass | None:
    """The last pass that a worker has noted; None before the first."""
    row = session.get(Setting, _NOTE)
    if row is None:
        return None
    ended_at, _, seconds = row.value.partition(" ")
    return Pass(datetime.fromisoformat(ended_at), float(seconds or 0))


def next_due_at(session: Session) -> datetime | None:
    """When the next armed timer is due, or the next clock must be told of; None when nothing is."""
    timers = select(func.min(Timer.due_at)).where(Timer.state == "armed")
    watched = select(func.min(Deadline.watch_at))
    return min(filter(None, (session.scalar(timers), session.scalar(watched))), default=None)


@dataclass
class _Due:
    """What has been claimed: the key of a timer, or of a clock of which somebody must hear."""

    timer: str | None = None
    deadline: int | None = None


def _fire_next(database: Database) -> bool | None:
    """True: fired; False: failed and put off; None: nothing is due."""
    due = _Due()
    try:
        with database.transaction() as session:
            if not _fire(session, due):
                return None
        return True
    except OUT_OF_REACH:
        raise
    except Exception as error:  # whatever is broken about one case must not hold up all others
        if due.timer is None and due.deadline is None:
            raise
        with database.transaction() as session:
            _put_off(session, due, _told(error, due))
        return False


def _fire(session: Session, due: _Due) -> bool:
    """Timers before clocks: what a timer ends, nobody needs to be told of any more."""
    if (timer := claim(session, clock.now())) is not None:
        due.timer = timer.engine_id
        flow.fire_timer(session, timer)
        return True
    if (deadline := claim_clock(session, clock.now())) is not None:
        due.deadline, failed = deadline.id, deadline.watch_attempts
        flow.tell_of_clock(session, deadline)
        if failed > len(RETRY_AFTER):
            incidents.solve_told(session, deadline)
        return True
    return False


def _told(error: Exception, due: _Due) -> EngineError:
    """The failure as it is shown; what nobody foresaw is logged whole."""
    if isinstance(error, EngineError):
        return error
    log.error("timer failed", timer=due.timer, deadline=due.deadline, exc_info=error)
    return EngineError("engine-failed", unforeseen(error))


_DUE = CompiledStatement(
    unit_of_work.whole(Timer, Case)
    .join_from(Timer, Case)
    .where(Timer.state == "armed", Timer.due_at <= bindparam("now"))
    .order_by(Timer.due_at, Timer.engine_id)
    .limit(1)
    .with_for_update(skip_locked=True, of=(Case.__table__, Timer.__table__))
)


def claim(session: Session, now: datetime) -> Timer | None:
    """The oldest due timer, with its case: the case is locked first, so that one which somebody works on is passed over
    without a hold on its timers."""
    for timer, case in unit_of_work.read_pairs(session, (Timer, Case), _DUE, {"now": now}):
        set_committed_value(timer, "case", case)
        return timer
    return None


_WATCHED = CompiledStatement(
    unit_of_work.whole(Deadline, Case)
    .join_from(Deadline, Case)
    .where(Deadline.watch_at <= bindparam("now"))
    .order_by(Deadline.watch_at, Deadline.id)
    .limit(1)
    .with_for_update(skip_locked=True, of=(Case.__table__, Deadline.__table__))
)


def claim_clock(session: Session, now: datetime) -> Deadline | None:
    """The clock of which somebody must hear longest since, with its case, claimed in the same way."""
    for deadline, case in unit_of_work.read_pairs(session, (Deadline, Case), _WATCHED, {"now": now}):
        set_committed_value(deadline, "case", case)
        return deadline
    return None


def _put_off(session: Session, due: _Due, error: EngineError) -> None:
    if due.timer is not None:
        _put_off_timer(session, due.timer, error)
    elif due.deadline is not None:
        _put_off_clock(session, due.deadline, error)


def _put_off_timer(session: Session, timer_id: str, error: EngineError) -> None:
    timer = session.get(Timer, timer_id, with_for_update=True)
    if timer is None or timer.state != "armed":
        return
    error.case_id = timer.case_id
    timer.attempts += 1
    if timer.attempts > len(RETRY_AFTER):
        timer.state = "failed"
        incidents.record(session, error, SYSTEM, timer=timer.engine_id)
    else:
        timer.due_at = clock.now() + RETRY_AFTER[timer.attempts - 1]


def _put_off_clock(session: Session, deadline_id: int, error: EngineError) -> None:
    deadline = session.get(Deadline, deadline_id, with_for_update=True)
    if deadline is None or deadline.watch_at is None:
        return
    error.case_id = deadline.case_id
    deadline.watch_attempts += 1
    if deadline.watch_attempts <= len(RETRY_AFTER):
        deadline.watch_at = clock.now() + RETRY_AFTER[deadline.watch_attempts - 1]
        return
    again = deadline.watch_attempts <= len(RETRY_AFTER) + TOLD_AGAIN
    deadline.watch_at = clock.now() + TOLD_AGAIN_AFTER if again else None
    incidents.record(session, error, SYSTEM, deadline_id=deadline.id)
