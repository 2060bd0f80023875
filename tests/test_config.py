"""Settings: what cannot be understood is named before anything starts."""

from __future__ import annotations

import pytest

from app import create_app
from config import from_environment


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("CLOCK", "bogus", "CLOCK must be real or simulated, not 'bogus'"),
        ("PORT", "x", "PORT must be a whole number, not 'x'"),
        ("WEB_THREADS", "-1", "WEB_THREADS must be a whole number, not '-1'"),
        ("TICK_SECONDS", "soon", "TICK_SECONDS must be a number of seconds between 0 and 3600, not 'soon'"),
        ("TICK_SECONDS", "nan", "TICK_SECONDS must be a number of seconds between 0 and 3600, not 'nan'"),
        ("PUSH_TARGETS", "{", "PUSH_TARGETS must be JSON"),
        ("PUSH_TARGETS", "[1]", "PUSH_TARGETS must be {"),
        ("DATABASE_URL", "mysql://h/d", "DATABASE_URL must begin with sqlite:/// or postgresql://"),
    ],
)
def test_a_setting_that_cannot_be_understood_ends_the_start_with_its_name(
    name: str, text: str, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SystemExit, match="Shuliu does not start: ") as ended:
        create_app()
    assert told in str(ended.value)


@pytest.mark.parametrize("given", ["postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"])
def test_every_way_to_name_postgresql_means_our_driver(given: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", given)
    assert from_environment().database_url == "postgresql+psycopg://u@h/d"
