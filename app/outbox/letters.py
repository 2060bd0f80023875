"""Letters: numbered documents of a case. Their numbers come from `next_number`, their looks from the doors."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import rows
from app.errors import NotFound
from app.outbox.models import Letter
from app.words import Text, say


def issue_letter(
    session: Session,
    *,
    case_id: int,
    number: str,
    template: str,
    title: Text,
    body: dict[str, Any],
    now: datetime,
) -> Letter:
    """Keep a letter for good. `body` holds every fact it is written from, as JSON."""
    return rows.added(
        session,
        Letter,
        case_id=case_id,
        number=number,
        template=template,
        title_zh=title.zh,
        title_en=title.en,
        body=body,
        issued_at=now,
    )


def letters_of(session: Session, case_id: int) -> list[Letter]:
    """The case's letters, oldest first."""
    return list(session.scalars(select(Letter).where(Letter.case_id == case_id).order_by(Letter.id)))


def letter_by_number(session: Session, number: str) -> Letter:
    letter = session.scalar(select(Letter).where(Letter.number == number))
    if letter is None:
        raise NotFound(say("There is no letter %(number)s.", number=number))
    return letter
