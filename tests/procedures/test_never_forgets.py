"""A clock never forgets: what was missed stays missed, whatever follows (counting rules 3, 10 and 11)."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from app.accounts import actor_by_username
from app.cases import audit
from app.cases.read import inbox
from tests.world import World, done

MONDAY = datetime.fromisoformat("2026-03-09T10:00:00+08:00")
REPLY, VERIFY, UPDATE = "conditional_share.reply", "data_error.reply", "catalogue_update.update"
APPLICATION = {"items": ["name"], "purpose": "核验居住年限", "scope": "全市", "share_mode": "interface"}


def apply(world: World, place: str = "yima", code: str = "YM") -> int:
    data = {"resource": f"{code}-GA-002", **APPLICATION}
    return int(world.open_case(f"{place}.renshe.clerk", "conditional_share", data)["id"])


def report(world: World, place: str = "yunyang", code: str = "YY") -> int:
    data = {"resource": f"{code}-GA-002", "items": ["name"], "doubt": "姓名不符"}
    return int(world.open_case(f"{place}.renshe.clerk", "data_error", data)["id"])


def owed(world: World, by: str = "yima.gongan.clerk", **more: Any) -> int:
    data = {"trigger": "duties", "changed_on": "2026-01-05", "description": "职责调整", "resources": ["YM-GA-002"]}
    return int(world.open_case(by, "catalogue_update", data | more)["id"])


def clock_of(world: World, case_id: int, rule: str) -> Any:
    return [one for one in world.case(case_id)["deadlines"] if one["rule"] == rule][-1]


def proof(world: World) -> Any:
    with world.database.transaction(write=False) as session:
        return audit.verify(session)[1]


def test_a_statutory_clock_is_kept_until_the_day_is_over(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world)
    for moment, state in (("17:30:01", "running"), ("23:59:59", "running")):
        world.at(f"2026-03-16T{moment}+08:00")
        assert clock_of(world, case_id, REPLY)["state"] == state
    world.at("2026-03-17T00:00:01+08:00")
    assert clock_of(world, case_id, REPLY)["state"] == "missed"


def test_an_answer_on_the_evening_of_the_last_day_keeps_the_statutory_clock(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world)
    world.at("2026-03-16T22:00:00+08:00")
    world.complete(case_id, "provider_review", {"decision": "supplement", "reason": "请补充岗位名单"})
    world.complete(case_id, "applicant_supplement", {"note": "已补充"})
    world.complete(case_id, "provider_review", {"decision": "approve"})
    clock = clock_of(world, case_id, REPLY)
    assert (clock["state"], clock["late"], clock["days_late"]) == ("met", False, 0)


def test_an_internal_target_ends_with_the_office(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world, "jiangmen", "JM")
    due_on = clock_of(world, case_id, REPLY)["due_on"]
    world.at(f"{due_on}T17:30:01+08:00")
    assert clock_of(world, case_id, REPLY)["state"] == "missed"


def test_giving_up_ends_a_missed_clock_as_missed_with_the_days_it_was_late(world: World) -> None:
    world.at(MONDAY)
    case_id = apply(world)
    world.at("2026-03-25T10:00:00+08:00")
    done(world.api("yima.renshe.clerk").post(f"/cases/{case_id}/withdraw", {"reason": "不再需要"}))
    clock = clock_of(world, case_id, REPLY)
    assert (clock["state"], clock["days_late"], clock["ended_on"], clock["met_on"]) == (
        "missed", 7, "2026-03-25", None,
    )  # fmt: skip
    found = done(world.api("yima.bureau.clerk").get("/cases", overdue=1, status="closed"))["items"]
    assert case_id in [one["id"] for one in found]
    with world.database.transaction(write=False) as session:
        actor = actor_by_username(session, "yima.bureau.clerk")
        assert actor is not None
        [line] = [one for one in inbox.case_lines(session, actor, status="closed").items if one["id"] == case_id]
    assert line["verdict"] == {
        "kind": "statutory", "rank": "normative_document", "missed": True, "days_late": 7,
    }  # fmt: skip
    assert proof(world) is None


def test_an_extension_is_asked_and_consented_to_within_the_period_or_void(world: World) -> None:
    world.at(MONDAY)
    asked, late = report(world), report(world)
    clocks = {case: clock_of(world, case, VERIFY)["id"] for case in (asked, late)}
    provider = world.api("yunyang.gongan.clerk")
    done(provider.post(f"/deadlines/{clocks[asked]}/extend", {"days": 4, "reason": "需调取纸质档案"}))
    task = world.open_tasks(asked)["consent_extension"]
    world.at("2026-03-24T00:01:00+08:00")
    world.tick()
    refused = provider.post(f"/deadlines/{clocks[late]}/extend", {"days": 4, "reason": "需调取纸质档案"})
    assert (refused.status_code, refused.json["type"]) == (409, "clock-past-due")
    answer = {"data": {"consent": True}}
    void = world.api("yunyang.gongan.head").post(f"/tasks/{task['id']}/complete", answer)
    assert (void.status_code, void.json["type"]) == (409, "clock-past-due")
    assert "consent_extension" not in world.open_tasks(asked)
    clock = clock_of(world, asked, VERIFY)
    assert (clock["state"], clock["extensions"]) == ("missed", [])
    assert world.events(asked, "clock.extension_lapsed")
    paused = world.api("yunyang.bureau.clerk").post(f"/deadlines/{clocks[late]}/pause", {"ground": "supplement"})
    assert paused.status_code in (409, 422)
    world.complete(asked, "verify_error", {"finding": "error", "explanation": "录入有误"})
    assert clock_of(world, asked, VERIFY)["state"] == "missed"
    told = [one["detail"]["key"] for one in world.events(asked, "task.cancelled")]
    assert told == ["consent_extension"], "closed once: by its day, not again with the step that it hung on"
    assert world.flask("audit", "verify").exit_code == 0


def test_a_consent_between_the_day_and_the_next_pass_is_void_and_the_step_then_closes(world: World) -> None:
    world.at(MONDAY)
    asked = report(world)
    clock = clock_of(world, asked, VERIFY)["id"]
    provider, head = world.api("yunyang.gongan.clerk"), world.api("yunyang.gongan.head")
    done(provider.post(f"/deadlines/{clock}/extend", {"days": 4, "reason": "需调取纸质档案"}))
    task = world.open_tasks(asked)["consent_extension"]
    world.at("2026-03-24T00:01:00+08:00")
    void = head.post(f"/tasks/{task['id']}/complete", {"data": {"consent": True}})
    assert (void.status_code, void.json["type"]) == (409, "clock-past-due")
    world.tick()
    assert set(world.open_tasks(asked)) == {"verify_error"}
    told = world.events(asked, "notice")
    for moment in ("2026-03-25T09:00:00+08:00", "2026-04-01T09:00:00+08:00"):
        world.at(moment)
        world.tick()
    assert world.events(asked, "notice") == told, "nobody hears of what is no longer asked"
    assert len(world.events(asked, "clock.extension_lapsed")) == 1


def test_a_duty_is_not_withdrawn_by_who_owes_it_but_annulled_by_the_bureau(world: World) -> None:
    world.at(MONDAY)
    case_id = owed(world)
    refused = world.api("yima.gongan.clerk").post(f"/cases/{case_id}/withdraw", {"reason": "不办了"})
    assert (refused.status_code, refused.json["type"]) == (409, "duty")
    annul = f"/cases/{case_id}/annul"
    assert world.api("yima.gongan.clerk").post(annul, {"reason": "误立"}).status_code == 403
    assert world.api("yima.renshe.clerk").post(annul, {"reason": "误立"}).status_code == 404
    assert world.api("yima.bureau.clerk").post(annul, {"reason": "\u2800"}).status_code == 422
    case = done(world.api("yima.bureau.clerk").post(annul, {"reason": "职责并未调整，误立"}))
    assert (case["status"], case["outcome"]) == ("closed", "annulled")
    assert not world.open_tasks(case_id)
    assert clock_of(world, case_id, UPDATE)["state"] == "missed"
    assert clock_of(world, case_id, UPDATE)["days_late"] > 0
    assert world.events(case_id, "case.annulled")
    again = world.api("yima.bureau.clerk").post(annul, {"reason": "误立"})
    assert (again.status_code, again.json["type"]) == (409, "case-closed")
    assert proof(world) is None


def test_an_application_is_no_duty_and_not_annulled(world: World) -> None:
    world.at(MONDAY)
    refused = world.api("yima.bureau.clerk").post(f"/cases/{apply(world)}/annul", {"reason": "误立"})
    assert (refused.status_code, refused.json["type"]) == (409, "no-duty")


def test_a_correction_that_removes_a_breach_needs_a_second_person(world: World) -> None:
    world.at(MONDAY)
    case_id = owed(world)
    clock = clock_of(world, case_id, UPDATE)
    assert clock["state"] == "missed"
    path, body = f"/deadlines/{clock['id']}/correct", {"started_on": "2026-03-06", "reason": "职责自三月六日调整"}
    first = world.api("yima.bureau.clerk").post(path, body)
    assert (first.status_code, first.json["state"], first.json["correction"]["by"]) == (
        202, "missed", "yima.bureau.clerk",
    )  # fmt: skip
    assert world.api("yima.bureau.clerk").post(f"{path}/confirm").status_code == 403
    assert world.api("yima.bureau.clerk").post(path, body).status_code == 409
    assert world.api("yima.gongan.clerk").post(f"{path}/confirm").status_code == 403
    assert clock_of(world, case_id, UPDATE)["state"] == "missed"
    confirmed = done(world.api("yima.bureau.clerk2").post(f"{path}/confirm"))
    assert (confirmed["state"], confirmed["started_on"], confirmed["due_on"]) == ("running", "2026-03-06", "2026-03-20")
    told = [(one["kind"], one["actor"]) for one in world.events(case_id, "clock.correct")]
    assert told == [
        ("clock.correction_proposed", "yima.bureau.clerk"),
        ("clock.correction_confirmed", "yima.bureau.clerk2"),
        ("clock.corrected", "yima.bureau.clerk2"),
    ]
    task = world.open_tasks(case_id)["draft_update"]
    assert task["due_at"] == clock_of(world, case_id, UPDATE)["due_at"]
    assert proof(world) is None


def test_the_second_person_says_no_and_the_breach_stays(world: World) -> None:
    world.at(MONDAY)
    case_id = owed(world)
    clock = clock_of(world, case_id, UPDATE)
    path, body = f"/deadlines/{clock['id']}/correct", {"started_on": "2026-03-06", "reason": "职责自三月六日调整"}
    assert world.api("yima.bureau.clerk").post(path, body).status_code == 202
    no = {"reason": "调整文件载明一月五日"}
    assert world.api("yima.bureau.clerk").post(f"{path}/reject", no).status_code == 403
    assert world.api("yima.bureau.clerk2").post(f"{path}/reject", {"reason": "\u2800"}).status_code == 422
    rejected = done(world.api("yima.bureau.clerk2").post(f"{path}/reject", no))
    assert (rejected["state"], rejected["due_on"], rejected["correction"]) == ("missed", clock["due_on"], None)
    [told] = world.events(case_id, "clock.correction_rejected")
    assert (told["actor"], told["detail"]["reason"]) == ("yima.bureau.clerk2", no["reason"])
    again = world.api("yima.bureau.clerk2").post(f"{path}/confirm")
    assert (again.status_code, again.json["type"]) == (409, "no-correction")
    assert proof(world) is None


def test_the_breach_of_a_clock_that_nobody_owes_yet_is_not_removed_by_one_person(world: World) -> None:
    """The dispute may still find that there is an error: then the correction is past due from its first day."""
    world.at(MONDAY)
    case_id = report(world, "jiangmen", "JM")
    world.complete(case_id, "verify_error", {"finding": "no_error", "explanation": "与原始档案一致"})
    world.complete(case_id, "reporter_response", {"response": "dispute", "position": "档案有误"})
    world.at("2026-05-20T10:00:00+08:00")
    clock = clock_of(world, case_id, "data_error.correct")
    assert clock["state"] == "pending"
    path = f"/deadlines/{clock['id']}/correct"
    for day in ("2026-03-10", "2026-05-19"):
        answered = world.api("jiangmen.bureau.clerk").post(path, {"started_on": day, "reason": "误录"})
        assert (answered.status_code, answered.json["due_on"]) == (202, clock["due_on"])
        assert world.api("jiangmen.bureau.supervisor").post(f"{path}/reject", {"reason": "无据"}).status_code == 200
    done(world.api("jiangmen.bureau.clerk").post(path, {"started_on": "2026-03-06", "reason": "六日已收到"}))
    assert proof(world) is None


@pytest.mark.parametrize(
    ("place", "code"), [("jiangmen", "JM"), ("yima", "YM"), ("jiangsu", "JS"), ("yinchuan", "YC"), ("yunyang", "YY")]
)
def test_a_start_later_than_it_was_recorded_is_an_extension_that_no_one_person_makes(
    world: World, place: str, code: str
) -> None:
    """Else a clock never gets old: its start is “corrected” before each due day."""
    world.at(MONDAY)
    case_id = apply(world, place, code)
    clock = clock_of(world, case_id, REPLY)
    path, bureau = f"/deadlines/{clock['id']}/correct", world.api(f"{place}.bureau.clerk")
    world.at("2026-03-11T10:00:00+08:00")
    body = {"started_on": "2026-03-11", "reason": "收件日期录入有误"}
    proposed = bureau.post(path, body)
    assert (proposed.status_code, proposed.json["due_on"]) == (202, clock["due_on"])
    assert bureau.post(f"{path}/confirm").status_code == 403
    confirmed = done(world.api(f"{place}.bureau.supervisor").post(path, body))
    assert (confirmed["started_on"], confirmed["correction"]) == ("2026-03-11", None)
    world.at("2026-03-13T10:00:00+08:00")
    assert bureau.post(path, body | {"started_on": "2026-03-13"}).status_code == 202
    assert proof(world) is None


def test_a_day_of_receipt_entered_wrong_is_set_right_by_one_person_up_to_the_day_of_its_entry(world: World) -> None:
    world.at(MONDAY)
    data = {"resource": "YM-GA-002", **APPLICATION}
    bureau = world.api("yima.bureau.clerk")
    entered = {"procedure": "conditional_share", "jurisdiction": "yima", "on_behalf_of": "renshe", "data": data}
    case = done(bureau.post("/cases", entered | {"occurred_at": "2026-03-05T09:00:00+08:00"}), 201)
    path = f"/deadlines/{clock_of(world, case['id'], REPLY)['id']}/correct"
    for day in ("2026-03-06", "2026-03-09", "2026-03-04", "2026-03-05"):
        set_right = done(bureau.post(path, {"started_on": day, "reason": "收件日期录入有误"}))
        assert set_right["started_on"] == day
    world.at("2026-03-10T10:00:00+08:00")
    assert bureau.post(path, {"started_on": "2026-03-10", "reason": "x"}).status_code == 202


def test_a_bureau_that_is_a_party_corrects_nothing_of_its_own(world: World) -> None:
    world.at(MONDAY)
    case_id = owed(world, "yima.bureau.clerk", resources=[])
    clock = clock_of(world, case_id, UPDATE)
    body = {"started_on": "2026-03-06", "reason": "更正"}
    refused = world.api("yima.bureau.clerk").post(f"/deadlines/{clock['id']}/correct", body)
    assert refused.status_code == 403
    assert world.api("yima.bureau.clerk").post(f"/cases/{case_id}/annul", {"reason": "误立"}).status_code == 403


def test_a_correction_without_an_error_is_owed_by_nobody_and_lapses(world: World) -> None:
    world.at(MONDAY)
    case_id = report(world, "jiangmen", "JM")
    clock = clock_of(world, case_id, "data_error.correct")
    assert (clock["state"], clock["started_on"]) == ("pending", "2026-03-09")
    world.at(MONDAY + timedelta(days=60))
    world.tick()
    assert not [one for one in world.events(case_id, "notice.") if one["detail"]["rule"] == "data_error.correct"]
    world.complete(case_id, "verify_error", {"finding": "no_error", "explanation": "与原始档案一致"})
    assert clock_of(world, case_id, "data_error.correct")["state"] == "pending"
    world.complete(case_id, "reporter_response", {"response": "accept"})
    clock = clock_of(world, case_id, "data_error.correct")
    assert (clock["state"], clock["days_late"]) == ("cancelled", 0)


def test_an_error_that_is_found_late_is_counted_from_the_feedback_and_overdue_at_once(world: World) -> None:
    world.at(MONDAY)
    case_id = report(world, "jiangmen", "JM")
    world.at(MONDAY + timedelta(days=60))
    world.complete(case_id, "verify_error", {"finding": "error", "explanation": "录入有误"})
    clock = clock_of(world, case_id, "data_error.correct")
    assert (clock["state"], clock["started_on"]) == ("missed", "2026-03-09")
    assert clock["days_late"] > 0


@pytest.mark.parametrize("viewer", ["yima.gongan.clerk", "yima.bureau.clerk"])
def test_the_statutory_clock_speaks_for_a_case_that_waits_for_the_applicant(world: World, viewer: str) -> None:
    world.at(MONDAY)
    case_id = apply(world)
    world.complete(case_id, "provider_review", {"decision": "supplement", "reason": "请补充岗位名单"})
    reply = clock_of(world, case_id, REPLY)
    assert world.case(case_id)["due_at"] == reply["due_at"]
    with world.database.transaction(write=False) as session:
        actor = actor_by_username(session, viewer)
        assert actor is not None
        [line] = [one for one in inbox.case_lines(session, actor).items if one["id"] == case_id]
    assert (line["due_kind"], line["due_on"].isoformat()) == ("statutory", reply["due_on"])
    assert line["waits_elsewhere"] == (viewer == "yima.gongan.clerk")


def test_who_owes_a_clock_does_not_set_it_right_be_it_the_bureau(world: World) -> None:
    world.at(MONDAY)
    data = {"trigger": "duties", "changed_on": "2026-03-05", "description": "职责调整", "resources": ["YY-GA-002"]}
    case_id = int(world.open_case("yunyang.gongan.clerk", "catalogue_update", data)["id"])
    changes = [{"resource": "YY-GA-002", "action": "change", "summary": "居住证登记"}]
    world.complete(case_id, "draft_update", {"changes": changes})
    clock = clock_of(world, case_id, "catalogue_update.review")
    asked = {"started_on": "2026-03-06", "reason": "收件日期录入有误"}
    for who in ("clerk", "supervisor"):
        assert world.api(f"yunyang.bureau.{who}").post(f"/deadlines/{clock['id']}/correct", asked).status_code == 403
    assert clock_of(world, case_id, "catalogue_update.review") == clock
