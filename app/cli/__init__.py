"""The operator's door: `flask …`. Whoever can run a command owns the installation; commands need no second person."""

from __future__ import annotations

import click
from flask import Flask


def register(app: Flask) -> None:
    click.UsageError.exit_code = 1  # scripts are promised one code for everything that goes wrong
    from app.cli import arguments, calendar, data, demo, diagrams, operations, rules

    for part in (operations, calendar, rules, diagrams, data, demo):
        part.register(app)
    arguments.look_at_all(app.cli)
