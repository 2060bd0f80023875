"""Pages for people: a folder a screen. Registered here with what all of them share."""

from __future__ import annotations

from flask import Flask
from flask_babel import Babel


def register(app: Flask) -> None:
    Babel(app)
