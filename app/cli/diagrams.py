"""`flask diagrams`: check drawings, load new versions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy.orm import Session

from app.cli.output import as_json, fail, operator, transaction
from app.diagrams import gate, library
from app.diagrams.diagram import Known
from app.diagrams.findings import Finding, Report
from app.diagrams.forms import load_forms
from app.errors import FormsError
from app.words import say
from config import ROOT

group = AppGroup("diagrams", help="Diagrams: check, load.")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


def register(app: Flask) -> None:
    app.cli.add_command(group)


@group.command("check")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("--level", type=click.Choice(["draft", "publish"]), default="publish")
@click.option("--json", "json_", is_flag=True)
def check(files: tuple[Path, ...], level: str, json_: bool) -> None:
    """Check drawings with the forms files beside them; exit 1 if one may not be published."""
    with transaction(write=False) as session:
        reports = {file: _judged(session, file, level) for file in files}
    if json_:
        as_json([_plain(file, report) for file, report in reports.items()])
    else:
        for file, report in reports.items():
            click.echo(f"{file}: {'ok' if report.ok else 'refused'}")
            for finding in report.findings:
                click.echo(f"  {finding.level} {finding.check} {finding.element}: {finding.message} {finding.fix}")
    if not all(report.ok for report in reports.values()):
        raise SystemExit(1)


def _judged(session: Session, file: Path, level: Any) -> Report:
    """One file with the forms beside it and the published processes, or those beside it, around it."""
    beside = file.with_suffix(".forms.yaml")
    try:
        forms = load_forms(beside.read_bytes().decode("utf-8", "replace"), str(beside)) if beside.exists() else None
    except FormsError as error:
        faults = [
            Finding("forms_file", "refuse", place.key, say(str(place)), say("Mend the forms file."))
            for place in error.places
        ]
        return Report(False, faults)
    return gate.check(file.read_bytes(), forms=forms, library=_around(session, file), level=level, file=str(file))


def _around(session: Session, file: Path) -> dict[str, Known]:
    """A shipped diagram is judged among its neighbours, any other among what is published."""
    if file.resolve().parent == (ROOT / "bpmn"):
        known = library.read_folder(ROOT / "bpmn")
    else:
        known = library.library(session)
    known.pop(file.stem, None)
    return known


def _plain(file: Path, report: Report) -> dict[str, Any]:
    findings = [
        {
            "check": finding.check,
            "level": finding.level,
            "element": finding.element,
            "message": str(finding.message),
            "fix": str(finding.fix),
        }
        for finding in report.findings
    ]
    return {"file": str(file), "ok": report.ok, "findings": findings}


@group.command("load")
@click.argument("file", type=FILE)
@click.option("--forms", type=FILE, help="Its forms file (default: the one beside it).")
@click.option("--publish", is_flag=True, help="Publish at once; the command line is the operator's.")
def load(file: Path, forms: Path | None, publish: bool) -> None:
    """A new version of a procedure, or a new procedure, usable without a restart."""
    beside = file.with_suffix(".forms.yaml")
    forms = forms or (beside if beside.exists() else None)
    if forms is None:
        fail(f"{file}: there is no forms file beside it; name one with --forms")
    with transaction() as session:
        said = load_forms(forms.read_bytes().decode("utf-8", "replace"), str(forms))
        text = forms.read_text("utf-8")
        version = library.store_version(session, said.procedure, file.read_bytes(), text, operator())
        if publish:
            library.publish(session, version, operator(), operator=True)
    click.echo(f"{version.name} {'published' if publish else 'stored'}")
