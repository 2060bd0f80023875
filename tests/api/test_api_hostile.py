"""Values that nobody should send, in every field of every form, on both databases: refused or taken, never a fault."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.small_world import World

VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    2**63 - 1,
    1.5,
    "",
    " ",
    "\u0000",
    "\u202e反",
    "\ud83d\ude00" * 300,
    "x" * 5000,
    "9" * 5000,
    "0000-00-00",
    "2026-02-30",
    "9999-12-31",
    "__class__",
    "%(x)s %s {x} {0.__class__}",
    "'; drop table task; --",
    [],
    ["name", "name"],
    ["\u0000"],
    [None, 1, {}],
    ["x"] * 2000,
    {},
    {"a": {"b": []}},
    [{"resource": "yima.conditional", "action": "change", "items": [{"code": "name"}]}],
    [{"resource": "yima.conditional", "action": "change", "name": 1, "modes": {"a": 1}, "items": 5}],
    [{"resource": ["x"], "action": {}, "\u0000": 1}],
]


def _answers(world: World, path: str, caller: str, body: Any, good: dict[str, Any], fields: list[str]) -> set[int]:
    by = world.as_(caller)
    seen: set[int] = set()
    for field in [*fields, "unknown"]:
        for value in VALUES:
            answer = by.post(path, {**body, "data": {**good, field: value}})
            assert answer.status_code < 500, (field, value)
            assert answer.status_code in (200, 201) or answer.json["detail"], (field, value)
            seen.add(answer.status_code)
    return seen


def _start_with_anything(world: World) -> None:
    good = {
        "resource": "yima.conditional",
        "items": ["name"],
        "purpose": "p",
        "scope": "s",
        "doubt": "d",
        "kind": "refusal",
    }
    for procedure in world.as_("admin").get("/procedures").json["items"]:
        fields = [field["key"] for field in procedure["start"]]
        body = {"procedure": procedure["key"], "jurisdiction": "yima"}
        given = {name: value for name, value in good.items() if name in fields}
        assert 422 in _answers(world, "/cases", "yima.gongan.clerk", body, given, fields)


def test_a_start_form_takes_anything_without_a_fault(world: World) -> None:
    _start_with_anything(world)


@pytest.mark.postgres
def test_a_start_form_takes_anything_without_a_fault_on_postgres(world_on_postgres: World) -> None:
    _start_with_anything(world_on_postgres)


def test_a_task_takes_anything_without_a_fault(world: World) -> None:
    task = world.apply()["tasks"][0]
    path, clerk = f"/tasks/{task['id']}", "yima.gongan.clerk"
    fields = list(world.as_(clerk).get(path).json["form"]["properties"])
    assert _answers(world, f"{path}/complete", clerk, {}, {"decision": "refuse"}, fields) == {422}


def test_a_drafted_catalogue_takes_anything_without_a_fault(world: World) -> None:
    data = {
        "trigger": "duties",
        "changed_on": "2026-03-09",
        "description": "职能调整",
        "resources": ["yima.conditional"],
    }
    body = {"procedure": "catalogue_update", "jurisdiction": "yima", "data": data}
    opened = world.as_("yima.gongan.clerk").post("/cases", body)
    assert opened.status_code == 201, opened.json
    task = world.open_task(opened.json, "draft_update")
    by, path = world.as_("yima.gongan.clerk"), f"/tasks/{task['id']}/complete"
    for field in ("name", "share_type", "items", "modes", "sensitive", "basis_kind", "conditions", "provider", "code"):
        for value in VALUES:
            change = {"resource": "yima.conditional", "action": "change", field: value}
            answer = by.post(path, {"data": {"changes": [change]}})
            assert answer.status_code < 500, (field, value)
            if answer.status_code == 200:
                task = _again(world, opened.json)
                path = f"/tasks/{task['id']}/complete"


def _again(world: World, case: dict[str, Any]) -> dict[str, Any]:
    """Let the bureau return the draft, so that there is one to fill again."""
    review = world.open_task(case, "review_update")
    returned = {"data": {"decision": "return", "remarks": "再改"}}
    assert world.as_("yima.bureau.clerk").post(f"/tasks/{review['id']}/complete", returned).status_code == 200
    return world.open_task(case, "draft_update")
