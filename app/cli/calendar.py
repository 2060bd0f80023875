"""`flask calendar`: count working days, enter notices and local days."""

from __future__ import annotations

import csv
import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.cases.commands import recalculation
from app.cli.output import as_json, fail, operator, speaking, transaction
from app.deadlines.calendar import Calendar, asked_in
from app.deadlines.counting import Conventions, due
from app.deadlines.notice import ALL, NATIONAL, load_notice
from app.deadlines.paragraph import doubted
from app.entry import database
from app.floor.errors import Invalid
from app.floor.messages import say
from app.floor.yaml_reader import did_you_mean
from app.jurisdictions.calendars import calendar_for, remarks_on
from app.jurisdictions.rulebook import editions

group = AppGroup("calendar", help="Working days: count them, enter notices and local days.")


def register(app: Flask) -> None:
    app.cli.add_command(group)


def day(text: str, where: str = "from") -> date:
    """Raises Invalid, naming the field."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise Invalid({where: [say("%(text)s is no date such as 2026-02-12.", text=text[:40])]}) from None


def file_text(file: Path) -> str:
    """Bytes that are no UTF-8 become visible marks, which the reader of the file then names with their line."""
    return file.read_bytes().decode("utf-8-sig", "replace")


@group.command("due")
@click.option("--from", "from_", help="The day of the event; it is not counted.")
@click.option("--days", type=int, help="Working days; negative ones count back, 0 is that day or the next working day.")
@click.option("--jurisdiction", default=NATIONAL, help="With its local days; without: the national calendar.")
@click.option("--batch", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="CSV with start_date,n.")
@click.option("--json", "json_", is_flag=True)
def due_on(from_: str | None, days: int | None, jurisdiction: str, batch: Path | None, json_: bool) -> None:
    """When a period of working days ends, and why."""
    with transaction(write=False) as session:
        _require_known(session, jurisdiction)
        calendar = calendar_for(session, jurisdiction)
        if batch is not None:
            _batch(calendar, batch)
            return
        if from_ is None or days is None:
            fail("Give --from DATE and --days N, or --batch FILE.")
        with asked_in("from"):
            found = counted(calendar, day(from_), days)
    if json_:
        as_json(found)
        return
    click.echo(f"{found['due_on']} ({found['certainty']})")
    for doubt in calendar.doubts(*map(date.fromisoformat, (found["from"], found["due_on"]))):
        click.echo(f"  {doubted(doubt).zh}")
    for skipped in found["skipped"]:
        click.echo(f"  not counted: {skipped['date']} {skipped['reason']}")


def _require_known(session: Session, scope: str) -> None:
    """Days of a misspelt jurisdiction would move nothing and say nothing."""
    known = (NATIONAL, *editions(session))
    if scope not in known:
        fail(f"No rule pack {scope!r} is loaded{did_you_mean(scope, known) or '.'}")


def counted(calendar: Calendar, start: date, days: int) -> dict[str, Any]:
    """The due date with each counted and each skipped day on the way there (or back)."""
    found = due(calendar, start, days, Conventions())
    ordinals = range(min(start, found.due_on).toordinal(), max(start, found.due_on).toordinal() + 1)
    between = [one for one in map(date.fromordinal, ordinals) if one != start or days == 0]
    return {
        "from": start.isoformat(),
        "days": days,
        "due_on": found.due_on.isoformat(),
        "certainty": found.certainty,
        "counted": [one.isoformat() for one in between if calendar.is_working(one)],
        "skipped": [
            {"date": one.isoformat(), "reason": _reason(calendar, one)}
            for one in between
            if not calendar.is_working(one)
        ],
    }  # fmt: skip


def _reason(calendar: Calendar, on: date) -> str:
    known = calendar.day(on)
    return known.name.zh if known.name else "周末"


def _batch(calendar: Calendar, file: Path) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(("start_date", "n", "due_on", "certainty"))
    with file.open(encoding="utf-8-sig", errors="replace", newline="") as lines:
        reader = csv.DictReader(lines)
        if not {"start_date", "n"} <= set(reader.fieldnames or ()):
            fail(f"{file}:1: the columns start_date and n are needed")
        for number, line in enumerate(reader, start=2):
            try:
                start, days = day(line["start_date"] or ""), int(line["n"] or "")
                found = due(calendar, start, days, Conventions())
            except Invalid as error:
                fail("\n".join(f"{file}:{number}: {said}" for sentences in error.errors.values() for said in sentences))
            except ValueError:
                fail(f"{file}:{number}: n must be a whole number of working days, not {line['n']!r}")
            writer.writerow((start.isoformat(), days, found.due_on.isoformat(), found.certainty))


@group.command("add")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--dry-run", is_flag=True, help="Show what would move and change nothing.")
@click.option("--accept-missing", is_flag=True, help="Enter a yearly notice that lacks statutory holidays.")
@click.option("--json", "json_", is_flag=True)
def add(file: Path, dry_run: bool, accept_missing: bool, json_: bool) -> None:
    """Enter a yearly notice or local days; print which open deadlines move."""
    with speaking():
        notice = load_notice(file_text(file), str(file))
        if accept_missing:
            notice = replace(notice, accepts=(ALL,))
        with database().transaction(alone=True) as session:
            _require_known(session, notice.scope)
            told = remarks_on(session, notice)
            moves = recalculation.apply_notice(session, notice, operator())
            if dry_run:
                session.rollback()
    if json_:
        told_moves = [{**vars(move), "direction": move.direction} for move in moves]
        as_json({"dry_run": dry_run, "moves": told_moves, "remarks": [str(remark) for remark in told]})
        return
    for remark in told:
        click.echo(str(remark))
    for move in moves:
        click.echo(f"{move.case} {move.rule}: {move.before} → {move.after} ({move.direction}, {move.certainty})")
    click.echo(f"{len(moves)} open deadlines {'would move' if dry_run else 'moved'}")
