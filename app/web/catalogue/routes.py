"""The blueprint of the catalogue's screens, and who may open them."""

from __future__ import annotations

from flask import Blueprint

from app.entry import access

pages = Blueprint("catalogue", __name__)
reads = access("clerk", "head", "supervisor", "administrator", "platform")
works = access("clerk", "head")
