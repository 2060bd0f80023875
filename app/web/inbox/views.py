"""All screens of the inbox, gathered."""

from __future__ import annotations

from app.web.inbox import cases, lists, notices, start, tasks
from app.web.inbox.routes import pages

__all__ = ["cases", "lists", "notices", "pages", "start", "tasks"]
