"""The operator's door: `flask …`. Whoever can run a command owns the installation; commands need no second person."""

from __future__ import annotations

from flask import Flask


def register(app: Flask) -> None:
    from app.cli import calendar, data, demo, diagrams, operations, rules

    for part in (operations, calendar, rules, diagrams, data, demo):
        part.register(app)
