"""What leaves the house and the numbered letters: rows only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.database.transactions import Base
from app.floor.messages import Language, Text
from app.outbox.letter_text import Block, from_json

_WAITING = text("state = 'pending'")
_FAILED = text("state in ('failed', 'held')")
_UNREAD = text("channel = 'notice' and read_at is null")


class OutboxMessage(Base):
    """One thing told to somebody. A notice or a letter has arrived when it is written, because its reader reads this
    row; a push waits as `pending` for the worker. `held`: there is no address yet; `failed`: a person must look."""

    __tablename__ = "outbox_message"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(400), unique=True)
    channel: Mapped[str] = mapped_column(String(10))
    target: Mapped[str | None] = mapped_column(String(200))
    case_id: Mapped[int | None] = mapped_column(index=True)
    recipient_department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"))
    recipient_account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(String(20), default="any")
    kind: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    claimed_by: Mapped[str | None] = mapped_column(String(80))
    claimed_until: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None] = mapped_column(String(500))
    read_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_outbox_waiting", "next_try_at", "id", postgresql_where=_WAITING, sqlite_where=_WAITING),
        Index("ix_outbox_failed", "state", "id", postgresql_where=_FAILED, sqlite_where=_FAILED),
        Index("ix_outbox_department", "recipient_department_id", "channel", "id"),
        Index("ix_outbox_account", "recipient_account_id", "channel", "id"),
        Index("ix_outbox_unread", "recipient_department_id", "id", postgresql_where=_UNREAD, sqlite_where=_UNREAD),
    )


class Letter(Base):
    """A numbered document of a case, as it was issued: its text in both languages, and by name whom it is from and to.
    None of it is ever drawn from other rows again. `body` is the facts that it was made from.

    A letter of before texts were kept has none until it is fixed (`frozen_at`)."""

    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(index=True)
    number: Mapped[str] = mapped_column(String(80), unique=True)
    template: Mapped[str] = mapped_column(String(60))
    title_zh: Mapped[str] = mapped_column(String(200))
    title_en: Mapped[str] = mapped_column(String(200))
    body: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime]
    text: Mapped[dict[str, Any] | None]
    """`{zh: […], en: […]}`, as `paper` writes it."""
    receiver_zh: Mapped[str | None] = mapped_column(String(200))
    receiver_en: Mapped[str | None] = mapped_column(String(200))
    issuer_zh: Mapped[str | None] = mapped_column(String(200))
    issuer_en: Mapped[str | None] = mapped_column(String(200))
    signatory: Mapped[str | None] = mapped_column(String(120))
    """The name, as it was, of the person whose act the issuer answers for; nobody's where the system issued it."""
    regulation_zh: Mapped[str | None] = mapped_column(String(400))
    regulation_en: Mapped[str | None] = mapped_column(String(400))
    article: Mapped[list[str] | None]
    received_on: Mapped[date | None]
    due_on: Mapped[date | None]
    due_kind: Mapped[str | None] = mapped_column(String(12))
    frozen_at: Mapped[datetime | None]
    """When a letter of before was fixed as it read then."""

    @property
    def title(self) -> Text:
        return Text(self.title_zh, self.title_en)

    @property
    def issuer(self) -> Text:
        return Text(self.issuer_zh or "", self.issuer_en or "")

    @property
    def receiver(self) -> Text:
        return Text(self.receiver_zh or "", self.receiver_en or "")

    def blocks(self, language: Language) -> tuple[Block, ...]:
        """Its text, as it is kept."""
        return from_json((self.text or {}).get(language, ()))


class Counter(Base):
    """The last number given out under a name. Its row lock orders those who ask for one."""

    __tablename__ = "counter"
    name: Mapped[str] = mapped_column(String(120), primary_key=True)
    value: Mapped[int]
