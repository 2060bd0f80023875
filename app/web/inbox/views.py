"""All screens of the inbox, gathered."""

from __future__ import annotations

from app.web.inbox import cases, clock_commands, lists, notices, start, tasks
from app.web.inbox.routes import pages

__all__ = ["cases", "clock_commands", "lists", "notices", "pages", "start", "tasks"]
