"""The gate: every diagram passes here before it is stored, published or run. `check` answers with a report, and never
with an error of its own."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Literal, TypeVar

from app.diagrams.checks import CHECKS, DECISIVE, LAST, Check, name_of_check
from app.diagrams.diagram import Diagram, Known
from app.diagrams.findings import LONGEST_ELEMENT, Finding, Report
from app.diagrams.forms import Forms
from app.diagrams.xml import UnreadableXml
from app.floor.messages import say

MOST_FINDINGS, MOST_OF_A_KIND = 200, 20
WHOLE_FILE = "file"
"""Stands as element where a fault has none."""
log = logging.getLogger(__name__)
T = TypeVar("T")


def check(
    bpmn: bytes,
    *,
    forms: Forms | None = None,
    library: Mapping[str, Known] | None = None,
    level: Literal["draft", "publish"] = "publish",
    file: str = "",
    walk: bool = True,
) -> Report:
    """Judge a diagram. A draft is only kept free of danger; published must also be whole. `library` are the processes
    that are known elsewhere, by id. Without `walk` the diagram is not run: for what has passed the gate before."""
    try:
        diagram = _attempt("unreadable_file", lambda: Diagram(bpmn, file=file, forms=forms, library=library))
    except UnreadableXml as error:
        return _report([Finding("unreadable_file", "refuse", WHOLE_FILE, error.message, error.fix)], level)
    if isinstance(diagram, Finding):
        return _report([diagram], level)
    findings: list[Finding] = []
    for one in CHECKS:
        if one.level == "refuse" or level == "publish":
            findings += _ask(one, diagram)
        if one is DECISIVE and any(finding.check == name_of_check(one) for finding in findings):
            return _report(findings, level)
    if walk and level == "publish" and not any(finding.level != "warn" for finding in findings):
        findings += _ask(LAST, diagram)
    return _report(findings, level)


def _ask(one: Check, diagram: Diagram) -> list[Finding]:
    name = name_of_check(one)
    told = _attempt(name, lambda: list(islice(one.check(diagram), MOST_OF_A_KIND)))
    if isinstance(told, Finding):
        return [told]
    return [
        Finding(name, one.level, (fault.element or WHOLE_FILE)[:LONGEST_ELEMENT], fault.message, fault.fix)
        for fault in told
    ]


def _attempt(name: str, judge: Callable[[], T]) -> T | Finding:
    """The answer, or the finding that there was none: the upload gate may catch everything, and refuses what it cannot
    judge. What is unreadable says so itself."""
    try:
        return judge()
    except UnreadableXml:
        raise
    except Exception:  # the upload gate
        log.exception("check %s failed", name)
    message = say("This check could not judge the file, so it is refused.")
    return Finding(name, "refuse", WHOLE_FILE, message, say("Draw the diagram again in the editor; tell the operator."))


def _report(findings: list[Finding], level: str) -> Report:
    order = {"refuse": 0, "publish": 1, "warn": 2}
    findings = sorted(findings, key=lambda finding: order[finding.level])[:MOST_FINDINGS]
    serious = ("refuse",) if level == "draft" else ("refuse", "publish")
    return Report(not any(finding.level in serious for finding in findings), findings)
