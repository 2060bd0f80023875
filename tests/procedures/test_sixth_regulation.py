"""A sixth regulation and a fifth procedure, loaded by commands in other processes while an app goes on serving.

The regulation is invented: an expert panel speaks before the provider, and a switch says when; no Python knows of it.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from chinese_calendar import is_workday

from config import ROOT
from tests.diagrams.drawing import Drawing
from tests.procedures.expected import count
from tests.world import Caller, World, done

FOLDER = Path(__file__).parent / "sixth"
SATURDAY = datetime.fromisoformat("2026-03-14T11:00:00+08:00")
Command = Callable[..., str]


def panel_share() -> Drawing:
    """The panel speaks where the regulation wants it, then the provider decides; what is approved becomes a grant."""
    drawing = Drawing("panel_share").start().gateway("panel_needed", "panel_needed_to_to_review")
    drawing.task("panel_opinion", "panel", "panel_share.opinion").gateway("to_review")
    drawing.task("provider_review", "provider", "panel_share.reply").gateway("decided", "decided_to_end_refused")
    advice = "panel_opinion.advice if answered('panel_opinion') else None"
    asked = {"items": "application.items", "purpose": "application.purpose", "conditions": advice}
    drawing.service("grant", "grant.create", **asked, months="rule('panel_share.months')")
    drawing.end("end_granted", "granted").end("end_refused", "refused")
    drawing.flow("panel_needed", "panel_opinion", "rule('panel.asked') and resource.sensitive")
    drawing.flows("begin", "panel_needed", "to_review", "provider_review", "decided", "end_refused")
    drawing.flow("panel_opinion", "to_review").flow("decided", "grant", "provider_review.decision == 'approve'")
    return drawing.flow("grant", "end_granted")


def rectification() -> Drawing:
    drawing = Drawing("rectification").start().task("rectify", "department", "rectification.limit")
    return drawing.end("end_rectified", "rectified").flows("begin", "rectify", "end_rectified")


@pytest.fixture
def command(world: World) -> Command:
    """A command of the operator in a process of its own, on the world's database."""

    def run(*words: str) -> str:
        settings = {"DATABASE_URL": world.database.url, "SECRET_KEY": "test", "CLOCK": "simulated"}
        line = [sys.executable, "-m", "flask", *words]
        ran = subprocess.run(line, cwd=ROOT, env=os.environ | settings, capture_output=True, text=True, timeout=120)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout.strip()

    return run


@pytest.fixture
def sixth(world: World, command: Command, tmp_path: Path) -> World:
    """The app has served before; then the regulation is loaded beside it, and nothing is restarted."""
    world.at(SATURDAY)
    serve_yima(world)
    load_diagram(command, tmp_path, panel_share())
    command("rules", "load", str(FOLDER / "xingan.yaml"))
    for what in ("departments", "accounts", "catalogue"):
        command(what, "load", str(FOLDER / f"{what}.csv"))
    return world


def load_diagram(command: Command, folder: Path, drawing: Drawing) -> None:
    file = folder / f"{drawing.process}.bpmn"
    file.write_bytes(drawing.xml())
    forms = FOLDER / f"{drawing.process}.forms.yaml"
    command("diagrams", "load", str(file), "--forms", str(forms), "--publish")


def serve_yima(world: World) -> None:
    data = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市"}
    case = world.open_case("yima.renshe.clerk", "conditional_share", data)
    world.complete(case["id"], "provider_review", {"decision": "approve"})
    assert "xingan" not in {one["code"] for one in done(world.api("admin").get("/jurisdictions"))["items"]}


def test_a_sixth_regulation_and_a_fifth_procedure_are_served_without_restart_or_python(
    sixth: World, command: Command, tmp_path: Path
) -> None:
    callers = {who: caller(sixth, f"xingan.{who}.clerk") for who in ("renshe", "panel", "gongan", "bureau")}
    plain_data_go_without_the_panel(sixth, callers)
    sensitive_data_need_the_panel(sixth, callers)
    what_the_panel_rejects_cannot_be_approved(callers)
    load_diagram(command, tmp_path, rectification())
    command("rules", "load", str(with_rectification(tmp_path)))
    a_rectification_is_served(sixth, callers)
    each_drawing_is_listed_with_its_own_steps(callers["renshe"])
    serve_yima_again(sixth)


def caller(world: World, username: str) -> Caller:
    return world.api(world.flask("token", "create", username).stdout.strip())


def plain_data_go_without_the_panel(world: World, callers: dict[str, Caller]) -> None:
    case = apply(callers["renshe"], "XA-GA-001")
    assert [task["key"] for task in case["tasks"]] == ["provider_review"]
    assert case["number"] == "XA-GX-2026-0001"
    look_at(case["deadlines"], {"panel_share.reply": (7, "11")})
    case = answer(callers["gongan"], callers["renshe"], case, "provider_review", decision="approve")
    assert case["outcome"] == "granted"
    [grant] = done(callers["renshe"].get("/grants", case=case["id"]))["items"]
    assert (grant["items"], grant["valid_until"]) == (["name"], "2027-09-14")


