"""Loading what ships with the code: calendars, diagrams with their forms, rule packs. Repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

from app.accounts import SYSTEM
from app.cases.commands import recalculation
from app.catalogue import responsibility
from app.catalogue.checks import keeps_list
from app.database.transactions import Database
from app.diagrams import library, publishing
from app.floor import clock
from app.jurisdictions import calendars, rulebook, superior_texts


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
        if texts := superior_texts.load_shipped_superiors(session, root / "rules"):
            yield f"superior texts loaded: {', '.join(one.text.code for one in texts)}"
        if packs := rulebook.load_shipped(session, root / "rules", declared):
            yield f"rule packs loaded: {', '.join(pack.jurisdiction for pack in packs)}"
    if packs:
        with database.transaction(alone=True) as session:
            moves = [move for pack in packs for move in recalculation.follow_pack(session, pack.jurisdiction, SYSTEM)]
        if moves:
            yield f"open deadlines recounted: {len(moves)}"
    with database.transaction() as session:
        if begun := [one for one in rulebook.editions(session) if _first_list(session, one)]:
            yield f"responsibility lists derived from the catalogue: {', '.join(begun)}"


def _first_list(session: Session, jurisdiction: str) -> bool:
    """Derive the first edition of the list, where the regulation has one and the catalogue came before it."""
    book, today = rulebook.rulebook(session, jurisdiction), clock.today()
    wanted = keeps_list(lambda key: book.value(key, today).plain)
    return wanted and responsibility.begin(session, jurisdiction, SYSTEM.username) is not None
