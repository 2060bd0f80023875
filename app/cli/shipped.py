"""Loading what ships with the code: calendars, diagrams with their forms, rule packs. Repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from app.db import Database
from app.diagrams import library, publishing
from app.jurisdictions import calendars, rulebook


def load_shipped(database: Database, root: Path) -> Iterator[str]:
    """Load in the order in which they lean on each other, each in a transaction; yields a line for what was new."""
    with database.transaction() as session:
        if versions := calendars.seed(session, root / "rules" / "calendars"):
            yield f"{len(versions)} calendar notices loaded"
    with database.transaction() as session:
        if stored := publishing.load_shipped(session, root / "bpmn"):
            yield f"diagrams published: {', '.join(version.name for version in stored)}"
        declared = library.declared_rules(session)
    with database.transaction() as session:
        if packs := rulebook.load_shipped(session, root / "rules", declared):
            yield f"rule packs loaded: {', '.join(pack.jurisdiction for pack in packs)}"
