"""`flask demo`: departments, people, catalogue and cases to show, to train with, and to measure on."""

from __future__ import annotations

import click
from flask import Flask
from flask.cli import AppGroup

from app.accounts import Demo
from app.cli.output import operator, speaking
from app.demo.files import read_departments
from app.demo.foundation import ADMINISTRATORS, POSTS, username
from app.demo.loading import Record, is_wanted, load_demo
from app.entry import database, settings

group = AppGroup("demo", help="The demonstration: load it.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("load")
@click.option("--cases", type=click.IntRange(min=1), help="So many cases in all; more than are told are copies.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed tells the same.")
def load(cases: int | None, seed: int) -> None:
    """Load the demonstration. A second time nothing happens, unless more cases are asked for."""
    record = _load(cases, seed)
    click.echo(f"demonstration: {record.cases} cases, {record.copies} of them copies")


def load_first_demo() -> None:
    """At the first start: into an empty database, or going on where an earlier start was broken off."""
    if is_wanted(database()):
        record = _load(None, 1)
        click.echo(f"· demonstration loaded: {record.cases} cases")


def _load(cases: int | None, seed: int) -> Record:
    """The password is set in any case: where DEMO is not 1 it lets nobody in (app/accounts/passwords.py)."""
    demo = Demo(settings().demo_password, allowed=True)
    with speaking(), click.progressbar(length=1, label="demonstration") as bar:

        def progress(done: int, total: int) -> None:
            bar.length, bar.pos = total, done - 1
            bar.update(1)

        return load_demo(database(), operator(), demo, cases=cases, seed=seed, progress=progress)


def show_accounts() -> None:
    """Print who can sign in to the demonstration, and how."""
    places: dict[str, list[dict[str, str]]] = {}
    for department in read_departments():
        places.setdefault(department["jurisdiction"], []).append(department)
    click.echo(f"Demonstration accounts (password {settings().demo_password})")
    click.echo(f"  {'administrators':16}{', '.join(ADMINISTRATORS)}")
    for jurisdiction, departments in places.items():
        click.echo(f"  {jurisdiction:16}{', '.join(_special(departments))}")
        codes = " ".join(one["code"] for one in departments if one["kind"] == "department")
        click.echo(f"  {'':16}{jurisdiction}.<department>.{'|'.join(POSTS['department'])} for {codes}")


def _special(departments: list[dict[str, str]]) -> list[str]:
    return [
        username(one["jurisdiction"], one["code"], post)
        for one in departments
        if one["kind"] != "department"
        for post in POSTS[one["kind"]]
    ]
