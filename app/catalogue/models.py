"""The catalogue's entries with all their versions, and the grants on them: rows only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.accounts import Department
from app.database.transactions import Base

_TO_BE_WARNED = text("state = 'active' and warned_on is null and valid_until is not null")


FACT_TEXTS = ("name", "share_type", "conditions", "scope", "purpose", "modes", "basis_kind", "basis_text", "system")
FACT_MARKS = ("published", "sensitive", "basic", "timely", "publicly_funded")


class Resource(Base):
    """A catalogue entry as it is now. Every state it ever had is a `ResourceVersion`; nothing is deleted."""

    __tablename__ = "resource"
    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(120), unique=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    name: Mapped[str] = mapped_column(String(200))
    summary: Mapped[str] = mapped_column(String(2000), default="")
    format: Mapped[str] = mapped_column(String(60), default="")
    system: Mapped[str] = mapped_column(String(200), default="")
    share_type: Mapped[str] = mapped_column(String(20))
    conditions: Mapped[str] = mapped_column(String(2000), default="")
    scope: Mapped[str] = mapped_column(String(1000), default="")
    purpose: Mapped[str] = mapped_column(String(1000), default="")
    modes: Mapped[list[str]] = mapped_column(default=list)
    basis_kind: Mapped[str] = mapped_column(String(40), default="")
    basis_text: Mapped[str] = mapped_column(String(1000), default="")
    open_type: Mapped[str] = mapped_column(String(60), default="")
    update_cycle: Mapped[str] = mapped_column(String(60), default="")
    published: Mapped[bool] = mapped_column(default=True)
    sensitive: Mapped[bool] = mapped_column(default=False)
    basic: Mapped[bool] = mapped_column(default=False)
    timely: Mapped[bool] = mapped_column(default=False)
    publicly_funded: Mapped[bool] = mapped_column(default=False)
    items: Mapped[list[Any]] = mapped_column(default=list)
    version: Mapped[int] = mapped_column(default=1)
    withdrawn: Mapped[bool] = mapped_column(default=False)
    provider: Mapped[Department] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        Index("ix_resource_by_code", "jurisdiction", "code"),
        Index("ix_resource_by_name", "jurisdiction", "name"),
        Index("ix_resource_provider", "provider_id", "code"),
    )

    def as_fact(self) -> dict[str, Any]:
        """What a case keeps of the entry it is about, as it was then; items by their codes. `received_as` is the share
        type that it had as the case began, `lost` what the case has asked for and the entry no longer has."""
        return {
            "code": self.code,
            "provider": self.provider.code,
            "items": [item["code"] for item in self.items],
            **{name: getattr(self, name) for name in (*FACT_TEXTS, *FACT_MARKS, "version")},
            "withdrawn": self.withdrawn,
            "received_as": self.share_type,
            "lost": [],
        }


NO_ENTRY: dict[str, Any] = {
    **dict.fromkeys(("code", "provider", *FACT_TEXTS, "version")),
    **dict.fromkeys(FACT_MARKS, False),
    "items": [],
    "withdrawn": False,
    "received_as": None,
    "lost": [],
}
"""What a case keeps of an entry that there is not yet."""


class ResourceVersion(Base):
    """An entry as it was from `at` until the next version; `case_id` is the case that made it, if one did."""

    __tablename__ = "resource_version"
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    snapshot: Mapped[dict[str, Any]]
    case_id: Mapped[int | None] = mapped_column(index=True)
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(80))


class Grant(Base):
    """The right to use some items of a resource for one purpose. `valid_until` is its last day; none is without end.

    `state` is what was done to it: `active`, `suspended` because the entry no longer bears it (`suspended_for` says
    why), `revoked`. That it has expired follows from the day. `share_type` is the entry's when the grant was given or
    last decided on; `decided_by_id` the body of a ladder that decided it; `agreed_text` what both have signed beside
    its conditions."""

    __tablename__ = "share_grant"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(80), unique=True)
    case_id: Mapped[int | None] = mapped_column(index=True)
    jurisdiction: Mapped[str] = mapped_column(String(40))
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    resource_id: Mapped[int] = mapped_column(ForeignKey("resource.id"))
    resource_version: Mapped[int]
    items: Mapped[list[str]]
    purpose: Mapped[str] = mapped_column(Text)
    purpose_key: Mapped[str] = mapped_column(Text)
    mode: Mapped[str] = mapped_column(String(20), default="")
    conditions: Mapped[str] = mapped_column(Text, default="")
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(10), default="active")
    share_type: Mapped[str] = mapped_column(String(20))
    suspended_at: Mapped[datetime | None]
    suspended_for: Mapped[str | None] = mapped_column(String(12))
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str | None] = mapped_column(String(80))
    reason: Mapped[str | None] = mapped_column(String(4000))
    basis: Mapped[dict[str, Any] | None]
    decided_by_id: Mapped[int | None]
    renews_id: Mapped[int | None] = mapped_column(index=True)
    warned_on: Mapped[date | None]
    agreed_text: Mapped[str] = mapped_column(Text, default="", server_default="")
    department: Mapped[Department] = relationship(lazy="joined", innerjoin=True)
    resource: Mapped[Resource] = relationship(lazy="joined", innerjoin=True)

    __table_args__ = (
        Index("ix_share_grant_holder", "department_id", "resource_id"),
        Index("ix_share_grant_resource", "resource_id", "id"),
        Index("ix_share_grant_jurisdiction", "jurisdiction", "id"),
        Index("ix_share_grant_state", "jurisdiction", "state", "id"),
        Index("ix_share_grant_end", "jurisdiction", "valid_until", "id"),
        Index("ix_share_grant_department", "department_id", "id"),
        Index("ix_share_grant_department_state", "department_id", "state", "id"),
        Index("ix_share_grant_department_end", "department_id", "valid_until", "id"),
        Index("ix_share_grant_decided", "decided_by_id", "id"),
        Index(
            "ix_share_grant_ending",
            "jurisdiction",
            "valid_until",
            postgresql_where=_TO_BE_WARNED,
            sqlite_where=_TO_BE_WARNED,
        ),
    )

    def state_on(self, day: date) -> str:
        """The state as it is shown: one that has ended by its date is `expired`, unless it was revoked before."""
        ended = self.valid_until is not None and self.valid_until < day
        return "expired" if ended and self.state != "revoked" else self.state

    def usable_on(self, day: date) -> bool:
        return self.state_on(day) == "active" and self.valid_from <= day


class Use(Base):
    """One answer of the platform's question whether data may be used: who asked for what, and what was said. Codes as
    they were then; `provider` is empty where there is no such entry. Written once, and taken out only when it need no
    longer be kept."""

    __tablename__ = "resource_use"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    jurisdiction: Mapped[str] = mapped_column(String(40))
    department: Mapped[str] = mapped_column(String(120))
    provider: Mapped[str] = mapped_column(String(120))
    resource: Mapped[str] = mapped_column(String(120))
    items: Mapped[list[str]]
    purpose: Mapped[str | None] = mapped_column(Text)
    grant_number: Mapped[str | None] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(8))
    amount: Mapped[int | None] = mapped_column(BigInteger)
    allowed: Mapped[bool]
    reason: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(80))

    __table_args__ = (
        Index("ix_resource_use_at", "jurisdiction", "at", "id"),
        Index("ix_resource_use_department", "jurisdiction", "department", "at", "id"),
        Index("ix_resource_use_provider", "jurisdiction", "provider", "at", "id"),
        Index("ix_resource_use_resource", "jurisdiction", "resource", "at", "id"),
        Index("ix_resource_use_grant", "grant_number", "at"),
    )


class ResponsibilityEdition(Base):
    """One edition of the list of a jurisdiction; `case_id` is the case that made it, if one did."""

    __tablename__ = "responsibility_edition"
    __table_args__ = (UniqueConstraint("jurisdiction", "number"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(40))
    number: Mapped[int]
    made_at: Mapped[datetime]
    made_by: Mapped[str] = mapped_column(String(80))
    case_id: Mapped[int | None] = mapped_column(index=True)
    lines: Mapped[int]


class ResponsibilityLine(Base):
    """That a department collects an item, from one edition until another. Names are kept as they were then; an entry
    without items is one line without an item."""

    __tablename__ = "responsibility_line"
    id: Mapped[int] = mapped_column(primary_key=True)
    jurisdiction: Mapped[str] = mapped_column(String(40))
    resource: Mapped[str] = mapped_column(String(120))
    resource_name: Mapped[str] = mapped_column(String(200))
    item: Mapped[str] = mapped_column(String(60), default="")
    item_name: Mapped[str] = mapped_column(String(120), default="")
    department_id: Mapped[int] = mapped_column(ForeignKey("department.id"))
    department: Mapped[str] = mapped_column(String(40))
    department_name: Mapped[str] = mapped_column(String(120))
    since: Mapped[int]
    until: Mapped[int | None]

    __table_args__ = (
        Index("ix_responsibility_line", "jurisdiction", "resource", "id"),
        Index("ix_responsibility_line_department", "jurisdiction", "department", "resource", "id"),
    )
