"""Every table, imported in one place, so that migrations and tests see the whole schema."""

from app.accounts import models as accounts
from app.cases import models as cases
from app.catalogue import models as catalogue
from app.database.transactions import Setting
from app.diagrams import models as diagrams
from app.history import HistoryEvent, Ledger
from app.jurisdictions import calendars, proposals, rulebook, superior_texts
from app.outbox import models as outbox

__all__ = [
    "HistoryEvent",
    "Ledger",
    "Setting",
    "accounts",
    "calendars",
    "cases",
    "catalogue",
    "diagrams",
    "outbox",
    "proposals",
    "rulebook",
    "superior_texts",
]
