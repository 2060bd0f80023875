"""How commands speak: JSON or lines on standard output, errors on standard error with exit 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NoReturn

import click
import orjson
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.orm import Session

from app.accounts import Actor
from app.database import migrate
from app.diagrams.findings import DiagramError
from app.entry import database
from app.floor.errors import FileError, Invalid, ShuliuError

OPERATOR = Actor(account_id=None, username="operator", name="operator", roles=frozenset({"administrator"}))


def operator() -> Actor:
    """Who acts when somebody with access to the machine runs a command."""
    return OPERATOR


def as_json(value: Any) -> None:
    click.echo(orjson.dumps(value, option=orjson.OPT_INDENT_2).decode())


def fail(message: str) -> NoReturn:
    click.echo(message, err=True)
    raise SystemExit(1)


@contextmanager
def transaction(*, write: bool = True, alone: bool = False) -> Iterator[Session]:
    """One transaction of a command; our errors become words on standard error and exit 1."""
    with speaking(), database().transaction(write=write, alone=alone) as session:
        yield session


@contextmanager
def speaking() -> Iterator[None]:
    try:
        yield
    except DiagramError as error:
        fail("\n".join(f"{f.level} {f.check} {f.element}: {f.message} {f.fix}" for f in error.report.findings))
    except FileError as error:
        fail("\n".join(map(str, error.places)))
    except Invalid as error:
        fail("\n".join(f"{field}: {sentence}" for field, said in error.errors.items() for sentence in said))
    except ShuliuError as error:
        fail(str(error.detail))
    except (OperationalError, ProgrammingError) as error:
        if migrate.current(database()) == migrate.head():
            raise
        fail(f"The database is not set up for this version; run `make setup` first ({error.orig}).")
