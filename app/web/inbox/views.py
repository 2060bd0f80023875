"""All screens of the inbox, gathered."""

from __future__ import annotations

from app.web.inbox import adjusting, cases, lists, notices, start, tasks
from app.web.inbox.routes import pages

__all__ = ["adjusting", "cases", "lists", "notices", "pages", "start", "tasks"]
