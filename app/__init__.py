"""Shuliu: data-sharing regulations as running procedures. `create_app` is the only place where everything meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask

    from config import Config


def create_app(config: Config | None = None) -> Flask:
    """The web application: pages, JSON API and commands on one database. Settings: config.py."""
    from flask import Flask
    from werkzeug.middleware.proxy_fix import ProxyFix

    import app.models  # noqa: F401  (every table)
    from app import api, cli, entry, web
    from app.database.transactions import Database

    config = config or _settings()
    flask = Flask("app", static_folder=None)
    flask.config.update(
        SECRET_KEY=config.secret_key,
        MAX_CONTENT_LENGTH=16_000_000,
        MAX_FORM_MEMORY_SIZE=2_000_000,
        SESSION_COOKIE_NAME="shuliu_form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=config.https,
        BABEL_DEFAULT_LOCALE="zh_CN",
        SHULIU=config,
    )
    if config.proxy_hops:
        flask.wsgi_app = ProxyFix(flask.wsgi_app, config.proxy_hops, config.proxy_hops, config.proxy_hops)  # type: ignore[method-assign]
    entry.open_doors(flask, Database(config.database_url, simulated_clock=config.simulated_clock))
    web.register(flask)
    api.register(flask)
    cli.register(flask)
    return flask


def _settings() -> Config:
    """From the environment. One that cannot be understood ends the process with a sentence, not with a traceback."""
    from config import from_environment

    try:
        return from_environment()
    except ValueError as error:
        raise SystemExit(f"Shuliu does not start: {error}") from error
