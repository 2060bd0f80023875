"""A dissolved or merged department: nothing stays open with it, and nobody acts for it any more."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from sqlalchemy import select

from app.accounts import Department
from app.cases.models import Case, Task
from app.catalogue.models import Grant, Resource
from tests.procedures.expected import PLACES
from tests.procedures.playing import CODES
from tests.procedures.test_transfer import LATER, Play, everywhere, verified
from tests.world import World, done, on_both


def close(world: World, place: str, code: str = "gongan", successor: str | None = "renshe", *more: str) -> Result:
    told = ["--successor", successor] if successor else []
    return world.flask("departments", "close", code, "--jurisdiction", place, "--on", "2026-03-10", *told, *more)


def furnished(world: World, place: str) -> tuple[Play, dict[str, Any]]:
    """The police provide, apply, hold a grant and update their catalogue."""
    play = Play(world, place)
    open_ = {"asked": play.apply("minzheng"), "reported": play.report("shichang")}
    prefix = CODES[place]
    data = {"resource": f"{prefix}-MZ-002", "items": ["name"], "purpose": "核验", "scope": "全市"}
    data |= {"share_mode": "interface", "legal_duty": "核验职责"}
    open_["asks"] = world.open_case(f"{place}.gongan.clerk", "conditional_share", data)
    held = world.open_case(f"{place}.gongan.clerk", "conditional_share", data)
    world.complete(held["id"], "provider_review", {"decision": "approve"})
    if "bureau_authorise" in world.open_tasks(held["id"]):
        world.complete(held["id"], "bureau_authorise", {"decision": "approve"})
    update = {"trigger": "duties", "changed_on": "2026-03-05", "description": "调整", "resources": [f"{prefix}-GA-001"]}
    open_["updates"] = world.open_case(f"{place}.gongan.clerk", "catalogue_update", update)
    world.at(LATER)
    return play, {**open_, "held": held}


@everywhere
def test_nothing_stays_open_with_a_closed_department(world: World, place: str) -> None:
    play, cases = furnished(world, place)
    before = {name: world.case(case["id"])["deadlines"] for name, case in cases.items()}
    closed = close(world, place)
    assert closed.exit_code == 0, closed.output
    with world.database.transaction(write=False) as session:
        old = session.scalars(
            select(Department).where(Department.jurisdiction == place, Department.code == "gongan")
        ).one()
        assert (str(old.closed_on), old.successor) == ("2026-03-10", "renshe")
        assert not session.scalars(select(Resource).where(Resource.provider_id == old.id)).all()
        assert not session.scalars(select(Task).where(Task.department_id == old.id, Task.status == "open")).all()
        assert not session.scalars(select(Grant).where(Grant.department_id == old.id)).all()
        seats = [case.lanes for case in session.scalars(select(Case).where(Case.status == "open"))]
        assert not [seat for lanes in seats for seat in lanes.values() if seat and seat["id"] == old.id]
    for name in ("asked", "reported", "asks", "updates"):
        now = world.case(cases[name]["id"])
        assert now["status"] == "open", name
        assert world.events(now["id"], "case.moved"), name
        assert [(one["rule"], one["due_on"], one["state"]) for one in now["deadlines"]] == [
            (one["rule"], one["due_on"], one["state"]) for one in before[name]
        ], name
    assert world.events(cases["held"]["id"], "grant.moved")
    assert verified(world) is None
    world.complete(cases["asked"]["id"], "provider_review", {"decision": "approve"})
    changes = [{"resource": f"{CODES[place]}-GA-001", "action": "change", "summary": "新摘要"}]
    world.complete(cases["updates"]["id"], "draft_update", {"changes": changes})
    play.passed(cases["updates"])
    assert verified(world) is None


@pytest.mark.parametrize("place", ["yima"])
def test_a_department_is_not_closed_while_something_has_no_successor(world: World, place: str) -> None:
    furnished(world, place)
    refused = close(world, place, successor=None)
    assert refused.exit_code == 1
    for successor in ("gongan", "nobody", "platform"):
        assert close(world, place, successor=successor).exit_code == 1
    assert close(world, place, code="bureau").exit_code == 1
    assert close(world, place, "gongan", "renshe", "--dry-run").exit_code == 0
    with world.database.transaction(write=False) as session:
        assert not session.scalars(select(Department).where(Department.closed_on.is_not(None))).all()
    assert done(world.api("yima.gongan.clerk").get("/tasks"))["items"]


def test_accounts_of_a_closed_department_act_no_more_and_nothing_is_asked_of_it(world: World) -> None:
    furnished(world, "yima")
    assert close(world, "yima").exit_code == 0
    assert world.api("yima.gongan.clerk").get("/tasks").status_code == 401
    data = {
        "kind": "inconsistent_records", "other_department": "gongan", "resource": "YM-MZ-002", "position": "不一致",
    }  # fmt: skip
    body = {"procedure": "dispute", "jurisdiction": "yima", "data": data}
    refused = world.api("yima.shichang.clerk").post("/cases", body)
    assert (refused.status_code, "other_department" in refused.json["errors"]) == (422, True)
    data = {"resource": "YM-MZ-002", "items": ["name"], "purpose": "核验", "scope": "全市", "share_mode": "interface"}
    body = {"procedure": "conditional_share", "jurisdiction": "yima", "data": data, "on_behalf_of": "gongan"}
    refused = world.api("yima.bureau.clerk").post("/cases", body)
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["on_behalf_of"])
    asked = {"department": "gongan", "resource": "YM-MZ-001", "items": ["name"], "purpose": "核验"}
    assert done(world.api("yima.platform").post("/grants/check", asked))["allowed"] is False
    assert close(world, "yima").exit_code == 1


@on_both
def test_the_grant_of_a_closed_department_is_its_successors(world: World) -> None:
    furnished(world, "yima")
    assert close(world, "yima").exit_code == 0
    asked = {"resource": "YM-MZ-002", "items": ["name"], "purpose": "核验"}
    answers = {
        code: done(world.api("yima.platform").post("/grants/check", {"department": code, **asked}))["allowed"]
        for code in ("renshe", "gongan")
    }
    assert answers == {"renshe": True, "gongan": False}
    assert verified(world) is None


def test_the_responsibility_list_names_the_successor(world: World) -> None:
    assert "yunyang" in PLACES
    furnished(world, "yunyang")
    assert close(world, "yunyang").exit_code == 0
    found = done(world.api("yunyang.bureau.clerk").get("/responsibility", department="gongan"))["items"]
    assert found == []
    assert verified(world) is None


def test_a_need_that_was_asked_of_a_closed_department_goes_on_with_its_successor(world: World) -> None:
    wanted = {
        "wanted": {"description": "残疾评定结果", "fields": ["姓名"]}, "purpose": "发放护理补贴", "scope": "全市",
        "share_mode": "interface",
    }  # fmt: skip
    case = world.open_case("yima.minzheng.clerk", "conditional_share", wanted)["id"]
    world.complete(case, "find_holder", {"holder": "gongan"})
    world.at(LATER)
    assert close(world, "yima").exit_code == 0
    world.complete(case, "can_supply", {"decision": "yes"})
    assert [one["department"] for one in world.open_tasks(case).values()] == ["renshe"]
    assert verified(world) is None


def test_a_need_of_the_department_that_would_have_to_meet_it_has_become_moot(world: World) -> None:
    wanted = {
        "wanted": {"description": "残疾评定结果", "fields": ["姓名"]}, "purpose": "发放护理补贴", "scope": "全市",
        "share_mode": "interface",
    }  # fmt: skip
    case = world.open_case("yima.renshe.clerk", "conditional_share", wanted)["id"]
    world.complete(case, "find_holder", {"holder": "gongan"})
    world.at(LATER)
    assert close(world, "yima").exit_code == 0
    assert (world.case(case)["status"], world.case(case)["outcome"]) == ("closed", "withdrawn")


def test_departments_close_after_one_another_and_never_in_a_circle(world: World) -> None:
    play, cases = furnished(world, "yima")
    assert close(world, "yima").exit_code == 0
    assert close(world, "yima", "renshe", "gongan").exit_code == 1
    assert close(world, "yima", "renshe", "shichang").exit_code == 0
    assert [one["department"] for one in world.open_tasks(cases["asked"]["id"]).values()] == ["shichang"]
    assert play.entry()["provider"] == "shichang"
    assert verified(world) is None


def test_a_file_does_not_take_an_entry_from_its_open_cases(world: World, tmp_path: Path) -> None:
    play = Play(world, "yima")
    case = play.apply("minzheng")
    sheet = tmp_path / "catalogue.csv"
    assert world.flask("catalogue", "export", "yima", str(sheet)).exit_code == 0
    lines = sheet.read_text("utf-8-sig").splitlines()
    [number] = [n for n, line in enumerate(lines, start=1) if play.code in line]
    lines[number - 1] = lines[number - 1].replace("gongan", "renshe")
    sheet.write_text("\n".join(lines) + "\n", "utf-8")
    refused = world.flask("catalogue", "load", str(sheet))
    assert refused.exit_code == 1
    assert f"{sheet.name}:{number}: provider" in refused.stderr
    assert case["number"] in refused.stderr
    assert play.entry()["provider"] == "gongan"


def test_nobody_becomes_a_party_of_what_lies_before_them(world: World) -> None:
    case = Play(world, "yunyang").apply("minzheng")
    world.complete(case["id"], "provider_review", {"decision": "refuse", "reason": "不属于履职所需", "ground": "other"})
    world.complete(case["id"], "applicant_response", {"response": "dispute", "position": "办理业务所必需"})
    assert set(world.open_tasks(case["id"])) == {"coordinate"}
    world.at(LATER)
    refused = close(world, "yunyang", "gongan", "bureau")
    assert (refused.exit_code, case["number"] in refused.output) == (1, True), refused.output
    assert world.case(case["id"])["provider"] == "gongan"
    world.complete(case["id"], "coordinate", {"decision": "withhold", "ground": "不属于履职所需"})
    closed = close(world, "yunyang", "gongan", "bureau")
    assert closed.exit_code == 0, closed.output


def test_the_two_sides_of_a_dispute_that_become_one_have_nothing_to_negotiate(world: World) -> None:
    data = {"kind": "inconsistent_records", "resource": "JM-GA-002", "other_department": "gongan", "items": ["name"]}
    Play(world, "jiangmen")
    case = world.open_case("jiangmen.renshe.clerk", "dispute", {**data, "record": "甲", "position": "以原件为准"})
    world.at(LATER)
    closed = close(world, "jiangmen")
    assert closed.exit_code == 0, closed.output
    assert world.case(case["id"])["status"] == "closed"
    assert verified(world) is None
