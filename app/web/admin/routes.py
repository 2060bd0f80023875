"""The blueprint of the administrators' screens, and who may open them."""

from __future__ import annotations

from flask import Blueprint

from app.entry import access

pages = Blueprint("admin", __name__)
reads = access("clerk", "head", "supervisor", "administrator")
supervises = access("supervisor", "administrator")
administers = access("administrator")


def one_of(wanted: str | None, known: list[str], otherwise: str | None) -> str:
    """What was asked for, else where the reader is, else the first."""
    return wanted if wanted in known else otherwise if otherwise in known else known[0]
