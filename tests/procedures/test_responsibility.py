"""The responsibility list (Yunyang 17, 18): a register with editions that follows every update in its transaction."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from app.cases import audit
from app.catalogue.models import Resource, ResponsibilityEdition, ResponsibilityLine
from app.database.transactions import Database
from app.outbox.models import OutboxMessage
from tests.world import World, done, on_both

BUREAU = "yunyang.bureau.clerk"
DUTIES = {"trigger": "duties", "changed_on": "2026-02-10", "description": "职能调整", "resources": ["YY-GA-002"]}
FEWER = {"resource": "YY-GA-002", "action": "change", "items": [{"code": "name", "name": "姓名"}]}
NEW = {
    "resource": "YY-GA-901",
    "action": "add",
    "name": "新增信息",
    "share_type": "unconditional",
    "items": [{"code": "a", "name": "甲"}],
}


def updated(world: World, *changes: dict[str, Any]) -> Any:
    """An update by the police, up to the review by the bureau; the case."""
    world.at("2026-02-12T10:00:00+08:00")
    case = world.open_case("yunyang.gongan.clerk", "catalogue_update", DUTIES)
    world.complete(case["id"], "draft_update", {"changes": list(changes)})
    return case


def lines(world: World, **asked: Any) -> list[Any]:
    found, after = [], None
    while True:
        more = {"after": after} if after else {}
        page = done(world.api(BUREAU).get("/responsibility", limit=200, **asked, **more))
        found, after = found + page["items"], page["next"]
        if after is None:
            return found


def verify(world: World) -> Any:
    with world.database.transaction(write=False) as session:
        return audit.verify(session)[1]


def test_the_first_edition_says_of_every_item_of_the_catalogue_who_collects_it(world: World) -> None:
    with world.database.transaction(write=False) as session:
        entries = session.scalars(select(Resource).where(Resource.jurisdiction == "yunyang")).all()
        wanted = {(one.code, item["code"], one.provider.code) for one in entries for item in one.items}
    found = lines(world)
    assert {(one["resource"], one["item"], one["department"]) for one in found} == wanted
    assert {one["department_name"] for one in found if one["department"] == "gongan"} == {"云阳县公安局"}


def test_the_review_clock_is_met_when_the_new_edition_exists_and_no_message_is_queued(world: World) -> None:
    case = updated(world, FEWER)
    before = done(world.api(BUREAU).get("/responsibility/editions"))["items"][0]["number"]
    world.complete(case["id"], "review_update", {"decision": "pass"})
    [newest, *_] = done(world.api(BUREAU).get("/responsibility/editions"))["items"]
    assert (newest["number"], newest["case"]) == (before + 1, case["id"])
    [review] = [one for one in world.case(case["id"])["deadlines"] if one["rule"] == "catalogue_update.review"]
    assert review["state"] == "met"
    with world.database.transaction(write=False) as session:
        targets = session.scalars(select(OutboxMessage.target).where(OutboxMessage.channel == "push")).all()
    assert "responsibility_list" not in targets
    assert verify(world) is None


def test_an_edition_follows_the_update_and_the_one_before_stays_readable(world: World) -> None:
    case = updated(world, FEWER, NEW, {"resource": "YY-GA-001", "action": "withdraw"})
    old = done(world.api(BUREAU).get("/responsibility/editions"))["items"][0]["number"]
    before = lines(world)
    world.complete(case["id"], "review_update", {"decision": "pass"})
    now = lines(world)
    of = {code: {one["item"] for one in now if one["resource"] == code} for code in ("YY-GA-001", "YY-GA-002")}
    assert of == {"YY-GA-001": set(), "YY-GA-002": {"name"}}
    assert [one["item"] for one in lines(world, resource="YY-GA-901")] == ["a"]
    again = lines(world, edition=old)
    assert [(one["resource"], one["item"]) for one in again] == [(one["resource"], one["item"]) for one in before]


def test_where_the_regulation_has_no_list_there_is_none(world: World) -> None:
    for place in ("jiangmen", "yima", "jiangsu", "yinchuan"):
        assert done(world.api(f"{place}.bureau.clerk").get("/responsibility")) == {"items": [], "next": None}


def test_the_list_of_another_jurisdiction_is_not_there(world: World) -> None:
    for path in ("/responsibility", "/responsibility/editions"):
        assert world.api("yima.gongan.clerk").get(path, jurisdiction="yunyang").status_code == 404
        assert done(world.api("admin").get(path, jurisdiction="yunyang"))["items"]
        assert world.api("admin").get(path).status_code == 422
    assert world.api(BUREAU).get("/responsibility", edition=99).status_code == 404


@on_both
@pytest.mark.parametrize("meddled", ["line", "moved", "gone", "edition", "stray"])
def test_whoever_changes_the_list_behind_our_back_is_noticed(world: World, meddled: str) -> None:
    assert verify(world) is None
    with world.database.transaction() as session:
        first = session.scalars(select(ResponsibilityLine).order_by(ResponsibilityLine.id)).first()
        assert first is not None
        if meddled == "line":
            first.department = "renshe"
        elif meddled == "moved":
            first.until = first.since
        elif meddled == "gone":
            session.delete(first)
        elif meddled == "edition":
            session.execute(update(ResponsibilityEdition).values(made_by="nobody"))
        else:
            first.since = 99
    broken = verify(world)
    assert broken is not None
    assert broken.stream == "responsibility:yunyang"


def test_a_load_of_the_catalogue_makes_an_edition_too(world: World, tmp_path: Any) -> None:
    before = done(world.api(BUREAU).get("/responsibility/editions"))["items"][0]["number"]
    file = tmp_path / "more.csv"
    file.write_text(
        "code,jurisdiction,provider,name,share_type,items\nYY-X-1,yunyang,renshe,新信息,unconditional,a:甲\n"
    )
    assert world.flask("catalogue", "load", str(file)).exit_code == 0
    assert done(world.api(BUREAU).get("/responsibility/editions"))["items"][0]["number"] == before + 1
    assert [one["department"] for one in lines(world, resource="YY-X-1")] == ["renshe"]
    assert world.flask("catalogue", "load", str(file)).exit_code == 0
    assert done(world.api(BUREAU).get("/responsibility/editions"))["items"][0]["number"] == before + 1


def test_an_installation_that_is_upgraded_gets_its_first_edition(world: World) -> None:
    with world.database.transaction() as session:
        session.query(ResponsibilityLine).delete()
        session.query(ResponsibilityEdition).delete()
        assert not session.scalars(select(ResponsibilityEdition)).all()
    assert lines(world) == []
    said = shipped(world.database)
    assert any("yunyang" in line and "responsibility" in line for line in said)
    assert lines(world)
    assert not [line for line in shipped(world.database) if "responsibility" in line]


def shipped(database: Database) -> list[str]:
    from app.cli.shipped_content import load_shipped
    from config import ROOT

    return list(load_shipped(database, ROOT))
