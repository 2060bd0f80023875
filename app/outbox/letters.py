"""Letters: numbered documents of a case, kept as they were issued. Their numbers come from `next_number`; what they say
is written in the room above (cases), once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import unit_of_work
from app.floor.errors import NotFound
from app.floor.messages import Language, Text, say
from app.outbox.letter_text import Block, as_json
from app.outbox.models import Letter


@dataclass(frozen=True)
class Wording:
    """All that a letter says, in the words of its day."""

    zh: Sequence[Block]
    en: Sequence[Block]
    receiver: Text
    issuer: Text
    regulation: Text
    signatory: str | None = None
    article: Sequence[str] = ()
    received_on: date | None = None
    due_on: date | None = None
    due_kind: str | None = None

    def columns(self) -> dict[str, Any]:
        texts: dict[Language, Sequence[Block]] = {"zh": self.zh, "en": self.en}
        return {
            "text": {language: as_json(blocks) for language, blocks in texts.items()},
            "receiver_zh": self.receiver.zh,
            "receiver_en": self.receiver.en,
            "issuer_zh": self.issuer.zh,
            "issuer_en": self.issuer.en,
            "signatory": self.signatory,
            "regulation_zh": self.regulation.zh,
            "regulation_en": self.regulation.en,
            "article": list(self.article),
            "received_on": self.received_on,
            "due_on": self.due_on,
            "due_kind": self.due_kind,
        }


def issue_letter(
    session: Session,
    *,
    case_id: int,
    number: str,
    template: str,
    title: Text,
    body: dict[str, Any],
    now: datetime,
    wording: Wording | None = None,
) -> Letter:
    """Keep a letter for good. `body` holds every fact it was written from, as JSON."""
    return unit_of_work.added(
        session,
        Letter,
        case_id=case_id,
        number=number,
        template=template,
        title_zh=title.zh,
        title_en=title.en,
        body=body,
        issued_at=now,
        **(wording.columns() if wording else {}),
    )


def letters_of(session: Session, case_id: int) -> list[Letter]:
    """The case's letters, oldest first."""
    return list(session.scalars(select(Letter).where(Letter.case_id == case_id).order_by(Letter.id)))


def letter_by_number(session: Session, number: str) -> Letter:
    letter = session.scalar(select(Letter).where(Letter.number == number))
    if letter is None:
        raise no_letter(number)
    return letter


def no_letter(number: str) -> NotFound:
    return NotFound(say("There is no letter %(number)s.", number=number))
