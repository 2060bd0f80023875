"""The versions of the one text of a dispute, as the history of its case tells them: who put each forward, who signed
it, and when. The facts keep the last word of each side; the history keeps all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.cases.audit import OPENED
from app.cases.models import Case
from app.cases.negotiation import CONTENT, PROPOSED, SIGNED
from app.history import HistoryEvent


@dataclass(frozen=True)
class Signature:
    side: str
    actor: str
    at: datetime


@dataclass(frozen=True)
class Version:
    number: int
    by: str
    items: list[str] | None
    conditions: str | None
    months: int | None
    text: str | None
    hash: str
    signatures: tuple[Signature, ...]
    mode: str | None = None

    def signed_by(self, side: str) -> Signature | None:
        return next((one for one in self.signatures if one.side == side), None)


def versions_told(session: Session, case: Case) -> list[Version]:
    """The versions of the case's last dispute, the newest first."""
    event = HistoryEvent
    told = select(event.at, event.actor, event.kind, event.detail).where(event.stream == case.stream)
    found: dict[int, Version] = {}
    for at, actor, kind, detail in session.execute(
        told.where(event.kind.in_((OPENED, PROPOSED, SIGNED))).order_by(event.seq)
    ):
        if kind == OPENED:
            found = {}
            continue
        signature = Signature(detail["side"], actor, at)
        if kind == PROPOSED:
            found[detail["version"]] = _put_forward(detail, signature)
        elif (signed := found.get(detail["version"])) is not None:
            found[signed.number] = replace(signed, signatures=(*signed.signatures, signature))
    return sorted(found.values(), key=lambda one: one.number, reverse=True)


def _put_forward(detail: dict[str, Any], signature: Signature) -> Version:
    content = {name: detail[name] for name in CONTENT}
    told = {"hash": detail["hash"], "signatures": (signature,), "mode": detail.get("mode")}
    return Version(detail["version"], detail["side"], **content, **told)
