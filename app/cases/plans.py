"""Plans by bundle, kept for the life of the process: a bundle's content never changes, so neither does its plan."""

from __future__ import annotations

from sqlalchemy.orm import Session

from app.cases.plan import Plan
from app.diagrams import library
from app.engine.bundle import Bundle

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
