"""A deadline that explains itself: the proof day by day, the lists that the API shows, and one plain paragraph."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from app.deadlines.calendar import Calendar, Doubt
from app.deadlines.journal import Standing
from app.deadlines.paragraph import RECEIVED, tell
from app.deadlines.proof import Row, prove
from app.floor.messages import Language, Text


@dataclass(frozen=True, slots=True)
class Explanation:
    standing: Standing
    rows: tuple[Row, ...]
    paragraph: Text

    @property
    def counted(self) -> list[date]:
        return [row.on for row in self.rows if row.number is not None]

    @property
    def skipped(self) -> list[Row]:
        """The days off on the way. Paused working days are no days off: they stand in the pauses."""
        return [row for row in self.rows if row.what == "skipped"]

    def lists(self, language: Language) -> dict[str, list[Any]]:
        """The lists of a deadline as the API shows them: JSON values, reasons in the reader's language."""
        return {
            "counted": [on.isoformat() for on in self.counted],
            "skipped": [{"date": row.on.isoformat(), "reason": row.reason.in_(language)} for row in self.skipped],
            "pauses": [
                {
                    "from": pause.from_on.isoformat(),
                    "to": pause.to_on and pause.to_on.isoformat(),
                    "ground": pause.ground,
                }
                for pause in self.standing.pauses
            ],
            "extensions": [
                {"on": extension.on.isoformat(), "days": extension.days, "reason": extension.ground}
                for extension in self.standing.extensions
            ],
        }


def explain(standing: Standing, calendar: Calendar, event: Text = RECEIVED) -> Explanation:
    """Prove the due date of a clock with the calendar it was folded with. `event` names what started it."""
    rows = prove(standing, calendar)
    return Explanation(standing, rows, tell(standing, rows, event, _doubts(standing, calendar)))


def _doubts(standing: Standing, calendar: Calendar) -> list[Doubt]:
    if standing.started_on is None or standing.due_on is None or standing.orders:
        return []
    return standing.term.calendar(calendar).doubts(standing.due_on, standing.started_on)
