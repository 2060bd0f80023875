"""Commands of the operator: set up, serve, tick, clock, tokens, audit, backup."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup

from app import accounts
from app.cases import audit
from app.cases.commands import timers
from app.cases.documents import freezing
from app.cases.read import deadlines
from app.cli import scheduler
from app.cli.backup import read_backup, write_backup
from app.cli.demo import load_first_demo, show_accounts
from app.cli.output import as_json, fail, operator, transaction
from app.cli.serving import counted, is_taken, web_command
from app.cli.shipped_content import load_shipped
from app.cli.supervisor import run_together
from app.database import migrate
from app.database.transactions import Setting
from app.entry import database, settings
from app.floor import clock
from config import ROOT

clock_group = AppGroup("clock", help="The simulated clock (training, demonstration, tests).")
token_group = AppGroup("token", help="API tokens.")
audit_group = AppGroup("audit", help="The history's hash chains.")


def register(app: Flask) -> None:
    for command in (setup, serve, worker, tick_once, explain, backup, restore):
        app.cli.add_command(command)
    for group in (clock_group, token_group, audit_group):
        app.cli.add_command(group)


@click.command("setup")
def setup() -> None:
    """Migrate the database and load all that is shipped: calendars, rule packs, diagrams. Safe to repeat."""
    _set_up()


def _set_up() -> None:
    migrate.upgrade(database())
    for line in load_shipped(database(), ROOT):
        click.echo(f"· {line}")
    fixed = 0
    for portion in freezing.freeze_all(database()):
        fixed += portion
        click.echo(f"· {fixed} letters of before fixed as they read now")


@click.command("serve")
def serve() -> None:
    """Set up, then serve pages, API and worker as two children of this process until Ctrl-C or TERM."""
    asked = settings()
    if is_taken(asked.host, asked.port):
        fail(f"Port {asked.port} of {asked.host} is taken; name another, such as PORT={asked.port + 1}.")
    _set_up()
    if asked.demo:
        load_first_demo()
        show_accounts()
    database().engine.dispose()
    click.echo(f"Shuliu is served on http://{asked.host}:{asked.port}")
    web = web_command(asked.host, asked.port, asked.web_workers, asked.web_threads)
    with counted():
        ended = run_together({"web": web, "worker": [f"{Path(sys.executable).parent}/flask", "worker"]}, ROOT)
    raise SystemExit(ended)


@click.command("worker")
def worker() -> None:
    """Fire due timers, deliver the outbox, do the daily work, until stopped."""
    scheduler.run(database(), settings())


@click.command("tick")
@click.option("--json", "json_", is_flag=True)
def tick_once(json_: bool) -> None:
    """Run everything that is due now, once."""
    ticked = timers.run_due(database())
    scheduler.daily(database())
    delivered = scheduler.deliver(database(), settings())
    counts = {"fired": ticked.fired, "failed": ticked.failed, "delivered": delivered}
    if json_:
        as_json(counts)
    else:
        click.echo(", ".join(f"{count} {name}" for name, count in counts.items()))


@click.command("explain")
@click.argument("number")
@click.option("--json", "json_", is_flag=True)
def explain(number: str, json_: bool) -> None:
    """The deadlines of a case, each day named."""
    with transaction(write=False) as session:
        found = deadlines.by_number(session, number)
        if json_:
            as_json([deadlines.as_json(view, "zh") for view in found])
            return
        for view in found:
            told = view["explanation"]
            click.echo(
                f"{view['title'].zh} ({view['rule']}) · {view['kind']} · {view['article'] or '–'} · "
                f"{view['due_on'] or '–'} · {view['state']}"
            )
            for row in told.rows:
                count = f"#{row.number}" if row.number else row.what
                click.echo(f"  {row.on} {count:>8}  {row.reason.zh}")
            click.echo(f"  {told.paragraph.zh}")


@clock_group.command("set")
@click.argument("moment")
def clock_set(moment: str) -> None:
    """Every process sees this as now; it stands still until set again."""
    _require_simulated()
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        fail(f"{moment!r} is no moment such as 2026-02-12T09:00:00+08:00")
    if not clock.FIRST_YEAR < at.year < clock.LAST_YEAR:
        fail(f"{moment} lies outside the years that can be counted, {clock.FIRST_YEAR} to {clock.LAST_YEAR}")
    if at.tzinfo is None:
        at = at.replace(tzinfo=clock.OFFICE)
    with transaction() as session:
        row = session.get(Setting, "clock") or Setting(name="clock", value="")
        row.value = at.isoformat()
        session.add(row)
    click.echo(at.isoformat())


@clock_group.command("reset")
def clock_reset() -> None:
    """Go on with the real time."""
    _require_simulated()
    with transaction() as session:
        row = session.get(Setting, "clock")
        if row is not None:
            session.delete(row)


def _require_simulated() -> None:
    if not settings().simulated_clock:
        fail("The clock can only be set when the installation runs with CLOCK=simulated.")


@token_group.command("create")
@click.argument("username")
@click.option("--name", default="command line")
def token_create(username: str, name: str) -> None:
    """Print one API token, once."""
    with transaction() as session:
        token = accounts.create_token(session, accounts.account_named(session, username), name, operator())
    click.echo(token)


@audit_group.command("verify")
def audit_verify() -> None:
    """Check every hash chain, and all that the chains seal; exit 1 and what is broken first.

    What nothing proves is named."""
    with transaction(write=False) as session:
        count, broken = audit.verify(session)
        waiting = audit.not_covered(session) if broken is None else []
    if broken is not None:
        fail(str(broken))
    click.echo(f"{count} chains hold")
    for one in waiting:
        click.echo(f"not covered: {one}")


@click.command("backup")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def backup(file: Path) -> None:
    """A consistent copy of all rows, while running."""
    try:
        rows = write_backup(database(), file)
    except OSError as error:
        fail(f"{file} cannot be written: {error.strerror}")
    click.echo(f"{rows} rows written to {file}")


@click.command("restore")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
def restore(file: Path) -> None:
    """Put a backup into an empty database, and verify its history."""
    migrate.upgrade(database())
    rows = read_backup(database(), file)
    with transaction(write=False) as session:
        count, broken = audit.verify(session)
    if broken is not None:
        fail(f"restored, but {broken}")
    click.echo(f"{rows} rows restored, {count} chains hold")
