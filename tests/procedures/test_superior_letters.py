"""What a superior has answered by letter is recorded; where a party records it, it has no effect before the other side
has compared it with the letter (PROCEDURES P4: nobody judges its own cause)."""

from __future__ import annotations

from typing import Any

import pytest

from app.accounts import CITIZEN
from app.cases.commands import flow
from app.outbox.letter_text import as_lines
from tests.procedures.playing import CODES
from tests.procedures.test_recusal import ANSWER, SUPERIOR, letter, refused
from tests.world import World, done

BY_LETTER = ("jiangmen", "yima", "yinchuan")
by_letter = pytest.mark.parametrize("place", BY_LETTER)


def recorded(world: World, place: str, **answer: Any) -> Any:
    """The bureau, which was refused, has recorded what its government has answered."""
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, f"{place}.bureau", f"{CODES[place]}-GA-002")
    world.at("2026-03-23T10:00:00+08:00")
    world.complete(case["id"], "superior_answer", {**ANSWER, "decision": "share", **answer})
    return case


@by_letter
def test_what_a_party_records_of_its_superiors_letter_does_not_stand_alone(place: str, world: World) -> None:
    case = recorded(world, place)
    [(key, task)] = world.open_tasks(case["id"]).items()
    assert (key, task["department"]) == ("confirm_superior", "gongan")
    assert done(world.api("admin").get("/grants", case=case["id"]))["items"] == []
    assert world.api(f"{place}.bureau.clerk").post(f"/tasks/{task['id']}/complete", {"data": {}}).status_code == 404
    world.complete(case["id"], "confirm_superior", {"confirmed": True})
    assert world.case(case["id"])["outcome"] == "granted"
    told = "".join(as_lines(letter(world, case, "superior_result").blocks("zh")))
    for said in (SUPERIOR[place], ANSWER["document"], "2026年3月20日", ANSWER["text"], "核对一致"):
        assert said in told, said
    assert world.flask("audit", "verify").exit_code == 0


@by_letter
def test_an_objection_says_what_differs_and_the_record_goes_back(place: str, world: World) -> None:
    case = recorded(world, place)
    task = world.open_tasks(case["id"])["confirm_superior"]
    invisible = {"confirmed": False, "reason": "\u200b"}
    for data in ({"confirmed": False}, invisible):
        sent = world.api(f"{place}.gongan.clerk").post(f"/tasks/{task['id']}/complete", {"data": data})
        assert (sent.status_code, list(sent.json["errors"])) == (422, ["reason"])
    world.complete(case["id"], "confirm_superior", {"confirmed": False, "reason": "来文只支持部分信息项"})
    [again] = world.open_tasks(case["id"]).values()
    assert (again["key"], again["department"]) == ("superior_answer", "bureau")
    world.complete(case["id"], "superior_answer", {**ANSWER, "decision": "withhold"})
    world.complete(case["id"], "confirm_superior", {"confirmed": True})
    assert world.case(case["id"])["outcome"] == "refused"
    assert world.flask("audit", "verify").exit_code == 0


@by_letter
def test_silence_confirms_nothing_and_is_overdue(place: str, world: World) -> None:
    case = recorded(world, place)
    world.at("2026-06-23T10:00:00+08:00")
    world.tick()
    found = world.case(case["id"])
    assert list(world.open_tasks(case["id"])) == ["confirm_superior"]
    [clock] = [one for one in found["deadlines"] if one["rule"] == "dispute.confirm_superior"]
    assert (clock["kind"], clock["late"]) == ("internal", True)


def test_where_the_recording_body_is_no_party_one_entry_is_enough(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.sz_minzheng", "JS-SZ-002")
    world.complete(case["id"], "superior_answer", {**ANSWER, "decided_on": "2026-03-09", "decision": "withhold"})
    assert world.case(case["id"])["outcome"] == "refused"
    assert not world.events(case["id"], "task.opened")[-1]["detail"]["key"].startswith("confirm")


def test_where_a_citizen_is_the_other_side_a_second_person_of_the_office_confirms(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    place, data = "yinchuan", {"resource": "YC-ZG-002", "items": ["name"], "doubt": "姓名有误"}
    with world.database.transaction() as session:
        case = flow.open_case(session, CITIZEN, "data_error", place, data).id
    world.complete(case, "verify_error", {"finding": "no_error", "explanation": "与原件一致"})
    [task] = world.open_tasks(case).values()
    with world.database.transaction() as session:
        flow.answer_by_receipt(session, case, task["id"], {"response": "dispute", "position": "原件在此"})
    world.complete(case, "superior_answer", {**ANSWER, "decided_on": "2026-03-09", "decision": "record_of"})
    [task] = world.open_tasks(case).values()
    assert (task["key"], task["department"]) == ("confirm_superior", "bureau")
    own = world.api(f"{place}.bureau.clerk").post(f"/tasks/{task['id']}/complete", {"data": {"confirmed": True}})
    assert (own.status_code, list(own.json["errors"])) == (422, ["confirmed"])
    done(world.api(f"{place}.bureau.supervisor").post(f"/tasks/{task['id']}/complete", {"data": {"confirmed": True}}))
    assert "correct_record" in world.open_tasks(case) or world.case(case)["status"] == "closed"


def test_in_yinchuan_a_bureau_that_authorised_a_part_does_not_coordinate_the_rest(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    data = {
        "resource": "YC-GA-002", "items": ["name", "permit_number"], "purpose": "核验", "scope": "全市",
        "share_mode": "interface", "legal_duty": "核验职责",
    }  # fmt: skip
    case = world.open_case("yinchuan.renshe.clerk", "conditional_share", data)
    basis = {"kind": "law", "title": "《个人信息保护法》", "article": "6"}
    partly = {"decision": "approve_partly", "items": ["name"], "reason": "非必需", "basis": basis}
    world.complete(case["id"], "provider_review", partly)
    world.complete(case["id"], "bureau_authorise", {"decision": "approve"})
    world.complete(case["id"], "applicant_response", {"response": "dispute", "position": "职责所必需"})
    [(key, task)] = world.open_tasks(case["id"]).items()
    assert (key, task["department"]) == ("superior_answer", "bureau")
    [told] = world.events(case["id"], "ladder.raised")
    assert (told["detail"]["body"], told["detail"]["recused"]) == ("government", ["bureau"])
    world.complete(case["id"], "superior_answer", {**ANSWER, "decided_on": "2026-03-09", "decision": "share"})
    [(key, task)] = world.open_tasks(case["id"]).items()
    assert (key, task["department"]) == ("confirm_superior", "renshe")


def test_two_departments_of_one_city_come_before_its_authority_over_whose_entry_ever(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    data = {
        "kind": "inconsistent_records", "resource": "JS-GA-002", "other_department": "nj_gongan", "position": "原件",
    }  # fmt: skip
    case = world.open_case("jiangsu.nj_minzheng.clerk", "dispute", data)
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "nj_bureau"
