"""Testland's rules in a database: short hands to store them, and to read what the history says of them."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import history
from app.accounts import Actor
from app.jurisdictions.rulebook import rulebook, store_pack
from app.jurisdictions.rules_in_force import RuleBook
from tests.rules.testland import DECLARED, MINIMAL

ADMIN = Actor(account_id=1, username="admin", name="Administrator", roles=frozenset({"administrator"}))
BLANK = MINIMAL.replace(
    '    - statutory: 5\n      article: "15"\n', '    - {internal: 10, reason: blank, article: "15"}\n'
)
"""Its text has lost the number of days for a reply."""
ENDING = MINIMAL.replace("until: null", "until: 2023-04-21")
"""It went out of force."""
D2021, D2024 = date(2021, 1, 1), date(2024, 7, 1)


def stored(session: Session, text: str = MINIMAL) -> RuleBook:
    store_pack(session, text, "testland.yaml", DECLARED, ADMIN)
    return rulebook(session, "testland")


def events(session: Session) -> list[str]:
    rows = select(history.HistoryEvent.kind).where(history.HistoryEvent.stream == "rules:testland")
    return list(session.scalars(rows.order_by(history.HistoryEvent.seq)))
