"""The only `now`. Moments are aware UTC; dates are those of the office, which is one time zone for all of China."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

OFFICE = ZoneInfo("Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 1949, 2100
"""The years in which a day or a moment that somebody names can lie. Others are slips, and some are beyond counting."""
_stopped: ContextVar[datetime | None] = ContextVar("stopped", default=None)


def now() -> datetime:
    """This moment in UTC, to the microsecond; inside a transaction under a simulated clock, the moment that was set."""
    return _stopped.get() or wall()


def wall() -> datetime:
    """This moment by the machine's own clock, whatever is simulated: for watching processes, never for cases."""
    return datetime.now(UTC)


def stopped_at() -> datetime | None:
    return _stopped.get()


def stop_at(moment: datetime | None) -> None:
    """Make `now()` stand still in this context (the simulated clock and tests), or go on again with None."""
    _stopped.set(moment and moment.astimezone(UTC))


def office_date(moment: datetime) -> date:
    return moment.astimezone(OFFICE).date()


def today() -> date:
    return office_date(now())
