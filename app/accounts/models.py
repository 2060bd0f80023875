"""Departments and the people and machines that act for them: rows only. Secrets are kept as digests."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database.transactions import Base
from app.floor.messages import Text

KINDS = ("department", "bureau", "body", "platform")


class Department(Base):
    """A department of one jurisdiction. Its bureau, its ladder bodies and the exchange platform are some, too."""

    __tablename__ = "department"
    __table_args__ = (UniqueConstraint("jurisdiction", "code"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))
    name_zh: Mapped[str] = mapped_column(String(120))
    name_en: Mapped[str] = mapped_column(String(120))
    level: Mapped[str] = mapped_column(String(10))
    area: Mapped[str] = mapped_column(String(80), default="", server_default="")
    """Which part of the jurisdiction it serves, as a path of codes (`nanjing`, `nanjing.xuanwu`); empty: all of it."""
    kind: Mapped[str] = mapped_column(String(10), default="department")
    closed_on: Mapped[date | None]
    """The day on which it was dissolved or merged; from then on nobody acts for it and nothing is asked of it."""
    successor: Mapped[str | None] = mapped_column(String(40))
    """The code of the department that took its duties over."""

    @property
    def name(self) -> Text:
        return Text(self.name_zh, self.name_en)


class Account(Base):
    """One person or machine. Without a password hash nobody signs in by password: machines use tokens."""

    __tablename__ = "account"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    password_hash: Mapped[str | None] = mapped_column(String(200))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("department.id"), index=True)
    roles: Mapped[list[str]]
    active: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime]


class ApiToken(Base):
    __tablename__ = "api_token"
    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class WebSession(Base):
    """One signed-in browser. The cookie holds the token, this row only its digest."""

    __tablename__ = "web_session"
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(index=True)
    seen_at: Mapped[datetime]
    language: Mapped[str] = mapped_column(String(2), default="zh")
    csrf: Mapped[str] = mapped_column(String(64))


class SignInAttempt(Base):
    """One failed sign-in, kept for as long as it counts."""

    __tablename__ = "sign_in_attempt"
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(80), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime] = mapped_column(index=True)
