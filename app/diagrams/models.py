"""The rows of diagrams: versions by content, and bundles, which pin what a published diagram calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, deferred, mapped_column

from app.database.transactions import Base


class DiagramVersion(Base):
    """A drawing with its forms file, as it was stored once and never changed. `key` is the process id. Of a key at
    most one version is published; it is what new cases run."""

    __tablename__ = "diagram_version"
    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(60))
    n: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    status: Mapped[str] = mapped_column(String(10), default="draft")
    """draft, proposed, published or retired."""
    created_at: Mapped[datetime]
    created_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime | None]
    proposed_by: Mapped[str | None] = mapped_column(String(80))
    published_at: Mapped[datetime | None]
    published_by: Mapped[str | None] = mapped_column(String(80))
    bpmn: Mapped[str] = deferred(mapped_column(Text))
    forms: Mapped[str] = deferred(mapped_column(Text, default=""))

    __table_args__ = (
        UniqueConstraint("key", "n"),
        UniqueConstraint("key", "hash"),
        Index("ix_diagram_version_status", "status", "key"),
    )

    @property
    def name(self) -> str:
        """How a case names the version that it runs."""
        return f"{self.key}@{self.n}"


class DiagramBundle(Base):
    """A published version together with the versions of all that it calls. Cases keep theirs to the end."""

    __tablename__ = "diagram_bundle"
    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key: Mapped[str] = mapped_column(String(60), index=True)
    members: Mapped[dict[str, Any]]
    """Process id → id of its version."""
    created_at: Mapped[datetime]
