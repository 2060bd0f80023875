"""Nobody judges his own cause, and a dispute comes before the authority of the parties' own level and area (PROCEDURES
P4; Jiangsu Art. 5, 16; Yunyang Art. 32)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app import outbox
from app.outbox.letter_text import as_lines
from app.outbox.models import Letter
from tests.procedures.expected import PLACES
from tests.procedures.grant_story import ADVERSE, BASIS, Story, contested, settle_sharing
from tests.procedures.playing import CODES
from tests.world import World, done

REFUSE = {
    "decision": "refuse",
    "reason": "与职责无关",
    "basis": {"kind": "law", "title": "《个人信息保护法》", "article": "第六条"},
}
DISPUTE = {"response": "dispute", "position": "职责所必需"}
APPLICATION = {
    "items": ["name"],
    "purpose": "核验",
    "scope": "全市",
    "share_mode": "interface",
    "legal_duty": "核验职责",
}


def refused(world: World, applicant: str, resource: str) -> Any:
    """A dispute about a refused application, negotiated in vain where it is negotiated first."""
    case = world.open_case(f"{applicant}.clerk", "conditional_share", {**APPLICATION, "resource": resource})
    world.complete(case["id"], "provider_review", REFUSE)
    world.complete(case["id"], "applicant_response", DISPUTE)
    for task in ("negotiate_applicant", "negotiate_provider"):
        if task in world.open_tasks(case["id"]):
            world.complete(case["id"], task, {"agreed": False, "position": "不同意"})
            break
    return case


def raised(world: World, case: Any) -> Any:
    [event] = world.events(case["id"], "ladder.raised")
    return event["detail"]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("bureau_is", ["applicant", "provider"])
def test_the_bureau_does_not_settle_its_own_dispute(place: str, bureau_is: str, world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    sides = ("bureau", "GA-002") if bureau_is == "applicant" else ("renshe", "ZG-002")
    case = refused(world, f"{place}.{sides[0]}", f"{CODES[place]}-{sides[1]}")
    holders = {key: task["department"] for key, task in world.open_tasks(case["id"]).items()}
    assert holders.get("coordinate") != "bureau"
    assert holders


def test_in_yunyang_the_county_government_takes_the_place_of_a_bureau_that_is_a_party(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "yunyang.bureau", "YY-GA-002")
    task = world.open_tasks(case["id"])["coordinate"]
    assert task["department"] == "government"
    assert raised(world, case) == {"body": "government", "verb": "decide", "recused": ["bureau"]}
    passed_on = world.api("yunyang.government.clerk").post(
        f"/tasks/{task['id']}/complete", {"data": {"decision": "pass_on", "ground": "报请"}}
    )
    assert (passed_on.status_code, list(passed_on.json["errors"])) == (422, ["decision"])


def test_two_departments_of_one_city_come_before_the_authority_of_that_city(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.nj_minzheng", "JS-NJ-002")
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "nj_bureau"
    found = world.api("jiangsu.nj_bureau.clerk").get(f"/cases/{case['id']}")
    assert found.status_code == 200


def test_with_a_provincial_department_the_leading_group_takes_the_place_of_the_city_authority(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.renshe", "JS-NJ-002")
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "leading_group"


def test_an_authority_of_a_city_that_is_a_party_gives_way_to_the_authority_above(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.nj_minzheng", "JS-NJB-002")
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "bureau"
    assert raised(world, case)["recused"] == ["nj_bureau"]


def test_departments_of_two_cities_come_before_their_common_superior(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.sz_minzheng", "JS-NJ-002")
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "bureau"


def test_the_authority_of_a_city_sees_nothing_of_other_areas(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.sz_minzheng", "JS-NJ-002")
    assert world.api("jiangsu.nj_bureau.clerk").get(f"/cases/{case['id']}").status_code == 404


def test_files_without_areas_leave_the_areas_of_known_departments(world: World, tmp_path: Path) -> None:
    file = tmp_path / "departments.csv"
    file.write_text("jurisdiction,code,name_zh,level\njiangsu,nj_gongan,南京市公安局,city\n", "utf-8")
    assert world.flask("departments", "load", str(file)).exit_code == 0
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.nj_minzheng", "JS-NJ-002")
    assert world.open_tasks(case["id"])["coordinate"]["department"] == "nj_bureau"


ANSWER = {
    "document": "府函〔2026〕3号",
    "decided_on": "2026-03-20",
    "text": "经研究，使用部门履职确需，应予共享。",
    "ground": "职责所必需",
}
SUPERIOR = {"jiangmen": "江门市人民政府", "yima": "义马市人民政府", "yinchuan": "银川市人民政府"}


def answered_by_letter(world: World, case: Any, **answer: Any) -> None:
    """What came by letter, recorded and, where a party has recorded it, confirmed by the other side."""
    world.complete(case["id"], "superior_answer", {**ANSWER, **answer})
    if "confirm_superior" in world.open_tasks(case["id"]):
        world.complete(case["id"], "confirm_superior", {"confirmed": True})


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
@pytest.mark.parametrize("bureau_is", ["applicant", "provider"])
def test_where_the_bureau_is_a_party_and_nobody_is_above_it_the_superior_is_asked_by_letter(
    place: str, bureau_is: str, world: World
) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    sides = ("bureau", "GA-002") if bureau_is == "applicant" else ("renshe", "ZG-002")
    case = refused(world, f"{place}.{sides[0]}", f"{CODES[place]}-{sides[1]}")
    open_ = world.open_tasks(case["id"])
    assert list(open_) == ["superior_answer"]
    letters = [one["template"] for event in world.events(case["id"]) for one in event["detail"].get("letters", ())]
    assert "superior_request" in letters
    world.at("2026-03-23T10:00:00+08:00")
    answered_by_letter(world, case, decision="share")
    settled = world.case(case["id"])
    assert (settled["status"], settled["outcome"]) == ("closed", "granted")
    letters = [one["template"] for event in world.events(case["id"]) for one in event["detail"].get("letters", ())]
    assert "superior_result" in letters
    assert "settlement" not in letters


def test_whoever_records_the_answer_of_the_superior_names_its_document_and_decides_nothing(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "yinchuan.renshe", "YC-ZG-002")
    task = world.open_tasks(case["id"])["superior_answer"]
    answer = world.api(world.holder(task)).post(
        f"/tasks/{task['id']}/complete", {"data": {"decision": "pass_on", "ground": "报请"}}
    )
    assert answer.status_code == 422
    assert set(answer.json["errors"]) >= {"decision", "text", "document", "decided_on"}


def test_two_departments_of_a_city_whose_authority_is_not_here_go_to_it_by_letter(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, "jiangsu.sz_minzheng", "JS-SZ-002")
    task = world.open_tasks(case["id"])["superior_answer"]
    assert task["department"] == "bureau"
    assert raised(world, case)["body"] == "local_authority"


@pytest.mark.parametrize("bureau_is", ["applicant", "provider"])
def test_a_bureau_that_is_a_party_does_not_authorise_its_own_application(bureau_is: str, world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    sides = ("bureau", "YC-GA-002") if bureau_is == "applicant" else ("renshe", "YC-ZG-002")
    data = {**APPLICATION, "resource": sides[1]}
    case = world.open_case(f"yinchuan.{sides[0]}.clerk", "conditional_share", data)
    world.complete(case["id"], "provider_review", {"decision": "approve"})
    closed = world.case(case["id"])
    assert (closed["status"], closed["outcome"]) == ("closed", "granted")
    assert [one["key"] for one in closed["tasks"]] == ["provider_review"]
    [reply] = [one for one in closed["deadlines"] if one["rule"] == "conditional_share.reply"]
    assert reply["state"] == "met"
    [line] = world.events(case["id"], "body.recused")
    assert line["detail"]["department"] == "bureau"


def letter(world: World, case: Any, template: str) -> Letter:
    with world.database.transaction(write=False) as session:
        found = outbox.letters_of(session, case["id"])
    return next(one for one in found if one.template == template)


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_an_approval_that_a_superior_ordered_does_not_come_from_whoever_refused(place: str, world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, f"{place}.bureau", f"{CODES[place]}-GA-002")
    world.at("2026-03-23T10:00:00+08:00")
    answered_by_letter(world, case, decision="share")
    reply = letter(world, case, "reply")
    assert reply.issuer.zh == "系统依规自动出具"
    told = "".join(as_lines(reply.blocks("zh")))
    assert f"依{SUPERIOR[place]}2026年3月20日的处理（「府函〔2026〕3号」）：予以支持（予以共享）" in told
    assert "决定不予共享" not in told


def test_a_bureau_does_not_judge_the_act_of_the_government_above_it(world: World) -> None:
    story = Story(world, "yunyang")
    done(story.revoke())
    review = story.review()
    contested(story, "coordinate", decision="pass_on")
    story.answer(review, "decide_above", {"decision": "share", "ground": "履职确需"})
    done(story.revoke(by="government.clerk"))
    newest = done(world.api("admin").get("/cases", procedure="grant_review", jurisdiction="yunyang"))["items"][0]
    again = world.case(newest["id"])
    story.answer(again, "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    assert list(world.open_tasks(again["id"])) == ["superior_answer"]
    told = raised(world, again)
    assert "decided" not in told  # it is a party: it has revoked what is contested
    assert (told["body"], told["recused"], told["below"]) == ("municipal_government", ["government"], ["bureau"])
    story.answer(again, "superior_answer", {**ANSWER, "decided_on": "2026-03-09", "decision": "share"})
    assert story.grant()["state"] == "active"
    for below in ("government", "bureau", "gongan"):
        assert done(story.revoke(by=f"{below}.clerk"), 409)["type"] == "decided-above"
    story.is_sound()


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_what_a_superior_has_decided_by_letter_nobody_here_takes_back(place: str, world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, f"{place}.renshe", f"{CODES[place]}-ZG-002")
    answered_by_letter(world, case, decided_on="2026-03-09", decision="share")
    [grant] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    body = {"reason": "用途已经终止", "basis": BASIS}
    told = done(world.api(f"{place}.bureau.clerk").post(f"/grants/{grant['id']}/revoke", body), 409)
    assert (told["type"], SUPERIOR[place] in str(told)) == ("decided-above", True)
    assert world.api(f"{place}.renshe.clerk").post(f"/grants/{grant['id']}/revoke", body).status_code == 403
    [kept] = done(world.api("admin").get("/grants", case=case["id"]))["items"]
    assert kept["state"] == "active"


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_a_superior_hears_both_sides_and_is_the_one_who_is_written_to(place: str, world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    case = refused(world, f"{place}.bureau", f"{CODES[place]}-GA-002")
    asked = letter(world, case, "superior_request")
    told = "".join(as_lines(asked.blocks("zh")))
    for said in (DISPUTE["position"], REFUSE["reason"], "《个人信息保护法》第六条（法律）"):
        assert str(said) in told
    assert "人民政府" in asked.receiver.zh
    assert asked.receiver.zh not in told
    assert ("不同意" in told) == (place == "yima")


def test_whoever_did_not_authorise_is_told_to_authorise(world: World) -> None:
    world.at("2026-03-09T10:00:00+08:00")
    data = {**APPLICATION, "resource": "YC-GA-002"}
    case = world.open_case("yinchuan.renshe.clerk", "conditional_share", data)
    world.complete(case["id"], "provider_review", {"decision": "approve"})
    world.complete(case["id"], "bureau_authorise", REFUSE)
    world.complete(case["id"], "applicant_response", DISPUTE)
    world.at("2026-03-23T10:00:00+08:00")
    answered_by_letter(world, case, decision="share")
    told = "".join(as_lines(letter(world, case, "superior_result").blocks("zh")))
    assert "大数据管理服务局予以授权" in told
    assert "局予以共享" not in told
    assert letter(world, case, "reply").issuer.zh == "系统依规自动出具"


def under_a_letter(world: World, place: str) -> Story:
    """A grant on an entry of the bureau that a superior has decided by letter."""
    world.at("2026-03-09T10:00:00+08:00")
    story = Story.of_case(
        world, place, f"{CODES[place]}-ZG-002", refused(world, f"{place}.renshe", f"{CODES[place]}-ZG-002")
    )
    answered_by_letter(world, story.case, decided_on="2026-03-09", decision="share")
    return story


LETTER = {"document": "府函〔2026〕9号", "decided_on": "2026-03-10"}


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_what_a_superior_has_decided_only_its_next_letter_takes_back_when_the_entry_changes(
    place: str, world: World
) -> None:
    story = under_a_letter(world, place)
    story.withhold(by="bureau")
    assert (story.grant()["state"], story.grant()["suspended_for"]) == ("suspended", "withheld")
    review = story.review()
    assert done(story.revoke(by="bureau.clerk"), 409)["type"] == "decided-above"
    own = {"decision": "revoke", **ADVERSE}
    assert set(story.answer(review, "decide_grant", own, 422)["errors"]) == {"document", "decided_on"}
    assert story.grant()["state"] == "suspended"
    story.answer(review, "decide_grant", {"decision": "revoke", "reason": "已无必要", **LETTER})
    assert (story.grant()["state"], story.review()["outcome"]) == ("revoked", "revoked")
    notice = letter(world, review, "revocation")
    assert notice.issuer.zh == "系统依规自动出具"
    told = "".join(as_lines(notice.blocks("zh")))
    assert f"依「{SUPERIOR[place]}」2026年3月10日的处理（「府函〔2026〕9号」）" in told
    assert "异议" not in told
    story.is_sound()


@pytest.mark.parametrize("place", ["jiangmen", "yima", "yinchuan"])
def test_a_superior_may_let_go_on_what_has_become_withheld(place: str, world: World) -> None:
    story = under_a_letter(world, place)
    story.withhold(by="bureau")
    story.answer(story.review(), "decide_grant", {"decision": "keep"}, 422)
    story.answer(story.review(), "decide_grant", {"decision": "keep", **LETTER})
    assert (story.grant()["state"], story.check(purpose="核验")["allowed"]) == ("active", True)
    assert done(story.revoke(by="bureau.clerk"), 409)["type"] == "decided-above"
    story.is_sound()


@pytest.mark.parametrize("place", PLACES)
def test_what_a_body_of_the_ladder_has_decided_it_decides_anew_when_the_entry_changes(place: str, world: World) -> None:
    story = Story(world, place)
    done(story.revoke())
    body = settle_sharing(story, contest(story))
    story.withhold()
    newest = done(world.api("admin").get("/cases", procedure="grant_review", jurisdiction=place))["items"][0]
    review = world.case(newest["id"])
    [task] = [one for one in review["tasks"] if one["status"] == "open"]
    assert (task["key"], task["department"]) == ("decide_grant", body)
    answer = {"data": {"decision": "revoke", **ADVERSE}}
    assert world.api(f"{place}.gongan.clerk").post(f"/tasks/{task['id']}/complete", answer).status_code in (403, 404)
    assert done(story.revoke(), 409)["type"] == "decided-above"
    story.answer(review, "decide_grant", {"decision": "keep"})
    assert (story.grant()["state"], story.check()["allowed"]) == ("active", True)
    story.is_sound()


def contest(story: Story) -> Any:
    story.answer(story.review(), "holder_response", {"response": "dispute", "position": "履职仍然需要"})
    return story.review()
