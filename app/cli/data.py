"""`flask departments|accounts|catalogue`: what a jurisdiction needs before its first case, from files."""

from __future__ import annotations

import sys
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from app import accounts
from app.cases.commands import department_closure, grant_lifecycle, transfer_of_duties
from app.catalogue import entries
from app.catalogue.loading import load_catalogue
from app.catalogue.spreadsheets import read_catalogue, write_csv, write_xlsx
from app.cli.output import as_json, fail, operator, speaking, transaction
from app.jurisdictions.rulebook import editions, rules_today

departments_group = AppGroup("departments", help="Departments: load a file, close one.")
accounts_group = AppGroup("accounts", help="Accounts: load a file, list them.")
catalogue_group = AppGroup("catalogue", help="The catalogue: load a file, write one.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
dry_run = click.option("--dry-run", is_flag=True, help="Check the whole file and change nothing.")


def register(app: Flask) -> None:
    for group in (departments_group, accounts_group, catalogue_group):
        app.cli.add_command(group)


@departments_group.command("load")
@click.argument("file", type=FILE)
@dry_run
def load_departments(file: Path, dry_run: bool) -> None:
    """CSV: jurisdiction,code,name_zh,level[,name_en,kind]."""
    with transaction() as session:
        table = accounts.read_departments(file.read_bytes(), str(file))
        loaded = accounts.load_departments(session, table, operator(), jurisdictions=editions(session), dry_run=dry_run)
    _say("departments", loaded, dry_run)


@departments_group.command("close")
@click.argument("code")
@click.option("--jurisdiction", help="Needed where several have a department of that code.")
@click.option(
    "--on", "on", type=click.DateTime(["%Y-%m-%d"]), required=True, help="The day of the dissolution or merger."
)
@click.option("--successor", help="The department that takes over all that is open.")
@click.option("--entry", "others", multiple=True, metavar="CODE=DEPARTMENT", help="An entry that another takes over.")
@dry_run
def close_department(
    code: str, jurisdiction: str | None, on: datetime, successor: str | None, others: tuple[str, ...], dry_run: bool
) -> None:
    """Close a department that was dissolved or merged: entries, open cases and grants go to its successor."""
    with transaction(alone=True) as session:
        places = [one.jurisdiction for one in accounts.departments(session) if one.code == code]
        if jurisdiction is None and len(places) > 1:
            fail(f"Say --jurisdiction: there is a department {code} in {', '.join(places)}.")
        if jurisdiction is None and not places:
            fail(f"There is no department {code} in any jurisdiction.")
        place = jurisdiction or places[0]
        apart = dict(one.partition("=")[::2] for one in others)
        rules = rules_today(session)
        closed = department_closure.close_department(
            session, operator(), place, code, on.date(), successor, rules, apart
        )
        if dry_run:
            session.rollback()
    tense = "would go" if dry_run else "went"
    click.echo(
        f"{len(closed.entries)} entries, {len(closed.cases)} open cases and {len(closed.grants)} grants {tense} to "
        f"{', '.join(dict.fromkeys([*closed.entries.values(), *([successor] if successor else [])])) or 'nobody'}; "
        f"{len(closed.accounts)} accounts {'would be' if dry_run else 'were'} closed"
    )


@accounts_group.command("load")
@click.argument("file", type=FILE)
@dry_run
def load_accounts(file: Path, dry_run: bool) -> None:
    """CSV: username,name,roles[,jurisdiction,department,password]."""
    with speaking():
        table = accounts.read_accounts(file.read_bytes(), str(file))
    hashed = {} if dry_run else accounts.hash_passwords(table)
    with transaction() as session:
        loaded = accounts.load_accounts(session, table, operator(), hashed=hashed, dry_run=dry_run)
    _say("accounts", loaded, dry_run)


@accounts_group.command("list")
@click.option("--json", "json_", is_flag=True)
def list_accounts(json_: bool) -> None:
    """All accounts with department, jurisdiction and roles."""
    with transaction(write=False) as session:
        listed: list[dict[str, Any]] = [
            {
                "username": account.username,
                "name": account.name,
                "department": department.code if department else None,
                "jurisdiction": department.jurisdiction if department else None,
                "roles": account.roles,
                "active": account.active,
            }
            for account, department in accounts.accounts(session)
        ]
    if json_:
        as_json(listed)
        return
    for one in listed:
        click.echo(
            f"{one['username']:32} {one['jurisdiction'] or '–'}/{one['department'] or '–'} {', '.join(one['roles'])}"
        )


@catalogue_group.command("load")
@click.argument("file", type=FILE)
@dry_run
def load_entries(file: Path, dry_run: bool) -> None:
    """CSV or XLSX with the catalogue's core fields; every fault with its line and column."""
    with transaction() as session:
        sheets = read_catalogue(file.read_bytes(), str(file))
        length, hidden = len(sheets.entries.lines), not sys.stdout.isatty()
        with click.progressbar(length=length, label="entries", hidden=hidden) as bar:
            seen = 0

            def progress(done: int, _total: int) -> None:
                nonlocal seen
                bar.update(done - seen)
                seen = done

            rules, used = rules_today(session), partial(transfer_of_duties.in_use, session)
            retyped = partial(transfer_of_duties.follow_load, session, operator())
            loaded = load_catalogue(
                session, sheets, operator(), rules, dry_run=dry_run, progress=progress, in_use=used, retyped=retyped
            )
            if not dry_run:
                for jurisdiction in sorted({line.cells["jurisdiction"] for line in sheets.entries.lines}):
                    grant_lifecycle.follow_catalogue(session, operator(), jurisdiction)
    _say("entries", loaded, dry_run)


@catalogue_group.command("export")
@click.argument("jurisdiction")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def export_entries(jurisdiction: str, file: Path) -> None:
    """The catalogue of a jurisdiction as CSV or XLSX, to be worked on and loaded again."""
    with transaction(write=False) as session:
        if jurisdiction not in editions(session):
            fail(f"There are no rules for {jurisdiction}; known are: {', '.join(editions(session))}.")
        found = entries.all_of(session, jurisdiction)
        written = write_xlsx(found) if file.suffix.lower() == ".xlsx" else write_csv(found)
    file.write_bytes(written)
    click.echo(f"{len(found)} entries written to {file}")


def _say(what: str, loaded: accounts.Loaded, dry_run: bool) -> None:
    tense = "would be" if dry_run else "were"
    click.echo(f"{what}: {loaded.added} {tense} added, {loaded.changed} changed, {loaded.unchanged} unchanged")
