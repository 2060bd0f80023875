"""All settings come from the environment; this module names each one, its default and what it is for.

DATABASE_URL   sqlite:///instance/shuliu.sqlite3 | postgresql+psycopg://user@host/name
SECRET_KEY     signs cookies and forms; made once and kept in instance/secret_key when not given
CLOCK          real | simulated (training and tests: `flask clock set MOMENT` is then allowed)
HOST, PORT     where `make run` serves: 127.0.0.1:8000
WEB_WORKERS    web processes (default 2); WEB_THREADS threads in each (default 4)
TICK_SECONDS   longest sleep of the worker between two looks at the timers (default 1)
PUSH_TARGETS   JSON {target: {"url": …, "secret": …}}: where upstream pushes go; without one they are held, not lost
DEMO           1 loads the demonstration data into an empty database at the first start (make run sets it)
DEMO_PASSWORD  the password of the demonstration accounts (refused for real accounts)
HTTPS          1 marks cookies Secure and sends HSTS (behind a TLS proxy); PROXY_HOPS how many proxies stand before us
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
INSTANCE = ROOT / "instance"


@dataclass(frozen=True)
class Config:
    database_url: str
    secret_key: str
    clock: str = "real"
    host: str = "127.0.0.1"
    port: int = 8000
    web_workers: int = 2
    web_threads: int = 4
    tick_seconds: float = 1.0
    push_targets: dict[str, Any] = field(default_factory=dict)
    demo: bool = False
    demo_password: str = "shuliu-demo-2026"  # noqa: S105  everybody knows it; real accounts refuse it
    https: bool = False
    proxy_hops: int = 0

    @property
    def simulated_clock(self) -> bool:
        return self.clock == "simulated"


def from_environment() -> Config:
    """The settings of this process. Raises ValueError, naming the variable, when one cannot be understood."""
    env = os.environ.get
    clock = env("CLOCK", "real")
    if clock not in ("real", "simulated"):
        raise ValueError(f"CLOCK must be real or simulated, not {clock!r}")
    return Config(
        database_url=_database_url(env("DATABASE_URL", "")),
        secret_key=env("SECRET_KEY") or _kept_secret(),
        clock=clock,
        host=env("HOST", "127.0.0.1"),
        port=_number("PORT", 8000),
        web_workers=_number("WEB_WORKERS", 2),
        web_threads=_number("WEB_THREADS", 4),
        tick_seconds=_seconds("TICK_SECONDS", 1.0),
        push_targets=_push_targets(env("PUSH_TARGETS", "{}")),
        demo=env("DEMO", "") == "1",
        demo_password=env("DEMO_PASSWORD", Config.demo_password),
        https=env("HTTPS", "") == "1",
        proxy_hops=_number("PROXY_HOPS", 0),
    )


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, str(default))
    if not text.isdigit():
        raise ValueError(f"{name} must be a whole number, not {text!r}")
    return int(text)


def _seconds(name: str, default: float) -> float:
    text = os.environ.get(name, str(default))
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise ValueError(f"{name} must be a number of seconds between 0 and 3600, not {text!r}")
    return seconds


def _push_targets(text: str) -> dict[str, Any]:
    try:
        targets = json.loads(text)
    except ValueError as error:
        raise ValueError(f"PUSH_TARGETS must be JSON: {error}") from error
    if not isinstance(targets, dict) or not all(isinstance(each, dict) for each in targets.values()):
        raise ValueError('PUSH_TARGETS must be {"target": {"url": "https://…", "secret": "…"}, …}')
    return targets


def _database_url(given: str) -> str:
    if not given:
        INSTANCE.mkdir(exist_ok=True)
        return f"sqlite:///{INSTANCE / 'shuliu.sqlite3'}"
    for plain in ("postgresql://", "postgres://"):
        if given.startswith(plain):
            given = "postgresql+psycopg://" + given.removeprefix(plain)
    if not given.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise ValueError("DATABASE_URL must begin with sqlite:/// or postgresql://")
    return given


def _kept_secret() -> str:
    """A secret of this installation, made at the first start and kept beside the database."""
    INSTANCE.mkdir(exist_ok=True)
    path = INSTANCE / "secret_key"
    if not path.exists():
        path.write_text(secrets.token_hex(32))
        path.chmod(0o600)
    return path.read_text().strip()
