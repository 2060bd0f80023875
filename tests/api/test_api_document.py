"""The OpenAPI document is true, and readable without any outside host."""

from __future__ import annotations

import re
from typing import Any

import jsonschema_rs
import pytest

from config import ROOT
from tests.api.small_world import World


@pytest.fixture
def spec(world: World) -> dict[str, Any]:
    found: dict[str, Any] = world.as_(None).get("/openapi.json").json
    return found


def _must_fit(spec: dict[str, Any], answer: Any, method: str, path: str) -> None:
    documented = spec["paths"][path][method]["responses"].get(str(answer.status_code))
    documented = documented or spec["paths"][path][method]["responses"]["default"]
    if "$ref" in documented:
        documented = spec["components"]["responses"][documented["$ref"].rpartition("/")[2]]
    schema = documented["content"][answer.mimetype]["schema"]
    jsonschema_rs.validate({**schema, "components": spec["components"]}, answer.json, validate_formats=True)


def test_answers_are_as_documented(world: World, spec: dict[str, Any]) -> None:
    case = world.apply()
    clerk, path = world.as_("yima.gongan.clerk"), "/api/v1"
    clerk.post(f"/tasks/{case['tasks'][0]['id']}/complete", {"data": {"decision": "approve"}})
    report = world.report("yima")
    ids = {"case_id": report["id"], "task_id": report["tasks"][0]["id"], "deadline_id": report["deadlines"][0]["id"]}
    ids |= {"jurisdiction": "yima", "key": "dispute", "n": 1, "grant_id": 1}
    told = {"key": "conditional_share.reply", "value": 3, "superior": "order_809", "article": ["12"]}
    told |= {"source": "国务院公报2025年第18号", "from_on": "2025-08-01"}
    assert world.as_("admin").post("/jurisdictions/yima/rules/proposals", told).status_code == 202
    checked = 0
    for documented, operations in spec["paths"].items():
        if "get" in operations:
            asking = world.as_("admin") if "/rules/proposals" in documented else clerk  # refused to a clerk
            answer = asking.get(documented.format(**ids).removeprefix(path))
            assert answer.status_code == 200, documented
            _must_fit(spec, answer, "get", documented)
            checked += 1
    assert checked >= 12
    _must_fit(spec, clerk.get("/cases/4711"), "get", f"{path}/cases/{{case_id}}")
    _must_fit(spec, clerk.post("/cases", {}), "post", f"{path}/cases")
    preview = {"jurisdiction": "yima", "working_days": 3, "from": "2026-03-10"}
    _must_fit(spec, clerk.post("/deadlines/preview", preview), "post", f"{path}/deadlines/preview")
    asked = {"department": "gongan", "resource": "x", "items": ["y"], "purpose": "z"}
    _must_fit(spec, clerk.post("/grants/check", asked), "post", f"{path}/grants/check")


def test_the_page_names_every_call_and_asks_no_outside_host(world: World, spec: dict[str, Any]) -> None:
    answer = world.app.test_client().get("/api/v1/docs")
    page = answer.get_data(as_text=True)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'self'")
    assert not re.search(r"https?://|<script|style=|\son\w+=", page)
    for path, operations in spec["paths"].items():
        for method in set(operations) - {"parameters"}:
            assert re.search(rf">{method.upper()}</span> <span class=\"path\">{re.escape(path)}<", page), path
    for link in set(re.findall(r'(?:href|src)="(/[^"]+)"', page)):
        assert world.app.test_client().get(link).status_code == 200, link
    for anchor in set(re.findall(r'href="#([^"]+)"', page)):
        assert f'id="{anchor}"' in page, anchor


def test_the_written_page_names_every_call(spec: dict[str, Any]) -> None:
    written = (ROOT / "docs" / "api.md").read_text("utf-8")
    short = re.sub(r"\{(\w+_id|n)\}", "{id}", " ".join(spec["paths"])).split()
    missing = [path for path in short if path.removeprefix("/api/v1") not in re.sub(r"\{n\}", "{id}", written)]
    assert missing == []
