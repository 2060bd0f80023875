"""All screens of the administrators, gathered."""

from __future__ import annotations

from app.web.admin import calendar, departments, incidents, notices, proposals, rules, targets
from app.web.admin.routes import pages

__all__ = ["calendar", "departments", "incidents", "notices", "pages", "proposals", "rules", "targets"]
