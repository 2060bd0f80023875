"""Plans by bundle, kept for the life of the process: a bundle's content never changes, so neither does its plan."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from app.cases.definition import Definition
from app.diagrams import library
from app.engine.bundle import Bundle
from app.floor.errors import NotFound
from app.floor.messages import Terms
from app.jurisdictions.rulebook import editions, rulebook
from app.rules.terms import TERMS, in_terms

_plans: dict[tuple[str, str | None], Definition] = {}
"""By bundle and by the pack whose words they speak; None: as they were drawn, before any."""


def plan_for(session: Session, bundle_hash: str, jurisdiction: str | None = None) -> Definition:
    """The plan of a stored bundle, by its hash, in the words of a jurisdiction's regulation; without one, in general
    words. A running case keeps the diagrams with which it began."""
    spoken, terms = _terms(session, jurisdiction)
    known = bundle_hash, spoken
    if known not in _plans:
        drawn = _drawn(session, bundle_hash)
        _plans[known] = Definition(drawn.bundle, bundle_hash, drawn.version, in_terms(drawn.forms, terms))
    return _plans[known]


def _drawn(session: Session, bundle_hash: str) -> Definition:
    known = bundle_hash, None
    if known not in _plans:
        content = library.bundle_content(session, bundle_hash)
        bundle = Bundle.load(content.process, content.files)
        _plans[known] = Definition(bundle, bundle_hash, content.version, content.forms)
    return _plans[known]


def definition_of(session: Session, case: Any) -> Definition:
    """The plan by which a case runs, in the words of its regulation. `case`: its row, or what a list has read of it."""
    return plan_for(session, case.bundle, case.jurisdiction)


def _terms(session: Session, jurisdiction: str | None) -> tuple[str, Terms]:
    """The words, and what names them: the pack that says them."""
    try:
        pack = rulebook(session, jurisdiction).pack if jurisdiction else None
    except NotFound:
        pack = None
    return (pack.hash, pack.terms) if pack else ("", TERMS)


def current_plan(session: Session, process: str, jurisdiction: str | None = None) -> Definition:
    """The plan of what is published now. Raises NotFound."""
    return plan_for(session, library.current_bundle(session, process), jurisdiction)


def offered(session: Session) -> dict[tuple[str, str], list[str]]:
    """Procedure and process → the jurisdictions that offer it so. A regulation may have a drawing of its own for what
    the others share; that which is named like the procedure comes first."""
    found: dict[tuple[str, str], list[str]] = {}
    for jurisdiction, edition in editions(session).items():
        for pair in rulebook(session, jurisdiction, edition).pack.procedures.items():
            found.setdefault(pair, []).append(jurisdiction)
    return {pair: found[pair] for pair in sorted(found, key=lambda pair: (pair[0], pair[0] != pair[1], pair[1]))}
