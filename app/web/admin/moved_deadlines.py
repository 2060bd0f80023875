"""Open deadlines that news would move, as pages list them before anybody says yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app.cases.commands.recalculation import MovedDeadline, recounted
from app.floor import clock
from app.floor.messages import Text
from app.jurisdictions.rulebook import rulebook

MOST_SHOWN = 100


def listed(session: Session, moves: Sequence[MovedDeadline]) -> dict[str, Any]:
    """What macros/_moves.html draws. First what is past due at once, then what is due earlier: they are the ones that
    hurt. Every number is one of rows: `open` of all, the others of their part."""
    first = sorted(moves, key=_hurts)
    return {
        "open": len(moves),
        "recounted": recounted(moves),
        "overdue": sum(move.overdue for move in moves),
        "rows": [_row(session, move) for move in first[:MOST_SHOWN]],
        "more": max(0, len(moves) - MOST_SHOWN),
    }


def _hurts(move: MovedDeadline) -> tuple[Any, ...]:
    return (
        not move.overdue,
        move.held is not None,
        move.direction != "earlier",
        move.after or move.before or clock.today(),
    )


def _row(session: Session, move: MovedDeadline) -> dict[str, Any]:
    keys = rulebook(session, move.jurisdiction).pack.keys
    return {
        "number": move.case,
        "url": url_for("inbox.case", id=move.case_id),
        "rule": keys[move.rule].title if move.rule in keys else Text(move.rule, move.rule),
        "kind": move.kind,
        "old_on": move.before,
        "new_on": move.after,
        "direction": move.direction,
        "certainty": move.certainty,
        "held": move.held,
        "overdue": move.overdue,
    }
