"""The blueprint of the clerk's screens, and who may open them."""

from __future__ import annotations

from flask import Blueprint

from app.entry import access

pages = Blueprint("inbox", __name__)
ID = "int(max=2147483647)"
works = access("clerk", "head")
judges = access("clerk", "head", "supervisor")
follows = access("clerk", "head", "supervisor", "administrator")
