"""The door itself: signing in."""

from __future__ import annotations

from tests.web.page_samples.deadlines import deadline

PAGES = {
    "signin.html": {
        "reader": None,
        "username": "yima.minzheng.clerk",
        "next": "",
        "error": None,
        "public_url": "#",
        "example": deadline(),
        "sso_url": None,
        "demo": [],
    },
}
