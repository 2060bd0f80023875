"""What the pages are shown with in tests: one invented case of the Spring Festival of 2026, and everything round it.

A module for each room of the pages, of which the clerk's has two: `inbox` for tasks, `cases` for what comes of them.
`ground`, `deadlines`, `forms`, `frame` and `story` are what they are made of.
"""

from __future__ import annotations

from tests.web.page_samples import admin, cases, catalogue, inbox, public, session
from tests.web.page_samples.forms import Sample

ERROR = {"status": 404, "detail": None, "errors": None, "now": None, "back": None, "reference": None}
PAGES: dict[str, Sample] = {
    **public.PAGES,
    **inbox.PAGES,
    **cases.PAGES,
    **catalogue.PAGES,
    **admin.PAGES,
    **session.PAGES,
    "error.html": ERROR,
}
"""Each template that is a page of its own, and what its door hands it."""
