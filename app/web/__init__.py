"""Pages for people: a folder a screen. Registered here with what all of them share."""

from __future__ import annotations

from flask import Flask

from app.web import errors, i18n, layout, security
from app.web.admin import views as admin
from app.web.catalogue import views as catalogue
from app.web.inbox import views as inbox
from app.web.public import views as public
from app.web.session import views as session

SCREENS = (session, inbox, catalogue, admin, public)


def register(app: Flask) -> None:
    app.template_folder = "web/templates"
    i18n.speak(app)
    security.guard(app)
    layout.surround(app)
    errors.answer_errors(app)
    for screen in SCREENS:
        app.register_blueprint(screen.pages)
