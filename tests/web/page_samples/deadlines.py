"""Deadlines as the door gives them, one for each way in which a clock can stand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from app.deadlines.calendar import Day
from app.deadlines.counting import Conventions
from app.deadlines.explain import explain
from app.deadlines.journal import Happening, JournalEntry, Term, fold
from app.floor.messages import Text
from tests.web.page_samples.ground import CALENDAR, TODAY, at

STATUTORY = Term(days=5, kind="statutory")
RULE = {
    "rule": "conditional_share.reply",
    "title": Text("提供部门答复", "Reply of the provider"),
    "article": "15",
    "reason": None,
    "event": Text("收到", "Received"),
    "note": Text("提供部门收到需求申请表后答复。", "The provider replies to the demand form."),
    "regulation": Text("义马市政务信息资源共享管理暂行办法", "Interim measures of Yima"),
    "rank": "normative_document",
    "levels": [],
    "rule_version": "2021-03-10",
    "calendar_version": 1,
}
TOLD = (
    "state",
    "late",
    "certainty",
    "started_on",
    "due_on",
    "due_at",
    "unpaused_due_on",
    "met_on",
    "ended_on",
    "days_late",
)
"""What a page takes as it is from where the clock stands."""


def entry(kind: Happening, on: date, **more: Any) -> JournalEntry:
    return JournalEntry(kind, on, at(on.month, on.day, 10, 0, on.year), **more)


def deadline(
    *journal: JournalEntry, term: Term = STATUTORY, as_of: datetime | None = None, left: int = 1, **changes: Any
) -> dict[str, Any]:
    """As the door gives it. Without a journal: statutory, due tomorrow, moved by a pause of two working days."""
    journal = journal or (
        entry("start", date(2026, 2, 12)),
        entry("suspend", date(2026, 2, 24), ground="supplement"),
        entry("resume", date(2026, 2, 26), ground="supplement"),
    )
    calendar = term.calendar(CALENDAR)
    told = explain(fold(journal, term, calendar, Conventions(), as_of or at(2, 27, 9)), calendar)
    return {
        "id": 7,
        "case": 1,
        **RULE,
        "kind": term.kind,
        "length": term.days,
        "unit": "days",
        **{name: getattr(told.standing, name) for name in TOLD},
        "explanation": told,
        "lamp": _lamp(told.standing.due_on, left),
        "left": left,
        "late_days": _late_days(told.standing.due_on) if left < 0 else [],
    } | changes


def _lamp(due_on: date | None, left: int) -> str:
    return "none" if due_on is None else "red" if left < 0 else "amber" if left <= 2 else "green"


def _late_days(due_on: date | None) -> list[Day]:
    one = due_on or TODAY
    return [CALENDAR.day(one + timedelta(days=n)) for n in range(1, (TODAY - one).days + 1)]


def internal_overdue() -> dict[str, Any]:
    return deadline(
        entry("start", date(2026, 2, 10)),
        term=Term(days=6, kind="internal"),
        left=-2,
        id=8,
        title=Text("核实疑义", "Verification"),
        article="12",
        reason="silent",
        note=None,
    )


def statutory_overdue() -> dict[str, Any]:
    return deadline(entry("start", date(2026, 2, 11)), left=-2)


def provisional() -> dict[str, Any]:
    return deadline(
        entry("start", date(2026, 12, 24)),
        term=Term(days=10, kind="statutory"),
        left=10,
        id=9,
        title=Text("目录更新", "Update of the catalogue"),
    )


def long_one() -> dict[str, Any]:
    """Longer than 25 cells, so drawn as weeks."""
    return deadline(entry("start", date(2026, 2, 12)), term=Term(days=15, kind="statutory"), left=11)


def begun_today() -> dict[str, Any]:
    return deadline(entry("start", TODAY), term=Term(days=10, kind="statutory"), left=10)


def paused() -> dict[str, Any]:
    return deadline(entry("start", date(2026, 2, 12)), entry("suspend", date(2026, 2, 24), ground="supplement"))


def extended_and_met_late() -> dict[str, Any]:
    return deadline(
        entry("start", date(2026, 2, 2)),
        entry("extend", date(2026, 2, 9), days=3, ground="需现场核实"),
        entry("met", date(2026, 2, 26)),
        left=-1,
        late_days=[],
    )