def sensitive_data_need_the_panel(world: World, callers: dict[str, Caller]) -> None:
    case = apply(callers["renshe"], "XA-GA-002")
    assert [task["key"] for task in case["tasks"]] == ["panel_opinion"]
    look_at(case["deadlines"], {"panel_share.reply": (12, "11"), "panel_share.opinion": (3, "12")})
    advice = {"advice": "只返回核验结果", "proportionate": True}
    case = answer(callers["panel"], callers["renshe"], case, "panel_opinion", **advice)
    case = answer(callers["gongan"], callers["renshe"], case, "provider_review", decision="approve")
    [grant] = done(callers["renshe"].get("/grants", case=case["id"]))["items"]
    assert grant["conditions"] == "只返回核验结果"


def what_the_panel_rejects_cannot_be_approved(callers: dict[str, Caller]) -> None:
    case = apply(callers["renshe"], "XA-GA-002")
    advice = {"advice": "超出必要", "proportionate": False}
    case = answer(callers["panel"], callers["renshe"], case, "panel_opinion", **advice)
    task = next(one for one in case["tasks"] if one["status"] == "open")
    refused = callers["gongan"].post(f"/tasks/{task['id']}/complete", {"data": {"decision": "approve"}})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["decision"])
    refusal = {"decision": "refuse", "reason": "专家组认为超出必要"}
    assert answer(callers["gongan"], callers["renshe"], case, "provider_review", **refusal)["outcome"] == "refused"


def with_rectification(folder: Path) -> Path:
    """The same regulation in a second edition, which offers one procedure more."""
    text = (FOLDER / "xingan.yaml").read_text("utf-8")
    offered = "procedures: {conditional_share: panel_share, rectification: rectification}"
    text = text.replace("procedures: {conditional_share: panel_share}", offered)
    text += '  rectification.limit:\n    - {internal: 15, reason: silent, article: "25"}\n'
    file = folder / "xingan.yaml"
    file.write_text(text, "utf-8")
    return file


def a_rectification_is_served(world: World, callers: dict[str, Caller]) -> None:
    order = {"department": "gongan", "ground": "逾期未答复"}
    for named in ("gongan", "renshe"):
        refused = callers["renshe"].post("/cases", opening("rectification", {**order, "department": named}))
        assert refused.status_code == 403, "only the bureau starts it"
    case = done(callers["bureau"].post("/cases", opening("rectification", order)), 201)
    look_at(case["deadlines"], {"rectification.limit": (15, "25")})
    case = answer(callers["gongan"], callers["bureau"], case, "rectify", report="已全部答复")
    assert case["outcome"] == "rectified"


def each_drawing_is_listed_with_its_own_steps(reader: Caller) -> None:
    listed = {one["process"]: one for one in done(reader.get("/procedures"))["items"]}
    shared, own = listed["conditional_share"], listed["panel_share"]
    assert shared["key"] == own["key"] == "conditional_share"
    assert (own["jurisdictions"], "xingan" in shared["jurisdictions"]) == (["xingan"], False)
    assert ["panel_opinion" in {task["key"] for task in one["tasks"]} for one in (own, shared)] == [True, False]


def serve_yima_again(world: World) -> None:
    """The first five are served as before, and offer no rectification."""
    data = {"resource": "YM-GA-002", "items": ["name"], "purpose": "核验", "scope": "全市"}
    world.open_case("yima.renshe.clerk", "conditional_share", data)
    body = {"procedure": "rectification", "jurisdiction": "yima", "data": {"department": "gongan", "ground": "逾期"}}
    assert world.api("yima.bureau.clerk").post("/cases", body).status_code == 404


def apply(applicant: Caller, resource: str) -> Any:
    data = {"resource": resource, "items": ["name"], "purpose": "核验居住年限"}
    return done(applicant.post("/cases", opening("conditional_share", data)), 201)


def opening(procedure: str, data: dict[str, Any]) -> dict[str, Any]:
    return {"procedure": procedure, "jurisdiction": "xingan", "data": data}


def answer(holder: Caller, reader: Caller, case: Any, key: str, **data: Any) -> Any:
    """The case after its open task has been answered."""
    [task] = [one for one in case["tasks"] if (one["key"], one["status"]) == (key, "open")]
    done(holder.post(f"/tasks/{task['id']}/complete", {"data": data}))
    return done(reader.get(f"/cases/{case['id']}"))


def look_at(deadlines: list[Any], wanted: dict[str, tuple[int, str]]) -> None:
    """Received on a Saturday, in this regulation it counts as received on Monday; due at the end of the day."""
    monday = date(2026, 3, 16)
    assert (is_workday(SATURDAY.date()), is_workday(monday)) == (False, True)
    for deadline in deadlines:
        days, article = wanted[deadline["rule"]]
        due_on = count(monday, days)[-1]
        assert (deadline["started_on"], deadline["due_on"]) == (monday.isoformat(), due_on.isoformat())
        assert deadline["article"] == article
        assert datetime.fromisoformat(deadline["due_at"]).hour in (0, 23)
    assert {one["rule"] for one in deadlines} == set(wanted)
