"""`flask rules`: check packs, show the rules in force, load a regulation, carry one on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app import accounts
from app.cases.commands import recalculation
from app.cli.calendar import day, file_text
from app.cli.output import as_json, operator, transaction
from app.diagrams import library
from app.floor import clock
from app.floor.citations import titled
from app.jurisdictions import overrides
from app.jurisdictions.proposals import Proposed, enter_at_once
from app.jurisdictions.rulebook import check_condition, editions, rulebook, store_pack
from app.jurisdictions.superior_texts import FOLDER, store_superior, superiors
from app.rules.loader import check_pack
from app.rules.pack import PERIODS, Pack
from app.rules.superior_text import check_superior, is_superior, load_superior
from config import ROOT

group = AppGroup("rules", help="Rule packs: check, show, load, enter, extend.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("check")
@click.argument("files", nargs=-1, type=FILE)
@click.option("--json", "json_", is_flag=True)
def check(files: tuple[Path, ...], json_: bool) -> None:
    """Check packs (all that are shipped, without FILE): each fault as file:line: key: message."""
    with transaction(write=False) as session:
        declared, known = library.declared_rules(session), set(superiors(session))
    shipped = [*sorted((ROOT / "rules").glob("*.yaml")), *sorted((ROOT / "rules" / FOLDER).glob("*.yaml"))]
    texts = {str(file): file_text(file) for file in files or shipped}
    above = {file: text for file, text in texts.items() if is_superior(text)}
    places = [place for file, text in above.items() for place in check_superior(text, file)]
    known |= {load_superior(text, file).text.code for file, text in above.items() if not check_superior(text, file)}
    for file, text in texts.items():
        if file not in above:
            places += check_pack(text, file, declared, check_condition, known)
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
        click.echo(f"{rule['key']:38} {rule['kind']:10} {rule['value']!s:30} {article}{_cited(rule['superior'])}")
        for other in (one for one in rule["levels"] if not one["counts"]):
            said = f"Art. {other['article']}" if other["article"] else other["reason"] or "–"
            click.echo(f"{'':38} {'beside it':10} {other['value']!s:30} {said} {other['regulation']['zh']}")


def _cited(superior: dict[str, Any] | None) -> str:
    return f" {titled(superior['title']['zh'], known=True)}" if superior else ""


@group.command("load")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Show what would change and move, and change nothing.")
@click.option("--json", "json_", is_flag=True)
def load(file: Path, dry_run: bool, json_: bool) -> None:
    """A new or changed regulation becomes usable, without a restart. Open deadlines move where the change says so.
    A text above the regulations is loaded in the same way."""
    content = file_text(file)
    if is_superior(content):
        with transaction() as session:
            text = store_superior(session, content, str(file), operator())
            if dry_run:
                session.rollback()
        click.echo(f"{text.text.code}: {titled(text.text.title.zh, known=True)}")
        return
    with transaction(alone=True) as session:
        before = _in_force(session, content)
        pack = store_pack(session, content, str(file), library.declared_rules(session), operator())
        moves = recalculation.apply_rules(session, pack.jurisdiction, operator())
        missing = _missing(session, pack)
        changed = _changed(before, rulebook(session, pack.jurisdiction).rules_in_force(clock.today()))
        if dry_run:
            session.rollback()
    if json_:
        as_json({"dry_run": dry_run, "changed": changed, "moves": [_move(one) for one in moves], "missing": missing})
        return
    for one in changed if dry_run else ():
        click.echo(f"{one['key']}: {one['before']} → {one['after']}")
    _tell_moves(moves, dry_run)
    would = f"{recalculation.recounted(moves)} open deadlines {'would move' if dry_run else 'moved'}"
    click.echo(f"{pack.jurisdiction}: {titled(pack.regulation.title.zh, known=True)}, {len(pack.rules)} rules; {would}")
    if missing:
        click.echo(f"still needed, by flask departments load: {', '.join(missing)}")


def _in_force(session: Session, content: str) -> list[dict[str, Any]]:
    """The rules in force where this file is to be loaded; none in a new jurisdiction."""
    named = (one for one in editions(session) if re.search(rf"(?m)^jurisdiction:\s*{re.escape(one)}\s*$", content))
    return [rule for one in named for rule in rulebook(session, one).rules_in_force(clock.today())]


def _changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The values that are no longer what they were, as people compare them: value, kind and article."""
    was, now = ({one["key"]: _said(one) for one in rules} for rules in (before, after))
    keys = sorted(was.keys() | now.keys())
    return [{"key": one, "before": was.get(one), "after": now.get(one)} for one in keys if was.get(one) != now.get(one)]


def _said(rule: dict[str, Any]) -> str:
    value = rule["value"] if not rule["cases"] else rule["cases"]
    return f"{value} {rule['kind']}{' Art. ' + rule['article'] if rule['article'] else ''}"


def _move(move: recalculation.MovedDeadline) -> dict[str, Any]:
    return {**vars(move), "direction": move.direction}


def _tell_moves(moves: list[recalculation.MovedDeadline], dry_run: bool) -> None:
    for move in sorted(moves, key=lambda one: not one.overdue) if dry_run else ():
        told = f"{move.held or move.direction}, {move.certainty}{', overdue at once' if move.overdue else ''}"
        click.echo(f"{move.case} {move.rule}: {move.before} → {move.after} ({told})")


@group.command("enter")
@click.argument("jurisdiction")
@click.argument("key")
@click.argument("value")
@click.option("--source", required=True, help="Where it is printed: gazette, issue, page or address.")
@click.option("--from", "from_", required=True, help="In force from.")
@click.option("--superior", help="The text above that says so; without it, the number that this copy has lost.")
@click.option("--article", multiple=True, help="Its article.")
@click.option("--unit", type=click.Choice(PERIODS), help="Of a period; without it, that of the key.")
@click.option("--applies-to-open", is_flag=True, help="The article says that it reaches what had begun before.")
@click.option("--dry-run", is_flag=True, help="Show what would move and change nothing.")
def enter(jurisdiction: str, key: str, value: str, dry_run: bool, from_: str, **given: Any) -> None:
    """A figure of a superior text, or a number that this copy has lost: the operator's, who needs no second person."""
    proposed = Proposed(key=key, value=_plain(value), from_on=day(from_, "from"), **given)
    with transaction(alone=True) as session:
        enter_at_once(session, jurisdiction, proposed, operator())
        moves = recalculation.apply_rules(session, jurisdiction, operator())
        if dry_run:
            session.rollback()
    _tell_moves(moves, True)
    click.echo(
        f"{jurisdiction}: {key}; {recalculation.recounted(moves)} open deadlines {'would move' if dry_run else 'moved'}"
    )


def _plain(value: str) -> Any:
    """A number, true or false, several codes with commas between, or one code."""
    if value in ("true", "false"):
        return value == "true"
    if value.isascii() and value.isdecimal():
        return int(value[:9])
    return value.split(",") if "," in value else value


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
            overrides.end_extension(session, jurisdiction, operator())
            click.echo(f"{jurisdiction}: the extension has ended")
        else:
            overrides.extend(session, jurisdiction, day(until or "", "until"), ground or "", operator())
            click.echo(f"{jurisdiction}: carried on until {until}")
