"""What a body has drafted itself is reviewed by a second person of it, never by whoever drafted it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.accounts import SYSTEM, account_named, set_active
from app.cases.models import Task
from app.outbox.models import OutboxMessage
from tests.procedures.playing import CODES
from tests.world import World, done

REVIEWED = pytest.mark.parametrize("place", ["yima", "yinchuan", "yunyang"])
PASS = {"data": {"decision": "pass"}}


def drafted(world: World, place: str, who: str = "bureau.clerk") -> int:
    """An update of the bureau's own entry, drafted."""
    code = f"{CODES[place]}-ZG-002"
    data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职能调整", "resources": [code]}
    world.at("2026-03-09T10:00:00+08:00")
    case: int = world.open_case(f"{place}.{who}", "catalogue_update", data)["id"]
    draft(world, place, case, who)
    return case


def draft(world: World, place: str, case: int, who: str = "bureau.clerk") -> None:
    task = world.open_tasks(case)["draft_update"]
    changes = [{"resource": f"{CODES[place]}-ZG-002", "action": "change", "summary": "补充说明"}]
    done(world.api(f"{place}.{who}").post(f"/tasks/{task['id']}/complete", {"data": {"changes": changes}}))


def reviewed(world: World, place: str, who: str, case: int, decision: str = "pass") -> Any:
    task = world.open_tasks(case)["review_update"]
    data = {"decision": decision, "remarks": "请补充更新周期"}
    return world.api(f"{place}.{who}").post(f"/tasks/{task['id']}/complete", {"data": data})


@REVIEWED
def test_whoever_drafted_the_bureaus_own_update_does_not_review_it(world: World, place: str) -> None:
    case = drafted(world, place)
    review = world.open_tasks(case)["review_update"]
    assert (review["role"], review["department"]) == ("second", "bureau")
    for path in ("complete", "claim"):
        refused = world.api(f"{place}.bureau.clerk").post(f"/tasks/{review['id']}/{path}", PASS)
        assert refused.status_code == 403, refused.json
        assert "另一人" in refused.json["detail"]
    assert world.case(case)["status"] == "open"
    done(reviewed(world, place, "bureau.clerk2", case))
    assert world.case(case)["outcome"] == "published"
    [told] = world.events(case, "task.own_work")
    assert (told["actor"], told["detail"]["key"]) == (f"{place}.bureau.clerk2", "review_update")
    assert world.flask("audit", "verify").exit_code == 0


@REVIEWED
def test_in_an_office_of_one_clerk_the_supervisor_is_the_second_person(world: World, place: str) -> None:
    case = drafted(world, place)
    supervisor = world.api(f"{place}.bureau.supervisor")
    [listed] = [one for one in done(supervisor.get("/tasks", status="open", mine=1))["items"] if one["case"] == case]
    assert listed["key"] == "review_update"
    done(reviewed(world, place, "bureau.supervisor", case))
    assert world.case(case)["outcome"] == "published"


def test_after_a_return_it_is_the_last_drafter_who_does_not_review(world: World) -> None:
    case = drafted(world, "yima")
    done(reviewed(world, "yima", "bureau.clerk2", case, "return"))
    draft(world, "yima", case, "bureau.clerk2")
    assert reviewed(world, "yima", "bureau.clerk2", case).status_code == 403
    done(reviewed(world, "yima", "bureau.clerk", case))
    assert world.case(case)["outcome"] == "published"


def test_an_update_of_another_department_is_reviewed_by_any_clerk_of_the_bureau(world: World) -> None:
    data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职能调整", "resources": ["YM-GA-002"]}
    world.at("2026-03-09T10:00:00+08:00")
    case = world.open_case("yima.gongan.clerk", "catalogue_update", data)["id"]
    changes = [{"resource": "YM-GA-002", "action": "change", "summary": "补充说明"}]
    world.complete(case, "draft_update", {"changes": changes})
    assert world.open_tasks(case)["review_update"]["role"] == "clerk"
    done(reviewed(world, "yima", "bureau.clerk", case))
    assert not world.events(case, "task.own_work")


