"""Every table, imported in one place, so that migrations and tests see the whole schema."""

from app.accounts import models as accounts
from app.db import Setting
from app.history import HistoryEvent, Ledger

__all__ = ["HistoryEvent", "Ledger", "Setting", "accounts"]
