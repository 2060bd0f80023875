"""`flask rules`: check packs, show the rules in force, load a regulation, carry one on."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app import accounts, clock
from app.cases import recount
from app.cli.calendar import day, file_text
from app.cli.output import as_json, operator, transaction
from app.diagrams import library
from app.errors import Place
from app.jurisdictions import entering
from app.jurisdictions.rulebook import check_condition, rulebook, store_pack
from app.rules.load import check_pack
from app.rules.pack import Pack
from config import ROOT

group = AppGroup("rules", help="Rule packs: check, show, load, extend.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("check")
@click.argument("files", nargs=-1, type=FILE)
@click.option("--json", "json_", is_flag=True)
def check(files: tuple[Path, ...], json_: bool) -> None:
    """Check packs (all that are shipped, without FILE): each fault as file:line: key: message."""
    with transaction(write=False) as session:
        declared = library.declared_rules(session)
    places: list[Place] = []
    for file in files or sorted((ROOT / "rules").glob("*.yaml")):
        places += check_pack(file_text(file), str(file), declared, check_condition)
    if json_:
        as_json([{**vars(place), "message": str(place.message)} for place in places])
    else:
        for place in places:
            click.echo(str(place))
    if places:
        raise SystemExit(1)


@group.command("show")
@click.argument("jurisdiction")
@click.option("--on", help="As in force on that day (default: today).")
@click.option("--json", "json_", is_flag=True)
def show(jurisdiction: str, on: str | None, json_: bool) -> None:
    """The rules in force, each with value, kind, article and dates."""
    with transaction(write=False) as session:
        rules = rulebook(session, jurisdiction).rules_in_force(day(on, "on") if on else clock.today())
    if json_:
        as_json(rules)
        return
    for rule in rules:
        article = f"Art. {rule['article']}" if rule["article"] else rule["reason"] or "–"
        click.echo(f"{rule['key']:38} {rule['kind']:10} {rule['value']!s:30} {article}")


@group.command("load")
@click.argument("file", type=FILE)
def load(file: Path) -> None:
    """A new or changed regulation becomes usable, without a restart. Open deadlines move where the change says so."""
    with transaction(alone=True) as session:
        pack = store_pack(session, file_text(file), str(file), library.declared_rules(session), operator())
        moves = recount.apply_rules(session, pack.jurisdiction, operator())
        missing = _missing(session, pack)
    click.echo(
        f"{pack.jurisdiction}: {pack.regulation.title.zh}, {len(pack.rules)} rules; {len(moves)} open deadlines moved"
    )
    if missing:
        click.echo(f"still needed, by flask departments load: {', '.join(missing)}")


def _missing(session: Session, pack: Pack) -> list[str]:
    """The departments that the pack names and that are not there yet."""
    there = {one.code for one in accounts.departments(session) if one.jurisdiction == pack.jurisdiction}
    bodies = (pack.bureau, *pack.bodies.values(), *pack.authorities)
    named = [body.department for body in bodies if not body.by_letter]
    return [code for code in named if code not in there]


@group.command("extend")
@click.argument("jurisdiction")
@click.option("--until", help="The last day on which it is carried on.")
@click.option("--ground", help="The document that says so.")
@click.option("--end", is_flag=True, help="Take the extension back.")
def extend(jurisdiction: str, until: str | None, ground: str | None, end: bool) -> None:
    """Carry on a regulation that is out of force, with its document; or take that back."""
    if not end and not (until and ground):
        raise click.UsageError("give --until DATE and --ground TEXT, or --end")
    with transaction(alone=True) as session:
        if end:
            entering.end_extension(session, jurisdiction, operator())
            click.echo(f"{jurisdiction}: the extension has ended")
        else:
            entering.extend(session, jurisdiction, day(until or "", "until"), ground or "", operator())
            click.echo(f"{jurisdiction}: carried on until {until}")
