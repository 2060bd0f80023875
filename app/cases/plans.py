"""Plans by bundle, kept for the life of the process: a bundle's content never changes, so neither does its plan."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.cases.plan import Plan
from app.diagrams import library
from app.engine.bundle import Bundle
from app.jurisdictions.rulebook import editions, rulebook

_plans: dict[str, Plan] = {}


def plan_for(session: Session, bundle_hash: str) -> Plan:
    """The plan of a stored bundle, by its hash. A running case keeps the diagrams with which it began."""
    if bundle_hash not in _plans:
        content = library.bundle_content(session, bundle_hash)
        bundle = Bundle.load(content.process, content.files)
        _plans[bundle_hash] = Plan(bundle, bundle_hash, content.version, content.forms)
    return _plans[bundle_hash]


def current_plan(session: Session, process: str) -> Plan:
    """The plan of what is published now. Raises NotFound."""
    return plan_for(session, library.current_bundle(session, process))


def offered(session: Session) -> dict[tuple[str, str], list[str]]:
    """Procedure and process → the jurisdictions that offer it so. A regulation may have a drawing of its own for what
    the others share; that which is named like the procedure comes first."""
    found: dict[tuple[str, str], list[str]] = {}
    for jurisdiction, edition in editions(session).items():
        for pair in rulebook(session, jurisdiction, edition).pack.procedures.items():
            found.setdefault(pair, []).append(jurisdiction)
    return {pair: found[pair] for pair in sorted(found, key=lambda pair: (pair[0], pair[0] != pair[1], pair[1]))}
