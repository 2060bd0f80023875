"""Whether the rules are what their history tells: packs and superior texts by their digests, what administrators have
entered by the editions that it made, proposals by their seals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.database import transactions
from app.floor.errors import NotFound
from app.history import BrokenLink, HistoryEvent, seal
from app.jurisdictions.proposals import SEALED, RuleProposal
from app.jurisdictions.rulebook import RulePackRow, require_edition
from app.jurisdictions.superior_texts import SuperiorTextRow

_TOLD = select(HistoryEvent.kind, HistoryEvent.actor, HistoryEvent.detail).order_by(HistoryEvent.seq)


def broken_rules(session: Session) -> Iterator[BrokenLink]:
    """What does not hold, of each jurisdiction the first."""
    current = {name: edition for name, edition in transactions.editions(session).items() if name.startswith("rules:")}
    streams = set(session.scalars(select(HistoryEvent.stream).where(HistoryEvent.stream.like("rules:%")).distinct()))
    for stream in sorted(streams | set(current)):
        events = session.execute(_TOLD.where(HistoryEvent.stream == stream)).all()
        why = next(_faults(session, stream.removeprefix("rules:"), events, current.get(stream)), None)
        if why is not None:
            yield BrokenLink(stream, None, why)
    yield from _broken_superiors(session)


def _broken_superiors(session: Session) -> Iterator[BrokenLink]:
    """Each text is as it was loaded, and the one that was loaded last is the current one."""
    told: dict[str, list[str]] = {}
    for stream, detail in session.execute(
        select(HistoryEvent.stream, HistoryEvent.detail)
        .where(HistoryEvent.stream.like("superior:%"))
        .order_by(HistoryEvent.stream, HistoryEvent.seq)
    ):
        told.setdefault(stream, []).append(detail["hash"])
    kept: dict[str, list[SuperiorTextRow]] = {}
    for row in session.scalars(select(SuperiorTextRow).order_by(SuperiorTextRow.id)):
        kept.setdefault(f"superior:{row.code}", []).append(row)
    for stream in sorted({*told, *kept}):
        loaded, rows = told.get(stream, []), kept.get(stream, [])
        whole = all(hashlib.sha256(row.text.encode()).hexdigest() == row.hash for row in rows)
        if not whole or {row.hash for row in rows} != set(loaded):
            yield BrokenLink(stream, None, "its text is not as it was loaded")
        elif [row.hash for row in rows if row.current] != loaded[-1:]:
            yield BrokenLink(stream, None, "the text that counts is not the one that was loaded last")


def _faults(session: Session, jurisdiction: str, events: Any, current: str | None) -> Iterator[str]:
    packs = session.scalars(select(RulePackRow).where(RulePackRow.jurisdiction == jurisdiction)).all()
    if [pack.edition for pack in packs if pack.current] != ([current] if current else []):
        yield "the pack that counts is not the one that was loaded last"
    for pack in packs:
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
