"""Whether the rules are what their history tells: packs and superior texts by their digests, what administrators have
entered by the editions that it made, proposals by their seals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import db
from app.errors import NotFound
from app.history import BrokenLink, HistoryEvent, seal
from app.jurisdictions.proposals import SEALED, RuleProposal
from app.jurisdictions.rulebook import RulePackRow, require_edition
from app.jurisdictions.superiors import SuperiorTextRow

_TOLD = select(HistoryEvent.kind, HistoryEvent.actor, HistoryEvent.detail).order_by(HistoryEvent.seq)


def broken_rules(session: Session) -> Iterator[BrokenLink]:
    """What does not hold, of each jurisdiction the first."""
    current = {name: edition for name, edition in db.editions(session).items() if name.startswith("rules:")}
    streams = set(session.scalars(select(HistoryEvent.stream).where(HistoryEvent.stream.like("rules:%")).distinct()))
    for stream in sorted(streams | set(current)):
        events = session.execute(_TOLD.where(HistoryEvent.stream == stream)).all()
        why = next(_faults(session, stream.removeprefix("rules:"), events, current.get(stream)), None)
        if why is not None:
            yield BrokenLink(stream, None, why)
    for row in session.scalars(select(SuperiorTextRow).order_by(SuperiorTextRow.id)):
        stream = f"superior:{row.code}"
        told = [detail["hash"] for _, _, detail in session.execute(_TOLD.where(HistoryEvent.stream == stream))]
        if row.hash not in told or hashlib.sha256(row.text.encode()).hexdigest() != row.hash:
            yield BrokenLink(stream, None, "its text is not as it was loaded")


def _faults(session: Session, jurisdiction: str, events: Any, current: str | None) -> Iterator[str]:
    for pack in session.scalars(select(RulePackRow).where(RulePackRow.jurisdiction == jurisdiction)):
        said = orjson.dumps(pack.declared, option=orjson.OPT_SORT_KEYS)
        if hashlib.sha256(pack.text.encode() + said).hexdigest() != pack.hash:
            yield f"the pack {pack.file} is not as it was loaded"
    editions = [detail["edition"] for _, _, detail in events if "edition" in detail]
    if (editions[-1] if editions else None) != current:
        yield "the rules in force are not those that were last told"
    for edition in dict.fromkeys(editions):
        try:
            require_edition(session, jurisdiction, edition)
        except NotFound:
            yield f"what was entered for edition {edition} is not as it was told"
    kept = session.scalars(select(RuleProposal).where(RuleProposal.jurisdiction == jurisdiction))
    if {row.id: (seal(SEALED, row), row.state, row.decided_by) for row in kept} != _proposals_told(events):
        yield "its proposals are not as they were told"


def _proposals_told(events: Any) -> dict[int, tuple[str, str, str | None]]:
    told: dict[int, tuple[str, str, str | None]] = {}
    for kind, actor, detail in events:
        if kind == "rules.proposed":
            told[detail["proposal"]] = detail["seal"], detail["state"], None
        elif "proposal" in detail:
            told[detail["proposal"]] = told.get(detail["proposal"], ("",))[0], detail["state"], actor
    return told
