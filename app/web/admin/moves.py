"""Open deadlines that news would move, as pages list them before anybody says yes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import url_for
from sqlalchemy.orm import Session

from app import clock
from app.cases.recount import Move
from app.jurisdictions.rulebook import rulebook
from app.words import Text

MOST_SHOWN = 100


def shown_first(moves: Iterable[Move]) -> list[Move]:
    """The earlier ones first: they are the ones that hurt."""
    return sorted(moves, key=lambda move: (move.direction != "earlier", move.after or move.before or clock.today()))


def row_of(session: Session, move: Move) -> dict[str, Any]:
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
    }
