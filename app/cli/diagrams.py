"""`flask diagrams`: check drawings, load new versions."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup

from app.cli.output import as_json, fail, operator, transaction
from app.diagrams import gate, library, publishing
from app.diagrams.diagram import Known
from app.diagrams.findings import Finding, Report
from app.diagrams.forms import Forms, load_forms
from app.floor.errors import FormsError
from app.floor.messages import say
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
        around = library.library(session) | _beside(files)
        reports = {file: _judged(around, file, level) for file in files}
    if json_:
        as_json([_plain(file, report) for file, report in reports.items()])
    else:
        for file, report in reports.items():
            click.echo(f"{file}: {'ok' if report.ok else 'refused'}")
            for finding in report.findings:
                click.echo(f"  {finding.level} {finding.check} {finding.element}: {finding.message} {finding.fix}")
    if not all(report.ok for report in reports.values()):
        raise SystemExit(1)


def _beside(files: tuple[Path, ...]) -> dict[str, Known]:
    """What is checked in one call may call one another; so may what lies in one folder with the shipped diagrams."""
    found: dict[str, Known] = {}
    for folder in {file.resolve().parent for file in files} & {ROOT / "bpmn"}:
        found |= library.read_folder(folder)
    for file in files:
        with suppress(FormsError, OSError):
            if key := publishing.process_of(file.read_bytes()):
                found[key] = Known(key, file.read_bytes(), _forms_of(file))
    return found


def _forms_of(file: Path) -> Forms | None:
    beside = file.with_suffix(".forms.yaml")
    return load_forms(beside.read_bytes().decode("utf-8", "replace"), str(beside)) if beside.exists() else None


def _judged(around: dict[str, Known], file: Path, level: Any) -> Report:
    try:
        forms = _forms_of(file)
    except FormsError as error:
        mend = say("Mend the forms file.")
        faults = [
            Finding("forms_file", "refuse", place.key, say("%(text)s", text=_sentence(str(place))), mend)
            for place in error.places
        ]
        return Report(False, faults)
    own = publishing.process_of(file.read_bytes())
    others = {key: known for key, known in around.items() if key != own}
    return gate.check(file.read_bytes(), forms=forms, library=others, level=level, file=str(file))


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?")) else f"{text}."


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
        key = publishing.process_of(file.read_bytes())
        if not key:
            fail(f"{file}: there is no executable process in this file")
        text = forms.read_bytes().decode("utf-8", "replace")
        load_forms(text, str(forms))
        version = publishing.store_version(session, key, file.read_bytes(), text, operator())
    if publish:
        with transaction(write=False) as session:  # judged before anybody has to wait for the lock
            publishing.judge(session, library.find_version(session, key, version.n))
        with transaction() as session:
            publishing.publish(session, library.find_version(session, key, version.n), operator(), operator=True)
    click.echo(f"{version.name} {'published' if publish else 'stored'}")