@REVIEWED
def test_a_review_is_not_handed_to_whoever_drafted_what_it_checks(world: World, place: str) -> None:
    case = drafted(world, place)
    review = world.open_tasks(case)["review_update"]
    for by in ("bureau.clerk", "bureau.clerk2", "bureau.supervisor"):
        refused = world.api(f"{place}.{by}").post(f"/tasks/{review['id']}/transfer", {"to": f"{place}.bureau.clerk"})
        assert (refused.status_code, set(refused.json["errors"])) == (422, {"to"})
    assert world.open_tasks(case)["review_update"]["assignee"] is None
    handed = {"to": f"{place}.bureau.supervisor"}
    done(world.api(f"{place}.bureau.clerk").post(f"/tasks/{review['id']}/transfer", handed))
    done(reviewed(world, place, "bureau.supervisor", case))
    assert world.case(case)["outcome"] == "published"


@pytest.mark.parametrize("way", ["complete", "claim", "release", "transfer"])
@pytest.mark.parametrize("holder", ["clerk", "clerk2"], ids=["drafter", "left"])
def test_whoever_cannot_do_a_review_keeps_nobody_out_by_holding_it(world: World, way: str, holder: str) -> None:
    case = drafted(world, "yunyang")
    review = world.open_tasks(case)["review_update"]
    with world.database.transaction() as session:
        account = account_named(session, f"yunyang.bureau.{holder}")
        session.get_one(Task, review["id"]).assignee_id = account.id
        if holder == "clerk2":
            account.active = False
    data = {"transfer": {"to": "yunyang.bureau.supervisor"}, "complete": PASS}.get(way, {})
    done(world.api("yunyang.bureau.supervisor").post(f"/tasks/{review['id']}/{way}", data))
    if way != "complete":
        done(reviewed(world, "yunyang", "bureau.supervisor", case))
    assert world.case(case)["outcome"] == "published"


def test_what_a_colleague_holds_who_can_do_it_stays_theirs(world: World) -> None:
    case = drafted(world, "yunyang")
    review = world.open_tasks(case)["review_update"]
    done(world.api("yunyang.bureau.clerk2").post(f"/tasks/{review['id']}/claim", {}))
    assert reviewed(world, "yunyang", "bureau.supervisor", case).status_code == 409


def alone(world: World, case: int) -> list[tuple[int | None, int | None]]:
    with world.database.transaction(write=False) as session:
        rows = select(OutboxMessage).where(OutboxMessage.case_id == case, OutboxMessage.kind == "no_second_person")
        return [(one.recipient_department_id, one.recipient_account_id) for one in session.scalars(rows)]


@REVIEWED
def test_an_office_of_one_hears_with_the_draft_that_it_has_no_second_person(world: World, place: str) -> None:
    with world.database.transaction() as session:
        for name in ("clerk2", "supervisor"):
            set_active(session, SYSTEM, account_named(session, f"{place}.bureau.{name}"), False)
        admins = {account_named(session, one).id for one in ("admin", "admin2")}
        office = account_named(session, f"{place}.bureau.clerk").department_id
    case = drafted(world, place)
    assert set(alone(world, case)) == {(office, None), *((None, one) for one in admins)}
    assert [one["detail"]["key"] for one in world.events(case, "task.no_second")] == ["review_update"]
    with world.database.transaction() as session:
        set_active(session, SYSTEM, account_named(session, f"{place}.bureau.supervisor"), True)
    done(reviewed(world, place, "bureau.supervisor", case))
    assert world.flask("audit", "verify").exit_code == 0


def test_an_office_with_a_second_person_hears_nothing_of_it(world: World) -> None:
    assert alone(world, drafted(world, "yima")) == []
